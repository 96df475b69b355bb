"""Exports as files: CSV, XLSX, XLS or ODS by a path or a mask; see `sheets_sync/reading`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from glob import glob
from importlib import resources
from itertools import takewhile
from os.path import normpath
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from metrics.schema import ENTITIES
from metrics.wording import counted, percent
from sheets_sync.errors import SourceError
from sheets_sync.privacy.personal import redact, redact_title
from sheets_sync.reading.container import load
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.numbering import numbering_of
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.rows import read_rows
from sheets_sync.reading.tables import grids as grids_of
from sheets_sync.reading.understanding import of_grid, sentence
from sheets_sync.sources.export_table import ExportTable
from sheets_sync.sources.renumber import renumber
from sheets_sync.sources.source import (
    Context,
    Finding,
    Pulled,
    Refusal,
    Source,
)

#: Part of every fingerprint: raise it where the same bytes would be read differently.
#: Of so many tables of a source it is kept how they were understood.
_MOST_UNDERSTOOD = 12
READING = 13
_RULES = (
    ("sheets_sync.reading", "words.toml"),
    ("sheets_sync.privacy", "given_names.txt"),
    ("sheets_sync.privacy", "places.txt"),
    ("sheets_sync.reading", "aliases.toml"),
    ("sheets_sync.reading", "systems.toml"),
)
#: Columns of an export whose filling decides how surely a lead is joined.
_MARKS = {
    "ym_client_id": "ClientID",
    "yclid": "yclid",
    "utm_source": "utm",
    "source_raw": "источник",
}


class FileTable(ExportTable):
    """A CSV, XLSX, XLS or ODS export by its path or a mask, relative to the clinic's file."""

    kind: Literal["file"]
    path: str = Field(min_length=1)
    sheet: str | int | None = None
    encoding: str = ""

    @property
    def account(self) -> str:
        return self.path + (f"#{self.sheet}" if self.sheet is not None else "")


def pull(table: FileTable, context: Context) -> Iterator[Pulled]:
    """Read every file of `table.path` (a path or a mask, relative to the clinic's file) as one.

    Uses entity, path, sheet, encoding, date_format, columns, statuses. Yields one Pulled; its
    frame is None where neither the bytes nor the way to read them changed since
    `context.fingerprint`. Rows without an id are numbered over all files. Costs and traffic
    replace what was there between their first and last day.
    Raises SourceError where there is no file or the source is set wrongly, FileError where one of
    the files cannot be read: then nothing of the source changes.
    """
    try:
        yield _pulled(table, context)
    except SourceError as error:  # a file may be called after somebody's phone
        error.message, error.where = redact(error.message), redact_title(error.where)
        raise


def _pulled(table: FileTable, context: Context) -> Pulled:
    # No generator: what the cells took would wait until the rows are merged.
    entity, origin = table.entity, table.origin(table.entity)
    paths, notes = _distinct(_paths(table, context))
    fingerprint = _fingerprint(paths, table, context)
    if fingerprint == context.fingerprint and not context.full:
        return Pulled(entity, None, fingerprint=fingerprint)
    grids: list[Grid] = []
    for number, path in enumerate(paths):
        context.progress(f"Читаю {redact_title(path.name)}", number / (len(paths) + 1))
        tables, remarks = grids_of(path, table)
        label = _label(path, paths, context.folder)
        grids += [replace(grid, place=grid.place.called(label)) for grid in tables]
        notes += remarks
    gone = _of_another_system(origin, context)
    if gone:
        notes.append(f"Сменилась system: прежние строки источника сняты ({len(gone)}).")
    context.progress("Разбираю строки", len(paths) / (len(paths) + 1))
    no_ids = numbering_of(context.state, entity)
    read = read_rows(grids, origin, context.keyring, context.zone, no_ids)
    rows = renumber(
        entity, read.frame, read.no_ids, context.stored, origin.prefix(""), context.zone,
        lambda numbers: read_rows(grids, origin, context.keyring, context.zone, numbers).frame,
    )  # fmt: skip
    if rows.rows:
        notes.append(
            f"Под теми же номерами раньше были другие люди: номер – не идентификатор, прежних строк {rows.rows}, они сохранены и узнаются по содержимому."
        )
    understood = [of_grid(grid, entity) for grid in grids]
    notes += list(dict.fromkeys(map(sentence, understood[:_MOST_UNDERSTOOD])))
    state = {
        "system": origin.system,
        **rows.no_ids.state(),
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
        fingerprint=fingerprint,
        replace=_period(read.frame, entity),
        gone=(*gone, *rows.gone),
        state={entity: state},
    )


def _label(path: Path, paths: Iterable[Path], folder: Path) -> str:
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


def probe(table: FileTable, context: Context) -> Iterator[Finding]:
    """What of an export is understood, and how many leads can be joined."""
    for pulled in pull(table, replace(context, full=True)):
        frame = pulled.frame if pulled.frame is not None else pd.DataFrame()
        unknown = [header for header, column in pulled.columns.items() if not column]
        understood = [f"{h} → {c}" for h, c in pulled.columns.items() if c]
        rows = counted(pulled.read, "строка", "строки", "строк")
        yield Finding(
            "",
            ok=pulled.refused_count <= pulled.read * 0.02,
            seen=f"{rows}, отказано {pulled.refused_count}; понято: {', '.join(understood)}",
            hint="Посмотрите отказанные строки во вкладке «Журнал».",
        )
        if unknown:
            yield Finding("не взяты", ok=True, seen=", ".join(unknown))
        if pulled.entity == "leads" and len(frame):
            shares = [f"{w} {percent((frame[n] != '').mean())}" for n, w in _MARKS.items()]
            yield Finding("метки лидов", ok=True, seen=", ".join(shares))


def _paths(table: FileTable, context: Context) -> list[Path]:
    """The files of a source by name, without what office programs leave while a file is open."""
    pattern = context.folder / table.path
    root = _root(context.folder, table.path)
    if pattern.is_file():
        return [_within(root, pattern, context.folder)]
    paths = sorted(
        path
        for path in (Path(p) for p in glob(str(pattern), recursive=True))  # noqa: PTH207 - `**` and a plain path alike
        if path.is_file() and not path.name.startswith(("~$", ".~lock", "."))
    )
    paths = [_within(root, _named(path), context.folder) for path in paths]
    if not paths:
        raise SourceError(
            "нет такого файла.",
            where=table.path,
            hint=f"Положите выгрузку в папку «{pattern.parent}» или исправьте path в файле клиники.",
            permanent=False,
        )
    return paths


def _named(path: Path) -> Path:
    """The same path. Raises SourceError for a name that is no text, as old archives leave them."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        raise SourceError(
            "имя файла записано не в UTF-8; он не прочитан.",
            where=redact(os.fsencode(path.name).decode("cp1251", "replace")),
            hint="Переименуйте файл, например латинскими буквами.",
        ) from None
    return path


def _root(folder: Path, path: str) -> Path:
    """The folder that a source's files must lie in: the one named before the first wildcard.

    Under the clinic's folder it counts as it is written, for whoever may upload there may put a link
    in its place; elsewhere it is the administrator's own, links and all.
    """
    parts = Path(path).parts
    plain = Path(*takewhile(lambda part: not set(part) & set("*?["), parts[:-1]))
    inside = Path(normpath(folder.resolve() / plain))
    return inside if inside.is_relative_to(folder.resolve()) else (folder / plain).resolve()


def _within(root: Path, path: Path, folder: Path) -> Path:
    """The same path. Raises SourceError where a link leads out of the folder, to somebody else's."""
    if path.resolve().is_relative_to(root) and not (
        root.is_relative_to(folder.resolve()) and _has_name_outside(root, path)
    ):
        return path
    raise SourceError(
        "это ссылка на файл вне папки выгрузок; он не прочитан.",
        where=redact_title(path.name),
        hint="Положите в папку сам файл или его копию.",
    )


def _has_name_outside(root: Path, path: Path) -> bool:
    """Whether a file has another name elsewhere: who may upload may give a stranger's one here."""
    about = path.stat()
    if about.st_nlink < 2:
        return False
    inside = sum(p.lstat().st_ino == about.st_ino for p in root.rglob("*"))
    return inside < about.st_nlink


def _distinct(paths: list[Path]) -> tuple[dict[Path, str], list[str]]:
    """Files with the SHA-256 of their content, of files with equal bytes the first; notes."""
    of_digest: dict[str, Path] = {}
    notes = []
    for path in paths:
        digest = hashlib.sha256(load(path)).hexdigest()
        if digest in of_digest:
            notes.append(
                f"Файл «{redact_title(path.name)}» – копия «{redact_title(of_digest[digest].name)}»: "
                "прочитан один раз."
            )
        else:
            of_digest[digest] = path
    return {path: digest for digest, path in of_digest.items()}, notes


def _fingerprint(paths: dict[Path, str], table: FileTable, context: Context) -> str:
    """Everything that the answer depends on: the bytes, the settings, the key, our own rules."""
    content = hashlib.sha256(f"{READING} {context.keyring.id} {context.zone.key}".encode())
    content.update(table.model_dump_json().encode())
    for package, name in _RULES:
        content.update(resources.files(package).joinpath(name).read_bytes())
    for path, digest in paths.items():
        content.update(f"\n{path.name} {digest}".encode())
    return content.hexdigest()


def _period(frame: pd.DataFrame, entity: str) -> tuple[date, date] | None:
    """The first and last day of rows that have no ids."""
    if ENTITIES[entity].key or frame.empty:
        return None
    first, last = ("date_from", "date_to") if entity == "costs" else ("date", "date")
    return frame[first].min().date(), frame[last].max().date()


SOURCE: Source[FileTable] = Source(
    "file", "", "выгрузка", FileTable, tuple(ENTITIES), pull, probe, live=False
)
