"""`romi-sheets sync`: the clinic's sources read, its table filled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sheets_sync.command.begin import alone, few_pauses
from sheets_sync.command.calls import DONE, FAILED, print_json
from sheets_sync.line.as_json import as_plain
from sheets_sync.line.sync import sync
from sheets_sync.show.outcome import show_synced


def run(clinic_file: Path, as_of: date | None, *, as_json: bool, full: bool) -> int:
    few_pauses()
    with alone(clinic_file, quiet=as_json) as work:
        synced = sync(work.run(as_of=as_of, full=full))
    if as_json:
        print_json(as_plain(synced))
    else:
        show_synced(synced)
    return DONE if synced.ok else FAILED
