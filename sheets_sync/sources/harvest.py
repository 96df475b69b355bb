"""Pages of a window to conformed rows: fields taken, doubles merged, deletions told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import pandas as pd

from metrics.schema import ENTITIES, conform
from sheets_sync.reading.reader import PullReading
from sheets_sync.reading.records import PERSONAL, conform_records, is_yes, text
from sheets_sync.sources.connector import (
    Connector,
    Page,
    Stream,
    Window,
    of_record,
)
from sheets_sync.sources.json_paths import ODD, Record, list_at
from sheets_sync.sources.source import Context, SourceTable

Table = TypeVar("Table", bound=SourceTable)
_DELETED, _CHANGED = "deleted", "changed"
#: Raise it where the same answers would be read differently: everything is asked again then.
_READING = 2


@dataclass(frozen=True)
class Crop:
    """Rows of one entity of one window.

    gone       ids (with their system) of rows that are marked deleted and are no appointments
    cancelled  ids of deleted appointments of which the service tells no more than that
    changed    the latest change seen, None if none was told
    """

    entity: str
    read: PullReading
    count: int
    gone: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    changed: datetime | None = None


@dataclass
class Harvest(Generic[Table]):
    """Gathers the pages of one window. In "days" rows outside of it are left out, unless a
    page is of any day."""

    connector: Connector[Table]
    table: Table
    context: Context
    window: Window
    notes: list[str] = field(default_factory=list)
    _rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def gather(self, pages: Iterable[Page]) -> list[Crop]:
        """Every entity's rows, also of one that gave none. Raises SourceError as `ask` does."""
        for page in pages:
            self.notes += page.notes
            for stream in self.connector.streams:
                if page.stream in {"", stream.name}:
                    self._take(stream, page)
        return [self._crop(entity) for entity in self.connector.entities]

    def _take(self, stream: Stream, page: Page) -> None:
        rows = self._rows.setdefault(stream.entity, [])
        zone = page.zone or self.context.zone
        spec = ENTITIES[stream.entity]
        kinds = {c.name: c.kind for c in spec.columns} | dict.fromkeys(PERSONAL, "text")
        listed = list_at(page.body, stream.records)
        records = [r for r in listed if not stream.when or stream.when(r)]
        odd = 0
        for record in records:
            try:
                row = {
                    name: text(self._value(stream, name, record), kinds[name], zone)
                    for name in stream.fields
                }
            except ODD:
                odd += 1
                if odd == len(records) > 1:
                    raise  # not a record is odd but the answer
                # Refused by its time, which no reader takes for one, and counted.
                row = {spec.key: str(record.get("id") or "?"), spec.when: "?"}
            cropped = self.connector.by == "days" and not page.beyond
            if cropped and not self._is_inside(row.get(spec.when, "")):
                continue
            if stream.deleted and is_yes(of_record(record, stream.deleted)):
                row[_DELETED] = "1"
            if stream.changed:
                row[_CHANGED] = text(of_record(record, stream.changed), "time", zone)
            rows.append(row)

    def _value(self, stream: Stream, name: str, record: Record) -> Any:
        value = of_record(record, stream.fields[name])
        if value is None or name not in {"status", "kind"}:
            return value
        # The clinic's own words come before ours; the reader knows them.
        own = self.table.origin(stream.entity).statuses
        return value if str(value) in own else stream.words.get(str(value), value)

    def _is_inside(self, when: str) -> bool:
        """Whether a row belongs to the window; one whose time cannot be read is refused later."""
        try:
            if len(when) == 10:
                return self.window.first <= date.fromisoformat(when) <= self.window.last
            return self.window.begin <= datetime.fromisoformat(when) < self.window.end
        except (ValueError, TypeError):
            return True

    def _crop(self, entity: str) -> Crop:
        origin = self.table.origin(entity)
        key = ENTITIES[entity].key
        rows = _merged(self._rows.get(entity, []), key)
        prefix = origin.prefix("")
        gone = [r for r in rows if _DELETED in r and entity != "appointments"]
        lost = [
            r
            for r in rows
            if _DELETED in r and entity == "appointments" and not r.get(ENTITIES[entity].when)
        ]
        kept = [r for r in rows if not any(r is other for other in (*gone, *lost))]
        cells = [
            {k: v for k, v in row.items() if k not in {_DELETED, _CHANGED}}
            | ({"status": "cancelled"} if _DELETED in row else {})
            for row in kept
        ]
        where = self.connector.title
        read = conform_records(cells, origin, self.context.keyring, self.context.zone, where)
        return Crop(
            entity,
            read,
            len(cells),
            tuple(prefix + r[key] for r in gone if r.get(key)),
            tuple(prefix + r[key] for r in lost if r.get(key)),
            _latest([r[_CHANGED] for r in rows if r.get(_CHANGED)]),
        )


def _merged(rows: Sequence[dict[str, str]], key: str) -> list[dict[str, str]]:
    """One row of each id: the one changed last, else the one that came last."""
    if not key:
        return list(rows)
    of_id: dict[str, dict[str, str]] = {}
    nameless = []
    for row in rows:
        number = row.get(key, "")
        if not number:
            nameless.append(row)
        elif row.get(_CHANGED, "") >= of_id.get(number, row).get(_CHANGED, ""):
            of_id[number] = row
    return [*of_id.values(), *nameless]


def _latest(moments: Sequence[str]) -> datetime | None:
    read = []
    for moment in moments:
        try:
            read.append(datetime.fromisoformat(moment))
        except ValueError:
            continue
    return max(read, default=None)


def with_cancelled(crop: Crop, context: Context) -> pd.DataFrame:
    """The crop's rows, and those appointments that the store has and the service only calls deleted."""
    frame = crop.read.frame
    if not crop.cancelled or context.stored is None:
        return frame
    stored = context.stored.read(crop.entity, crop.cancelled).assign(status="cancelled")
    return (
        conform(crop.entity, pd.concat([frame, stored], ignore_index=True))
        if len(stored)
        else frame
    )


def shape_of(table: SourceTable, context: Context) -> str:
    """Changes when the same answers would make other rows."""
    declaration = table.model_dump_json(exclude={"first", "trailing_days"})
    text = f"{_READING} {context.keyring.id} {context.zone.key} {declaration}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
