"""A CSV of leads into the store: the first time, again unchanged, and as pandas would do it."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pandas as pd

from bench.clinic import AS_OF, clinic
from bench.clock import line, seconds, thousands
from bench.exports import write_exports
from sheets_sync.clinic.config import load_clinic
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.settings import Service
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Context
from sheets_sync.store import open_store

_NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)


def measure(leads: int, repeats: int) -> None:
    """Import `leads` rows into a new SQLite store, then the same file once more."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_exports(clinic(round(leads / 0.3)), Path(folder))
        rows = [_once(path, Path(folder) / f"home{n}") for n in range(repeats)]
        pandas = median(seconds(lambda: _by_pandas(path.parent)) for _ in range(repeats))
    first, unread, reread = (median(times) for times in zip(*rows, strict=True))
    what = f"CSV of {thousands(leads)} leads into the store"
    line(what, f"{first:.2f} s", f"pandas, no checks {pandas:.2f} s", f"{pandas / first:.2f}×")
    again = "the same file again, not read"
    line(again, f"{unread:.3f} s", f"first time {first:.2f} s", f"{first / unread:.0f}×")
    again = "the same rows again, read in full (--full)"
    line(again, f"{reread:.2f} s", f"first time {first:.2f} s", f"{first / reread:.1f}×")


def _once(path: Path, home: Path) -> tuple[float, float, float]:
    """Seconds of the first import, of an unchanged one, of one that is made to read all again."""
    loaded = load_clinic(path)
    source = next(s for s in loaded.source if s.only == "leads")
    service = Service(home=home)
    keyring = open_keyring(service, loaded.id)
    store = open_store(service.store_url)
    fingerprint = ""

    def pull(known: str = "") -> None:
        nonlocal fingerprint
        context = Context(
            loaded.id, loaded.zone, keyring, AS_OF, AS_OF, loaded.folder, fingerprint=known
        )
        pulled = list(SOURCES["file"].pull(source, context))
        store.rows.merge(loaded.id, source.name, pulled, _NOW)
        fingerprint = pulled[0].fingerprint

    times = seconds(pull), seconds(lambda: pull(fingerprint)), seconds(pull)
    store.close()
    return times


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
