"""Exports as files: CSV, XLSX, XLS or ODS by a path or a mask; see `sheets_sync/reading`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from glob import glob
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from metrics.schema import ENTITIES
from sheets_sync.clinic.config import Source
from sheets_sync.errors import FileError, SourceError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.amounts import paid
from sheets_sync.reading.container import kind, load
from sheets_sync.reading.delimited import open_text
from sheets_sync.reading.grid import Grid, read_grid
from sheets_sync.reading.rows import conformed
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.workbook import open_workbook
from sheets_sync.sources.source import Context, Pulled, Refusal

#: Part of every fingerprint: raise it where the same bytes would be read differently.
READING = 4
_RULES = (
    ("sheets_sync.reading", "words.toml"),
    ("sheets_sync.privacy", "given_names.txt"),
    ("sheets_sync.reading", "aliases.toml"),
    ("sheets_sync.reading", "systems.toml"),
)
_MOST_SHEETS = 10


def pull(source: Source, context: Context) -> Iterator[Pulled]:
    """Read every file of `source.path` (a path or a mask, relative to the clinic's file) as one.

    Uses entity, path, sheet, encoding, date_format, columns, statuses. Yields one Pulled; its
    frame is None where neither the bytes nor the way to read them changed since
    `context.fingerprint`. Rows without an id are numbered over all files. Costs and traffic
    replace what was there between their first and last day.
    Raises SourceError where there is no file or the source is set wrongly, FileError where one of
    the files cannot be read: then nothing of the source changes.
    """
    entity = str(source.entity)
    paths, notes = _distinct(_paths(source, context))
    fingerprint = _fingerprint(paths, source, context)
    if fingerprint == context.fingerprint and not context.full:
        yield Pulled(entity, None, fingerprint=fingerprint)
        return
    grids = []
    for number, path in enumerate(paths):
        context.progress(f"Читаю {path.name}", number / (len(paths) + 1))
        grid, said = _grid(path, source)
        grids.append(grid)
        notes += said
    context.progress("Разбираю строки", len(paths) / (len(paths) + 1))
    read = conformed(grids, source, context.keyring, context.clinic.zone)
    yield Pulled(
        entity,
        read.frame,
        read=sum(len(np.unique(grid.rows)) + len(grid.wide) for grid in grids),
        refused=tuple(Refusal(*shown) for shown in read.quarantine.examples()),
        refused_count=read.quarantine.count,
        totals=sum(len(grid.totals) for grid in grids),
        notes=tuple(dict.fromkeys((*notes, *read.notes))),
        columns={k: v for grid in reversed(grids) for k, v in grid.header.meanings.items()},
        fingerprint=fingerprint,
        replace=_period(read.frame, entity),
    )


def _paths(source: Source, context: Context) -> list[Path]:
    """The files of a source by name, without what office programs leave while a file is open."""
    wanted = context.clinic.folder / source.path
    if wanted.is_file():
        return [wanted]
    found = sorted(
        path
        for path in (Path(p) for p in glob(str(wanted), recursive=True))  # noqa: PTH207 - `**` and a plain path alike
        if path.is_file() and not path.name.startswith(("~$", ".~lock", "."))
    )
    if not found:
        raise SourceError(
            "нет такого файла.",
            where=source.path,
            hint=f"Положите выгрузку в папку «{wanted.parent}» или исправьте path в файле клиники.",
            permanent=False,
        )
    return found


def _distinct(paths: list[Path]) -> tuple[dict[Path, str], list[str]]:
    """Files with the SHA-256 of their content, of files with equal bytes the first; notes."""
    of_digest: dict[str, Path] = {}
    notes = []
    for path in paths:
        digest = hashlib.sha256(load(path)).hexdigest()
        if digest in of_digest:
            notes.append(
                f"Файл «{path.name}» – копия «{of_digest[digest].name}»: прочитан один раз."
            )
        else:
            of_digest[digest] = path
    return {path: digest for digest, path in of_digest.items()}, notes


def _fingerprint(paths: dict[Path, str], source: Source, context: Context) -> str:
    """Everything that the answer depends on: the bytes, the settings, the key, our own rules."""
    told = hashlib.sha256(f"{READING} {context.keyring.id} {context.clinic.timezone}".encode())
    told.update(source.model_dump_json().encode())
    for package, name in _RULES:
        told.update(resources.files(package).joinpath(name).read_bytes())
    for path, digest in paths.items():
        told.update(f"\n{path.name} {digest}".encode())
    return told.hexdigest()


def _grid(path: Path, source: Source) -> tuple[Grid, list[str]]:
    """One file under its header, and what to say of it."""
    content = load(path)
    if kind(content, path) == "text":
        grid = _read(open_text(content, source.encoding, path.name), path, source)
        return grid, _notes(grid)
    del content
    if source.sheet is not None:
        with open_workbook(path, source.sheet) as sheet:
            grid = _read(sheet, path, source)
            return grid, _notes(grid)
    return _first_fitting(path, source)


def _first_fitting(path: Path, source: Source) -> tuple[Grid, list[str]]:
    """The first visible sheet that has the columns needed; the error of the first one if none."""
    with open_workbook(path, None) as sheet:
        names = (sheet.name, *sheet.others)
        try:
            grid = _read(sheet, path, source)
            return grid, _notes(grid, sheet)
        except FileError as error:
            first = error
    for name in names[1:_MOST_SHEETS]:
        with open_workbook(path, name) as sheet:
            try:
                grid = _read(sheet, path, source)
            except FileError:
                continue
            return grid, _notes(grid, sheet)
    raise first


def _read(sheet: Sheet, path: Path, source: Source) -> Grid:
    return paid(read_grid(sheet, str(source.entity), source.columns, path.name))


def _notes(grid: Grid, sheet: Sheet | None = None) -> list[str]:
    """What a marketer should know of how a file was understood."""
    notes = []
    if sheet and sheet.others:
        others = ", ".join(f"«{mask(name)}»" for name in sheet.others[:_MOST_SHEETS])
        notes.append(
            f"В книге «{grid.where}» прочитан лист «{mask(sheet.name)}»; не прочитаны {others}. "
            "Нужный лист называет настройка sheet."
        )
    if grid.totals:
        notes.append(f"Файл «{grid.where}»: строк с итогами {len(grid.totals)}, они не учтены.")
    if grid.groups:
        notes.append(f"Файл «{grid.where}»: строк-заголовков групп {grid.groups}, они пропущены.")
    if grid.repeats:
        notes.append(f"Файл «{grid.where}»: повторов шапки {grid.repeats}, они пропущены.")
    notes += [f"Файл «{grid.where}». {note}" for note in grid.header.notes]
    return notes


def _period(frame: pd.DataFrame, entity: str) -> tuple[date, date] | None:
    """The first and last day of rows that have no ids."""
    if ENTITIES[entity].key or frame.empty:
        return None
    first, last = ("date_from", "date_to") if entity == "costs" else ("date", "date")
    return frame[first].min().date(), frame[last].max().date()
