"""Files of one export to its rows, and how they were understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from metrics.schema import ENTITIES
from sheets_sync.privacy.personal import redact_title
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.numbering import numbering_of
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.reader import PullReading
from sheets_sync.reading.rows import read_rows
from sheets_sync.reading.tables import grids as grids_of
from sheets_sync.reading.tables_digest import tables_digest
from sheets_sync.reading.understanding import of_grid, sentence
from sheets_sync.sources.file.table import FileTable
from sheets_sync.sources.renumber import numbers_met, renumber
from sheets_sync.sources.source import Context, Pulled, Refusal

#: Of so many tables of a source it is kept how they were understood.
_MOST_UNDERSTOOD = 12


def pulled_rows(
    table: FileTable, context: Context, paths: Sequence[Path], notes: list[str], way: str
) -> Pulled:
    """What the files hold, read as one. `notes` are what was said of them before, `way` changes with
    the way to read them. The frame is None where their tables say what they said last time; known
    by a key like a person's, for a table may be one row, and all but its phone guessed.

    Raises FileError where one of them cannot be read.
    """
    # No generator: what the cells took would wait until the rows are merged.
    entity, origin = table.entity, table.origin(table.entity)
    grids, remarks = _grids(table, context, paths)
    notes += remarks
    digest = context.keyring.key("tables:", f"{way} {notes} {tables_digest(grids)}")
    if digest == context.state.get(entity, {}).get("digest") and not context.full:
        return Pulled(entity, None)
    gone = _of_another_system(origin, context)
    if gone:
        notes.append(f"Сменилась system: прежние строки источника сняты ({len(gone)}).")
    context.progress("Разбираю строки", len(paths) / (len(paths) + 1))
    read = _read(grids, origin, context)
    rows = renumber(entity, read.frame, read.no_ids, context.stored, origin.prefix(""))
    if rows.rows:
        notes.append(
            f"Под теми же номерами раньше были другие люди: номер – не идентификатор, прежних строк {rows.rows}, они сохранены и узнаются по содержимому."
        )
    understood = [of_grid(grid, entity) for grid in grids]
    notes += list(dict.fromkeys(map(sentence, understood[:_MOST_UNDERSTOOD])))
    state = {
        "digest": digest,
        "system": origin.system,
        **read.no_ids.state(),
        "understood": [one.plain() for one in understood[:_MOST_UNDERSTOOD]],
        "did": read.deeds.plain(),
    }
    return Pulled(
        entity,
        rows.frame,
        read=sum(_rows_of(grid) + len(grid.wide) for grid in grids),
        refused=tuple(Refusal(*shown) for shown in read.quarantine.examples()),
        refused_count=read.quarantine.count,
        totals=sum(len(grid.totals) for grid in grids),
        notes=tuple(dict.fromkeys((*notes, *read.notes))),
        columns={k: v for grid in reversed(grids) for k, v in grid.header.meanings.items()},
        replace=_period(read.frame, entity),
        gone=(*gone, *rows.gone),
        state={entity: state},
    )


def _read(grids: Sequence[Grid], origin: Origin, context: Context) -> PullReading:
    """The rows of the tables, under numbers that the store's rows bear out."""
    entity, no_ids = origin.entity, numbering_of(context.state, origin.entity)
    read = read_rows(grids, origin, context.keyring, context.zone, no_ids)
    numbers = numbers_met(
        entity, read.frame, read.no_ids, context.stored, origin.prefix(""), context.zone
    )
    if numbers == read.no_ids:
        return read
    return read_rows(grids, origin, context.keyring, context.zone, numbers)


def _grids(
    table: FileTable, context: Context, paths: Sequence[Path]
) -> tuple[list[Grid], list[str]]:
    """The tables of the files, and what to say of how they were understood."""
    grids: list[Grid] = []
    notes: list[str] = []
    for number, path in enumerate(paths):
        context.progress(f"Читаю {redact_title(path.name)}", number / (len(paths) + 1))
        tables, remarks = grids_of(path, table)
        label = _label(path, paths, context.folder)
        grids += [replace(grid, place=grid.place.called(label)) for grid in tables]
        notes += remarks
    return grids, notes


def _label(path: Path, paths: Sequence[Path], folder: Path) -> str:
    """What a file is told by: its name, or its path where another folder has a file of that name."""
    alike = [p for p in paths if redact_title(p.name) == redact_title(path.name)]
    if len(alike) == 1:
        return redact_title(path.name)
    inside = path.relative_to(folder) if path.is_relative_to(folder) else path
    return f"{redact_title(inside.as_posix())} ({alike.index(path) + 1})"


def _rows_of(grid: Grid) -> int:
    """Rows of data; one that was made several stands several times."""
    rows = np.sort(grid.rows, kind="stable")  # in order already, nearly always
    return int((rows[1:] != rows[:-1]).sum()) + min(len(rows), 1)


def _of_another_system(origin: Origin, context: Context) -> tuple[str, ...]:
    """Ids that the source's rows were stored under while they were said to be another system's."""
    before = context.state.get(origin.entity, {}).get("system", "")
    key = ENTITIES[origin.entity].key
    if before == origin.system or not key or context.stored is None:
        return ()
    return context.stored.ids(origin.entity)


def _period(frame: pd.DataFrame, entity: str) -> tuple[date, date] | None:
    """The first and last day of rows that have no ids."""
    if ENTITIES[entity].key or frame.empty:
        return None
    first, last = ("date_from", "date_to") if entity == "costs" else ("date", "date")
    return frame[first].min().date(), frame[last].max().date()
