"""`romi-sheets segment`: whom to show ads, a file for this machine alone."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.command.begin import command_clock, loaded
from sheets_sync.command.calls import DONE
from sheets_sync.home import opened
from sheets_sync.line.run import peek
from sheets_sync.lists.segment import write_segment
from sheets_sync.lists.show import show_segment


def run(
    clinic_file: Path, name: str, out: Path, *, days: int, with_leads: bool, force: bool
) -> int:
    clinic, service = loaded(clinic_file)
    with opened(service) as store:
        peeked = peek(clinic, store, service, command_clock(service))
        made = write_segment(peeked, name, out, days=days, with_leads=with_leads, force=force)
    show_segment(made, out)
    return DONE
