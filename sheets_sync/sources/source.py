"""What a source is: it pulls an outside system and gives conformed frames, refusals and notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock

if TYPE_CHECKING:
    from sheets_sync.clinic.config import Clinic, Source
    from sheets_sync.net.limiter import Limiter
    from sheets_sync.privacy.keys import Keyring
    from sheets_sync.settings import Service


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
    """What one source gives for one entity in one run.

    frame      conformed to metrics.schema (`source` column already set), or None where nothing
               changed since `fingerprint` was last stored: what the store has stays as it is
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
    error      what kept the pull from being whole: what it gives is kept, the source is stale
    state      JSON-able, given back in `Context.state` next time (cursors, goals, attribution)
    partial_day  a day that is not complete yet (today), or None
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
    error: SourceError | None = None


@dataclass(frozen=True)
class Context:
    """What a source may know about the run; nothing of it is global."""

    clinic: Clinic
    keyring: Keyring
    as_of: date
    #: What the store remembers of this source: `fingerprint` and `state` of the last good pull.
    fingerprint: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    #: Re-read everything, not only what is new.
    full: bool = False
    #: Called with a Russian word of what is going on and a share 0..1 of this source.
    progress: Callable[[str, float], None] = lambda _text, _share: None
    #: Endpoints and HOME; None = the defaults.
    service: Service | None = None
    #: The one limiter of all processes; None = nobody else asks.
    limiter: Limiter | None = None
    clock: Clock = field(default_factory=Clock)
    #: Told the service's name and the status (0: no answer) of each request.
    observe: Callable[[str, int], None] = lambda _service, _status: None


#: A source is a function; it raises SourceError where nothing can be read at all.
Pull = Callable[["Source", Context], Iterator[Pulled]]
