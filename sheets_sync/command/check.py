"""`romi-sheets check`: what is connected, what is not, what to do next."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.command.begin import command_clock, loaded
from sheets_sync.command.calls import DONE, FAILED, print_json
from sheets_sync.home import opened
from sheets_sync.line.as_json import checked_plain
from sheets_sync.line.check import check
from sheets_sync.line.run import peek
from sheets_sync.show.outcome import show_checked


def run(clinic_file: Path, *, as_json: bool) -> int:
    clinic, service = loaded(clinic_file, keep=False)
    with opened(service) as store:
        checked = check(peek(clinic, store, service, command_clock(service)))
    if as_json:
        print_json(checked_plain(checked))
    else:
        show_checked(checked)
    return DONE if checked.ok else FAILED
