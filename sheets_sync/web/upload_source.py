"""Which upload a file belongs to: by its name its rows replace others, and its mapping is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from metrics.sources import ENTITY_NAMES
from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.edit import put_source
from sheets_sync.errors import RomiError
from sheets_sync.line.run import LiveRun
from sheets_sync.privacy.personal import mask, redact
from sheets_sync.reading.container import kind, load, open_archive
from sheets_sync.reading.delimited import open_text
from sheets_sync.reading.headers import SEARCH_ROWS, find_row
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.workbook import open_workbook
from sheets_sync.sources.source import Pulled
from sheets_sync.sources.upload import UploadTable
from sheets_sync.store import MergeCounts

#: A file with so many headers of the last one of an upload is the next of it.
_ALIKE = 0.5


@dataclass(frozen=True)
class UploadPlace:
    """An upload of a clinic, accepted before (`is_old`) or not: how its files are read."""

    entity: str
    label: str
    is_old: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    #: What a person wrote of it in the clinic's file, beside those.
    more: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Its name in the store."""
        return f"upload:{self.label}"

    def reading(self) -> dict[str, Any]:
        """How a file of it is read: fields that a [[source]] of files and one of uploads share."""
        return dict(self.more) | {
            "entity": self.entity,
            "columns": dict(self.columns),
            "statuses": dict(self.statuses),
            "date_format": self.date_format,
        }


def labels(clinic: Clinic, entity: str) -> list[str]:
    """The uploads of an entity that the clinic has."""
    return [table.label for table in _uploads(clinic, entity)]


def place_of(run: LiveRun, path: Path, entity: str, label: str = "") -> UploadPlace:
    """The upload that a person named, else the one whose last file had the same headers, else a
    new one: files of two programs must not take each other's rows.
    """
    uploads = [_upload(run, table) for table in _uploads(run.clinic, entity)]
    for place, headers in uploads:
        if place.label == label if label else _alike(_headers(path, place), headers):
            return place
    labels = {table.label for table in run.clinic.source if isinstance(table, UploadTable)}
    usual = ENTITY_NAMES.get(entity, entity)
    names = [usual, *(f"{usual} {number}" for number in range(2, len(labels) + 2))]
    return UploadPlace(entity, label or next(name for name in names if name not in labels))


def accept(run: LiveRun, place: UploadPlace, pulled: Pulled) -> MergeCounts:
    """Keep the mapping in the clinic's file, then the rows in the store.

    Raises ConfigError where the file would be wrong with it, StoreError.
    """
    table = {"kind": "upload", "name": place.label} | place.reading()
    put_source(run.clinic.folder / f"{run.clinic.id}.toml", table)
    if pulled.frame is None:
        return MergeCounts()
    kinds = pulled.frame.dtypes.to_dict()
    frame = pulled.frame.assign(source=place.source).astype(kinds)
    merged = run.store.rows.merge(
        run.clinic.id, place.source, [replace(pulled, frame=frame)], run.now, place.entity
    )
    return merged[place.entity]


def headers_of(
    path: Path, entity: str, columns: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The headers of a file's first table, read as an entity. Raises FileError."""
    with open_archive(path) as real:
        content = load(real)
        if kind(content, real) == "text":
            return _first_row(open_text(content, "", path.name), entity, path, columns or {})
        with open_workbook(real, None) as sheet:
            return _first_row(sheet, entity, path, columns or {})


def name_of(header: str) -> str:
    """A header as it may be shown and chosen."""
    return header if redact(header) == header else mask(header)


def _first_row(
    sheet: Sheet, entity: str, path: Path, columns: Mapping[str, str]
) -> tuple[str, ...]:
    top = list(islice(sheet.rows, SEARCH_ROWS))
    _, names = find_row(top, sheet.merged, entity, columns, path.name)
    return tuple(names[0])


def _uploads(clinic: Clinic, entity: str) -> list[UploadTable]:
    return [t for t in clinic.source if isinstance(t, UploadTable) and t.entity == entity]


def _upload(run: LiveRun, table: UploadTable) -> tuple[UploadPlace, Sequence[str]]:
    """An upload of the clinic's file, and the headers of its last file."""
    settings = table.model_dump(exclude_defaults=True, exclude={"kind", "label", "entity", "first"})
    states = run.store.sources.states(run.clinic.id)
    state = next((s for s in states if (s.source, s.entity) == (table.name, table.entity)), None)
    place = UploadPlace(
        table.entity,
        table.label,
        is_old=True,
        columns=settings.pop("columns", {}),
        statuses=settings.pop("statuses", {}),
        date_format=settings.pop("date_format", ""),
        more=settings,
        state=state.state if state else {},
    )
    return place, list(state.columns) if state else []


def _headers(path: Path, place: UploadPlace) -> list[str]:
    try:
        return [mask(header) for header in headers_of(path, place.entity, place.columns) if header]
    except RomiError:
        return []


def _alike(some: Iterable[str], others: Iterable[str]) -> bool:
    one, other = set(some), set(others)
    return bool(one) and len(one & other) >= _ALIKE * len(one | other)
