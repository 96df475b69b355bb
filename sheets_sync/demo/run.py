"""The demo as one call: an invented clinic, read and reported like a real one."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

from sheets_sync.clinic.config import load_clinic
from sheets_sync.demo import LAST_DAY, write_clinic
from sheets_sync.errors import ConfigError, because
from sheets_sync.line.run import Progress, RunReport, silent
from sheets_sync.line.sync import new_run, sync
from sheets_sync.net.clock import clock_from
from sheets_sync.service.home import close_to_others
from sheets_sync.settings import Service
from sheets_sync.store import open_store


def run_demo(
    folder: Path, *, seed: int, leads: int, months: int, progress: Progress = silent
) -> RunReport:
    """Write the clinic into `folder` and sync it into `folder`/report.xlsx.

    Its store stands in `folder`/.romi-sheets and is made anew: another seed is another clinic.
    The report is made on the evening of the demo's last day, so that the same seed gives the same
    report on any day. Raises RomiError.
    """
    home = Service(home=folder / ".romi-sheets")
    close_to_others(home.home)
    try:
        path = write_clinic(folder, seed, leads, months)
        for left in home.home.glob("store.sqlite3*"):
            left.unlink()
    except OSError as error:
        raise ConfigError(
            f"не могу записать сюда выдуманную клинику ({because(error)}).",
            where=str(folder),
            hint="Назовите другую папку: romi-sheets demo --dir ПАПКА.",
        ) from error
    clinic = load_clinic(path)
    evening = datetime.combine(LAST_DAY, time(21), tzinfo=clinic.zone).astimezone(UTC)
    clock = clock_from(evening)
    store = open_store(f"sqlite:///{home.home / 'store.sqlite3'}")
    try:
        return sync(new_run(clinic, store, home, clock, progress=progress))
    finally:
        store.close()
