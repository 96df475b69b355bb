"""What a connector declares: its streams, how it asks, its limits, what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from sheets_sync.net.secrets import Auth, Lookup
from sheets_sync.sources.source import Finding, SourceTable

if TYPE_CHECKING:
    from sheets_sync.sources.api import Api

Table = TypeVar("Table", bound=SourceTable)
#: One object of an answer's JSON; numbers with a fraction are Decimal.
Record = Mapping[str, Any]
#: A path of keys ("client.phone"), or a function of the record.
Field = str | Callable[[Record], Any]

#: What reading an answer of another shape than is read raises.
ODD = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)
#: Of a pull's memory: where `ask` left a window of changes to go on from when it is asked again; the
#: cursor stays until it is gone. And, once it is, when that walk began (ISO): the cursor's limit.
REST, WALKED = "rest", "walked"
#: Where `sweep` left its look for what is gone, likewise.
SWEEP = "sweep"

#: Why a service refused: the person must mend the key, or the rights; wait; try again; never again.
Reason = Literal["auth", "rights", "quota", "temporary", "permanent"]
LASTING: frozenset[Reason] = frozenset({"auth", "rights", "permanent"})


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


@dataclass(frozen=True)
class Limit:
    """At most `requests` in any `seconds`, counted together over all workers.

    of       "account": of the same secrets; "service": of this kind at all (limits by IP address);
             else under that very name (a portal's host)
    """

    requests: int
    seconds: float
    of: str = "account"


@dataclass(frozen=True)
class Answer:
    """One answer of a service. `body` is its JSON; None where it has none or it is no JSON. `text` is
    its beginning, all of it for a connector of texts."""

    status: int
    body: Any
    text: str
    headers: Mapping[str, str]

    def get(self, *path: str) -> Any:
        """The value at a path of keys of the body, None where there is none."""
        return at(self.body, ".".join(path))


@dataclass(frozen=True)
class Fault:
    """A refusal: why, in words, what to do, and how many seconds to wait at least; None where the
    connector itself knows for how long."""

    reason: Reason
    message: str = ""
    hint: str = ""
    wait: float | None = 0.0


@dataclass(frozen=True)
class Connector(Generic[Table]):
    """A service, as a declaration; `engine.source_of` makes a Source of it.

    endpoint  the real host, or what makes it of the table where it is the clinic's own
    auth      what signs requests, of the table and the clinic's secrets; raises ConfigError
    ask       pages of one window, in any order. Called once for each, and once more where a window
              came back suspiciously empty; a generator, so quirks are three lines of Python
    fault     what an answer refuses, also with HTTP 200; None leaves it to its status
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
    parallel  requests at once
    is_text   whether bodies are text, which `Answer.text` then holds whole
    applies   whether the [[source]] asks for it, where several connectors make one kind
    ordered   of a pull's memory, the days that the service has been preparing since an earlier
              pull: they come first
    """

    kind: str
    title: str
    noun: str
    table: type[Table]
    endpoint: str | Callable[[Table], str]
    auth: Callable[[Table, Lookup], Auth]
    ask: Callable[[Api[Table], Window], Iterator[Page]]
    streams: tuple[Stream, ...]
    limits: tuple[Limit, ...] = ()
    fault: Callable[[Answer], Fault | None] = lambda _answer: None
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
    parallel: int = 2
    is_text: bool = False
    applies: Callable[[Table], bool] = lambda _table: True
    ordered: Callable[[Mapping[str, Any]], Sequence[tuple[date, date]]] = lambda _memory: ()

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stream.entity for stream in self.streams))


def at(value: Any, path: str) -> Any:
    """The value at a path of keys ("client.phone"), None where any of them is not there."""
    for key in path.split(".") if path else ():
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def records_at(body: Any, path: str) -> Iterator[Record]:
    """Every record at a path: "channels[].calls[]" looks into all channels. Null lists are empty."""
    head, many, rest = path.partition("[]")
    value = as_list(at(body, head.strip("."))) if many else at(body, head.strip("."))
    if many:
        for each in value if isinstance(value, list) else ():
            yield from records_at(each, rest)
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, Mapping))
    elif isinstance(value, Mapping):
        yield value


def as_list(value: Any) -> Any:
    """A list that came as a map of its places ("0", "1", …), as PHP writes one with a hole, is one."""
    if isinstance(value, Mapping) and value and all(str(key).isdigit() for key in value):
        return list(value.values())
    return value


def is_shaped(body: Any, path: str) -> bool:
    """Whether a body has what leads to its records, be it null: an answer without it, or with
    something else in its place, is none."""
    head, many, rest = path.partition("[]")
    *way, last = head.strip(".").split(".")
    if not last:
        return not many or isinstance(as_list(body), list)
    holder = at(body, ".".join(way))
    if not isinstance(holder, Mapping) or last not in holder:
        return False
    value = as_list(holder[last])
    if many and not isinstance(value, list | None):
        return False
    # Of lists inside the records of a list each may be left out, but not be anything else.
    inner = value if many and "[]" in rest else None
    return all(_is_left_out(each, rest) or is_shaped(each, rest) for each in inner or ())


def _is_left_out(record: Any, path: str) -> bool:
    """Whether a record has nothing at a path that a list could be at."""
    return at(record, path.partition("[]")[0].strip(".")) is None


def list_at(body: Any, path: str) -> list[Record]:
    """The records at a path. Raises KeyError where nothing leads there: that is no empty answer."""
    if not is_shaped(body, path):
        raise KeyError(path)
    return list(records_at(body, path))


def of_record(record: Record, how: Field) -> Any:
    """What a field of a stream is in one record."""
    return at(record, how) if isinstance(how, str) else how(record)
