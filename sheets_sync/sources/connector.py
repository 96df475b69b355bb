"""What a connector declares: its streams, how it asks, its limits, what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from sheets_sync.sources.access import Access
from sheets_sync.sources.api import Api
from sheets_sync.sources.json_paths import Record, at
from sheets_sync.sources.source import Finding, SourceTable

Table = TypeVar("Table", bound=SourceTable)
#: A path of keys ("client.phone"), or a function of the record.
Field = str | Callable[[Record], Any]

#: Of a pull's memory: where `ask` left a window of changes to go on from when it is asked again; the
#: cursor stays until it is gone. And, once it is, when that walk began (ISO): the cursor's limit.
REST, WALKED = "rest", "walked"
#: Where `sweep` left its look for what is gone, likewise.
SWEEP = "sweep"


@dataclass(frozen=True)
class Stream:
    """One kind of rows: which records of a page they are, and how ours are made of theirs.

    entity   of metrics.schema
    records  where they lie in a page's body: "data[]", "channels_statistics[].calls[]"; "" where
             the page itself is the list of records
    fields   our column -> theirs. Beside the entity's own columns `phone`, `email`, `patient_id`
             are read, into keys. A value goes in as the service gave it: the engine makes times,
             kopecks, counts, flags and texts of it, and what it cannot make is refused or emptied,
             and counted
    words    their status (or `kind` of a payment) -> ours; what is not there stays as it is
    deleted  whether a record is marked deleted: an appointment is then cancelled, other rows go
    changed  when a record was changed: of two with one id the later stands
    when     False leaves a record out ("not a call at all"); it is neither read nor refused
    name     which pages' records these are, where two streams share an entity
    """

    entity: str
    records: str
    fields: Mapping[str, Field]
    words: Mapping[str, str] = field(default_factory=dict)
    deleted: Field | None = None
    changed: Field | None = None
    when: Callable[[Record], bool] | None = None
    name: str = ""


@dataclass(frozen=True)
class Page:
    """What a connector's `ask` gives: one body, and for which stream; "" = for all of them.

    `zone` is that of naive times in it, where the service has its own; None = the clinic's.
    `notes` are sentences for «Журнал». `beyond`: its rows are of any day, also outside the window.
    """

    body: Any
    stream: str = ""
    zone: ZoneInfo | None = None
    notes: tuple[str, ...] = ()
    beyond: bool = False


@dataclass(frozen=True)
class Window:
    """What one asking covers: the days `first` to `last`, both whole, in the clinic's calendar, or
    all changes from `begin` to before `end` (UTC). `is_open` if it reaches the present."""

    first: date
    last: date
    begin: datetime
    end: datetime
    is_open: bool = False


def window_of(first: date, last: date, today: date, zone: ZoneInfo) -> Window:
    """The window of these days, both whole."""
    begin, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    return Window(first, last, begin, end, is_open=last >= today)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Connector(Access[Table]):
    """A service, as a declaration; `engine.source_of` makes a Source of it.

    ask       pages of one window, in any order. Called once for each, and once more where a window
              came back suspiciously empty; a generator, so quirks are three lines of Python
    by        "days": windows of days are asked and replaced whole, the last `trailing` again each
              time; "changes": what changed since last time, with `overlap` seconds of overlap
    longest   days of one window
    trailing  days asked again, where the [[source]] does not say `trailing_days`
    ahead     days after today that are asked, too: appointments to come
    reach     days back that the service knows at all; None = all
    replaces  False where what a window no longer names is not gone by that
    sweep     (entity, ids that there are), asked once in 7 days and with --full: what the store has
              beside them is gone. One too long for one go leaves in its memory where it is (SWEEP),
              names nothing yet and is asked again
    recalls   seconds back for which changes of any day are told beside the windows of days; after a
              longer silence the days before those windows are read again. None = windows do
    probe     a few questions for `check`, at most 12 with those that the engine asks itself
    applies   whether the [[source]] asks for it, where several connectors make one kind
    ordered   of a pull's memory, the days that the service has been preparing since an earlier
              pull: they come first
    """

    noun: str
    table: type[Table]
    ask: Callable[[Api[Table], Window], Iterator[Page]]
    streams: tuple[Stream, ...]
    by: Literal["days", "changes"] = "days"
    longest: int = 31
    trailing: int = 30
    ahead: int = 0
    reach: int | None = None
    replaces: bool = True
    overlap: float = 3600.0
    sweep: Callable[[Api[Table]], Iterator[tuple[str, list[str]]]] | None = None
    recalls: float | None = None
    probe: Callable[[Api[Table]], Iterator[Finding]] | None = None
    applies: Callable[[Table], bool] = lambda _table: True
    ordered: Callable[[Mapping[str, Any]], Sequence[tuple[date, date]]] = lambda _memory: ()

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stream.entity for stream in self.streams))


def of_record(record: Record, how: Field) -> Any:
    """What a field of a stream is in one record."""
    return at(record, how) if isinstance(how, str) else how(record)
