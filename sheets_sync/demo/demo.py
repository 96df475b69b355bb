"""The demo as one call: an invented clinic, read and reported like a real one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

from sheets_sync.books import open_book
from sheets_sync.books.book import Stamp
from sheets_sync.clinic.config import Clinic, load_clinic
from sheets_sync.demo import LAST_DAY, by_hand, invent, write_clinic
from sheets_sync.demo.yesterday import yesterday
from sheets_sync.errors import ConfigError, because
from sheets_sync.home import close_to_others
from sheets_sync.line.progress import Progress, silent
from sheets_sync.line.run import RunReport, new_run
from sheets_sync.line.sync import sync
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from templates_sheets.tab import Table


def run_demo(
    folder: Path, *, seed: int, leads: int, months: int, progress: Progress = silent
) -> RunReport:
    """Write the clinic into `folder` and sync it into `folder`/report.xlsx.

    Its store stands in `folder`/.romi-sheets and is made anew: another seed is another clinic.
    The report is made on the evening of the demo's last day, so that the same seed gives the same
    report on any day; the day before it is synced too, so that it has a yesterday. Raises
    RomiError.
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
    story = invent(Random(seed), leads, months, LAST_DAY)  # noqa: S311 - an invented clinic
    _fill(clinic, home, by_hand.tables(story), evening)
    store = open_store(f"sqlite:///{home.home / 'store.sqlite3'}")
    try:
        with yesterday(path.parent / "exports", LAST_DAY):
            _sync(
                clinic,
                store,
                home,
                evening - timedelta(days=1),
                _half(progress, 0, "Отчёт за вчера: "),
            )
        return _sync(clinic, store, home, evening, _half(progress, 1))
    finally:
        store.close()


def _sync(
    clinic: Clinic, store: Store, home: Service, at: datetime, progress: Progress
) -> RunReport:
    return sync(new_run(clinic, store, home, clock_from(at), progress=progress))


def _half(progress: Progress, done: int, when: str = "") -> Progress:
    """Progress of one of two syncs, `done` of which are over."""
    return lambda stage, share: progress(when + stage, (done + share) / 2)


def _fill(clinic: Clinic, home: Service, tables: list[Table], at: datetime) -> None:
    """Lay tabs of a new workbook, filled as the clinic's people would have; typed ones stay."""
    book = open_book(clinic, home)
    if not any(book.read().grids.values()):
        book.write(tables, Stamp("demo", at))
