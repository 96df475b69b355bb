"""`romi-sheets push`: bookings, visits and payments given to Metrica."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.command.begin import command_clock, loaded
from sheets_sync.command.calls import DONE
from sheets_sync.home import opened
from sheets_sync.push.push import push
from sheets_sync.push.show import show_pushed


def run(clinic_file: Path, *, dry_run: bool) -> int:
    clinic, service = loaded(clinic_file)
    with opened(service) as store:
        pushed = push(clinic, store, service, command_clock(service).now(), dry_run=dry_run)
    show_pushed(pushed, dry_run=dry_run)
    return DONE
