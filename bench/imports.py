"""A CSV of leads into the store: first, again, anew, grown by a day, and as pandas would do it."""

from __future__ import annotations

import sqlite3
import tempfile
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
from sheets_sync.store import OfSource, open_store

_OTHERS = ("appointments", "payments", "costs", "traffic")
_NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)


def measure(leads: int, repeats: int) -> None:
    """Import `leads` rows into a new SQLite store, then the same file once more; then a third of the
    clinic's other exports, a row's share of each."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_exports(clinic(round(leads / 0.3)), Path(folder))
        runs = [_once(path, Path(folder) / f"home{n}", "leads")[0] for n in range(repeats)]
        pandas = median_of([time_of(lambda: _by_pandas(path.parent)) for _ in range(repeats)])
    first, unread, anew, reread, grown = (median_of(times) for times in zip(*runs, strict=True))
    what = f"CSV of {thousands(leads)} leads into the store"
    line(what, f"{first}", f"pandas, no checks {pandas}", f"{pandas.cpu / first.cpu:.2f}× CPU")
    again = "the same file again, not read"
    line(again, f"{unread.wall:.3f} s", f"first time {first}", f"{first.wall / unread.wall:.0f}×")
    again = "the same rows again, in a file exported anew"
    line(again, f"{anew}", f"first time {first}", f"{first.cpu / anew.cpu:.1f}× CPU")
    again = "the same rows again, read in full (--full)"
    line(again, f"{reread}", f"first time {first}", f"{first.cpu / reread.cpu:.1f}× CPU")
    again = "the file with a hundredth of new rows"
    line(again, f"{grown}", f"first time {first}", f"{first.cpu / grown.cpu:.1f}× CPU")
    with tempfile.TemporaryDirectory() as folder:
        path = write_exports(clinic(round(leads / 3)), Path(folder))
        for entity in _OTHERS:
            (first, _, anew, reread, _), rows = _once(path, Path(folder) / entity, entity)
            share = [
                f"{time.cpu / rows * 1e6:.1f} µs of CPU a row" for time in (first, anew, reread)
            ]
            line(
                f"CSV of {thousands(rows)} {entity}",
                share[0],
                f"anew {share[1]}, --full {share[2]}",
            )


def _once(path: Path, home: Path, entity: str) -> tuple[tuple[Took, ...], int]:
    """What the first import took, an unchanged one, one of a file that was exported anew, one that
    is made to read all again, one of a file that has grown; and rows."""
    loaded = load_clinic(path)
    source = next(s for s in loaded.source if s.only == entity)
    service = Service(home=home)
    keyring = open_keyring(service, loaded.id)
    store = open_store(service.store_url)
    export = path.parent / f"{entity}_0.csv"
    cells = export.read_bytes()

    def pull(*, full: bool = False) -> None:
        known = next(iter(store.sources.states(loaded.id)), None)
        context = Context(
            loaded.id, loaded.zone, keyring, AS_OF, AS_OF, loaded.folder, full=full,
            fingerprint=known.fingerprint if known and not full else "",
            state=known.state if known else {},
            stored=OfSource(store.rows, loaded.id, source.name),
        )  # fmt: skip
        store.rows.merge(loaded.id, source.name, list(SOURCES["file"].pull(source, context)), _NOW)

    def exported(at: str, content: bytes = cells) -> None:
        export.write_bytes(f"Сформирован {at}\n".encode() + content)

    exported("31.10.2026 09:00:12")
    times = [time_of(pull), time_of(pull)]
    rows = store.sources.states(loaded.id)[0].read
    exported("31.10.2026 10:00:12")
    times += [time_of(pull), time_of(lambda: pull(full=True))]
    exported("01.11.2026 09:00:12", cells + _of_a_day(cells))
    times.append(time_of(pull))
    export.write_bytes(cells)
    store.close()
    return tuple(times), rows


def _of_a_day(cells: bytes) -> bytes:
    """A hundredth of an export's rows once more, under other ids."""
    _, *rows = cells.splitlines(keepends=True)
    # A quoted cell begins every row.
    return b"".join(b'"N' + row[1:] for row in rows[::100])


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
