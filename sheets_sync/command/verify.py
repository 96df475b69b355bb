"""`romi-sheets verify`: the table recounted from its own cells."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.books import open_book, open_workbook
from sheets_sync.command.begin import loaded
from sheets_sync.command.calls import DONE, FAILED, print_json
from sheets_sync.line.as_json import verified_plain
from sheets_sync.line.verify import verify
from sheets_sync.show.outcome import show_verified


def run(file: Path, *, as_json: bool) -> int:
    if file.suffix.lower() == ".toml":
        book = open_book(*loaded(file, keep=False))
    else:
        book = open_workbook(file)
    verified = verify(book)
    if as_json:
        print_json(verified_plain(verified))
    else:
        show_verified(verified)
    return FAILED if verified.differ else DONE
