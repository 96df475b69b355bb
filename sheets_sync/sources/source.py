"""What a source is: its table in a clinic's file, what it may know of a run, what it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Protocol, Self, TypeVar
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.limiter import Limiter
from sheets_sync.net.vault import Vault
from sheets_sync.privacy.keys import Keyring
from sheets_sync.reading.origin import Link, Origin
from sheets_sync.settings import Day


def _of_one_word(value: str) -> str:
    if value != value.strip() or ":" in value or any(c.isspace() for c in value):
        raise ValueError("нужно одно слово без пробелов и двоеточий, например yclients")
    return value


System = Annotated[str, Field(max_length=40), AfterValidator(_of_one_word)]


#: Refused rows that are kept as examples.
EXAMPLES = 100


class SourceTable(BaseModel, ABC):
    """What every [[source]] may say. Each kind adds its own fields beside its own code.

    first          `from`: the first day wanted; None = what the reports need
    system         whose ids these are; None = the kind, for kinds that give no ids nobody's ("")
    trailing_days  how many last days are asked again where a service has no changed-since
    links          column -> the system whose ids it holds
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: str
    first: Day | None = Field(default=None, alias="from")
    system: System | None = None
    trailing_days: int | None = Field(default=None, ge=1, le=366)
    links: dict[Link, System] = {}

    #: Whether its leads, appointments, payments and calls have ids of a system of its own.
    gives_ids: ClassVar[bool] = True
    #: Whether its leads are call tracking's, which «Сверка» sets against a CRM's.
    tracking: ClassVar[bool] = False

    @property
    @abstractmethod
    def account(self) -> str:
        """What of the service this is: the second half of the name."""

    @property
    def name(self) -> str:
        """How the source is called in the store and logs: "<kind>:<account>"."""
        return f"{self.kind}:{self.account}"

    @property
    def only(self) -> str:
        """The one entity that the source gives, "" for a service that gives all of its own."""
        return ""

    @property
    def lead_role(self) -> str:
        """Whose leads these are: "tracking" or "crm"."""
        return "tracking" if self.tracking else "crm"

    def with_goals(self, goals: tuple[int | str, ...]) -> Self:
        """The same source counting the goals that «Настройки» names, where it counts any."""
        del goals
        return self

    def origin(self, entity: str) -> Origin:
        """How rows of this source are to be read."""
        mine = self.kind if self.gives_ids else ""
        return Origin(
            entity,
            self.name,
            system=mine if self.system is None else self.system,
            links=self.links,
            role=self.lead_role,
        )


@dataclass(frozen=True)
class Refusal:
    """One row that went to quarantine. `value` is masked: it never carries personal data."""

    file: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Pulled:
    """What one source gives for one entity at a time.

    frame      conformed to metrics.schema (`source` column already set), or None where nothing
               changed: what the store has stays as it is, a new `fingerprint` is kept
    read       how many rows were read, refused ones included, total rows left out
    refused    the first refusals (at most 100); `refused_count` counts all
    totals     total rows recognised and left out
    notes      Russian sentences for «Журнал»
    columns    how headers were understood: header -> canonical name, "" where dropped or unknown
    fingerprint  changes when the content or the way it is read changes
    replace    entities without ids: the first and last day that this pull covers
    between    entities with ids: these are all of the source's rows from the first moment to before
               the second; others it gave there once are no more
    gone       ids of the source's rows that are no more
    state      JSON-able, given back in `Context.state` next time (cursors, goals, attribution)
    partial_day  a day that is not complete yet (today), or None
    more       another part of this entity is to follow: the source is as fresh as its last one
    error      what kept the pull from being whole: what it gives is kept, the source is stale
    """

    entity: str
    frame: pd.DataFrame | None
    read: int = 0
    refused: tuple[Refusal, ...] = ()
    refused_count: int = 0
    totals: int = 0
    notes: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    replace: tuple[date, date] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    partial_day: date | None = None
    between: tuple[datetime, datetime] | None = None
    gone: tuple[str, ...] = ()
    more: bool = False
    error: SourceError | None = None


def counted_on(pulls: Iterator[Pulled]) -> Iterator[Pulled]:
    """Pulls of one entity, each counting what those before it have read, refused and noted."""
    before: Pulled | None = None
    for pulled in pulls:
        if before is None:
            before = pulled
        else:
            before = replace(
                pulled,
                read=before.read + pulled.read,
                refused=(*before.refused, *pulled.refused)[:EXAMPLES],
                refused_count=before.refused_count + pulled.refused_count,
                totals=before.totals + pulled.totals,
                notes=tuple(dict.fromkeys((*before.notes, *pulled.notes))),
                partial_day=pulled.partial_day or before.partial_day,
            )
        yield before


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: what, whether it is well, what was seen, what to do if not."""

    what: str
    ok: bool
    seen: str
    hint: str = ""


class Stored(Protocol):
    """The source's rows that the store holds; `sheets_sync.store.of_source` says what each does."""

    def count(self, entity: str, since: datetime, until: datetime) -> int: ...

    def ids(self, entity: str) -> tuple[str, ...]: ...

    def read(self, entity: str, ids: Sequence[str]) -> pd.DataFrame: ...

    def changed(
        self, entity: str, rows: pd.DataFrame, names: Sequence[str]
    ) -> tuple[int, pd.DataFrame]: ...


def _no_secret(variable: str) -> SecretStr:
    raise SourceError(f"переменной {variable} здесь нет.")


@dataclass(frozen=True)
class Context:
    """What a source may know about the run; nothing of it is global.

    clinic, zone, folder  the clinic's id, calendar, and where its file lies
    needed       the first day that the reports need
    is_pushed    whether conversions are sent to Metrica, which then come back days later
    secret       the value of a variable that the source names; raises ConfigError
    endpoints    by kind, what replaces a service's host
    fingerprint, state  what the store remembers of this source's last good pull
    full         re-read everything, not only what is new
    progress     called with a Russian word of what is going on and a share 0..1 of this source
    limiter      the one limiter of all processes; None = nobody else asks
    until        the Unix second at which the source's time in this run is over
    stored       the source's rows that the store holds; None = it holds none
    vault        where tokens that a service issued are kept; None = nowhere
    observe      called with the service's name and the status (0: no answer) of each request
    """

    clinic: str
    zone: ZoneInfo
    keyring: Keyring
    as_of: date
    needed: date
    folder: Path = Path()
    home: Path = Path()
    is_pushed: bool = False
    secret: Callable[[str], SecretStr] = _no_secret
    endpoints: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    full: bool = False
    progress: Callable[[str, float], None] = lambda _text, _share: None
    limiter: Limiter | None = None
    clock: Clock = field(default_factory=Clock)
    until: float = float("inf")
    stored: Stored | None = None
    vault: Vault | None = None
    observe: Callable[[str, int], None] = lambda _service, _status: None

    def endpoint(self, kind: str, usual: str) -> str:
        """Where a kind of source is asked: what the environment says, else the real host."""
        return self.endpoints.get(kind, usual).rstrip("/")


Table = TypeVar("Table", bound=SourceTable)


@dataclass(frozen=True)
class Source(Generic[Table]):
    """A kind of [[source]]: one line of SOURCES.

    title     how people call it, before the account's name; "" where the account says enough
    noun      what it is, for the page and the API: "выгрузка"
    entities  what it may give
    endpoint  the real host; "" where there is none, or it is the clinic's own
    pull      raises SourceError where nothing can be read at all
    probe     a few harmless questions for `check`; raises SourceError likewise. What it finds out
              is named after the source; "" is the source itself
    """

    kind: str
    title: str
    noun: str
    table: type[Table]
    entities: tuple[str, ...]
    pull: Callable[[Table, Context], Iterator[Pulled]]
    probe: Callable[[Table, Context], Iterator[Finding]]
    endpoint: str = ""
    #: Whether it asks somebody else and may have to wait.
    live: bool = True
    #: Whether what was pulled before a failure is good by itself.
    in_parts: bool = False
    #: Bytes that lie ready in the clinic's folder, as far as anybody can see.
    size: Callable[[Table, Path], int] = lambda _table, _folder: 0
