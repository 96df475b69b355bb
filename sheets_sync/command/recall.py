"""`romi-sheets recall`: whom to call, a file for this machine alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sheets_sync.command.begin import command_clock, loaded
from sheets_sync.command.calls import DONE
from sheets_sync.home import opened
from sheets_sync.line.run import peek
from sheets_sync.lists.recall import write_recall
from sheets_sync.lists.show import show_recall
from sheets_sync.show.screen import shown_progress


def run(clinic_file: Path, out: Path, *, force: bool) -> int:
    clinic, service = loaded(clinic_file)
    with opened(service) as store, shown_progress() as progress:
        peeked = peek(clinic, store, service, command_clock(service))
        made = write_recall(replace(peeked, progress=progress), out, force=force)
    show_recall(made, out)
    return DONE
