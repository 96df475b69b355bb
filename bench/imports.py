"""A CSV of leads into the store: first, again, grown by a day, and as pandas would do it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from bench.clinic import AS_OF, clinic
from bench.clock import Took, line, median_of, thousands, time_of
from bench.exports import write_exports
from sheets_sync.clinic.config import load_clinic
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.settings import Service
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Context
from sheets_sync.store import open_store

_OTHERS = ("appointments", "payments", "costs", "traffic")
_NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)


def measure(leads: int, repeats: int) -> None:
    """Import `leads` rows into a new SQLite store, then the same file once more; then a third of the
    clinic's other exports, a row's share of each."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_exports(clinic(round(leads / 0.3)), Path(folder))
        runs = [_once(path, Path(folder) / f"home{n}", "leads")[0] for n in range(repeats)]
        pandas = median_of([time_of(lambda: _by_pandas(path.parent)) for _ in range(repeats)])
    first, unread, reread, grown = (median_of(times) for times in zip(*runs, strict=True))
    what = f"CSV of {thousands(leads)} leads into the store"
    line(what, f"{first}", f"pandas, no checks {pandas}", f"{pandas.cpu / first.cpu:.2f}× CPU")
    again = "the same file again, not read"
    line(again, f"{unread.wall:.3f} s", f"first time {first}", f"{first.wall / unread.wall:.0f}×")
    again = "the same rows again, read in full (--full)"
    line(again, f"{reread}", f"first time {first}", f"{first.cpu / reread.cpu:.1f}× CPU")
    again = "the file with a hundredth of new rows"
    line(again, f"{grown}", f"first time {first}", f"{first.cpu / grown.cpu:.1f}× CPU")
    with tempfile.TemporaryDirectory() as folder:
        path = write_exports(clinic(round(leads / 3)), Path(folder))
        for entity in _OTHERS:
            (first, _, reread, _), rows = _once(path, Path(folder) / entity, entity)
            share = [f"{time.cpu / rows * 1e6:.1f} µs of CPU a row" for time in (first, reread)]
            line(f"CSV of {thousands(rows)} {entity}", share[0], f"again {share[1]}")


def _once(path: Path, home: Path, entity: str) -> tuple[tuple[Took, Took, Took, Took], int]:
    """What the first import took, an unchanged one, one that is made to read all again, one of a
    file that has grown; and rows."""
    loaded = load_clinic(path)
    source = next(s for s in loaded.source if s.only == entity)
    service = Service(home=home)
    keyring = open_keyring(service, loaded.id)
    store = open_store(service.store_url)
    fingerprint, rows = "", 0

    def pull(before: str = "") -> None:
        nonlocal fingerprint, rows
        context = Context(
            loaded.id, loaded.zone, keyring, AS_OF, AS_OF, loaded.folder, fingerprint=before
        )
        pulled = list(SOURCES["file"].pull(source, context))
        store.rows.merge(loaded.id, source.name, pulled, _NOW)
        fingerprint, rows = pulled[0].fingerprint, rows or pulled[0].read

    times = time_of(pull), time_of(lambda: pull(fingerprint)), time_of(pull)
    with _one_day_later(path.parent / f"{entity}_0.csv"):
        later = time_of(lambda: pull(fingerprint))
    store.close()
    return (*times, later), rows


@contextmanager
def _one_day_later(export: Path) -> Iterator[None]:
    """A hundredth of an export's rows stand in it once more, under other ids."""
    before = export.read_bytes()
    _, *rows = before.splitlines(keepends=True)
    # A quoted cell begins every row.
    export.write_bytes(before + b"".join(b'"N' + row[1:] for row in rows[::100]))
    yield
    export.write_bytes(before)


def _by_pandas(folder: Path) -> None:
    """What a script would do: read the CSV, parse its dates, append it to a table."""
    frame = pd.read_csv(folder / "leads_0.csv", sep=";", dtype="str")
    column = "Дата обращения"
    frame[column] = pd.to_datetime(frame[column], format="%d.%m.%Y %H:%M:%S").astype("str")
    database = folder / "pandas.sqlite3"
    with sqlite3.connect(database) as connection:
        frame.to_sql("leads", connection, index=False, if_exists="replace")
    connection.close()
    database.unlink()
