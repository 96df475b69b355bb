"""What a channel is: its table in a clinic's file, what it may know of a run, how sending ends."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

from metrics.calendar import monday
from sheets_sync.errors import RomiError
from sheets_sync.net.clock import Clock
from sheets_sync.net.secrets import Lookup

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOMENT = re.compile(rf"({'|'.join(_DAYS)}) ([01]\d|2[0-3]):([0-5]\d)")
#: How a message begins whose numbers are not whole.
WARNING = "Данные неполные: "
#: Seconds that sending one message may take in all.
LONGEST = 60.0


def _moment(value: str) -> str:
    if value and not _MOMENT.fullmatch(value):
        raise ValueError(
            'нужны день недели и время, например "mon 09:00" (mon, tue, wed, thu, fri, sat, sun), '
            'или "", чтобы сводку не присылать'
        )
    return value


class NotifyTable(BaseModel, ABC):
    """What every [[notify]] may say. Each kind adds its own fields beside its own code.

    digest  the moment of the week from which the digest is sent, "mon 09:00"; "" = it is not
    alerts  whether alerts are sent here
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: str
    digest: Annotated[str, AfterValidator(_moment)] = "mon 09:00"
    alerts: bool = True

    @property
    @abstractmethod
    def target(self) -> str:
        """To whom it goes: what tells two channels of a kind apart."""

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """The variables that it cannot do without."""

    @property
    def name(self) -> str:
        """How the outbox calls it; nobody's address can be told from it."""
        digest = hashlib.sha256(self.target.encode()).hexdigest()[:8]
        return f"{self.kind}:{digest}"

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the digest of the ISO week of `now` becomes due; None: never."""
        match = _MOMENT.fullmatch(self.digest)
        if match is None:
            return None
        day = monday(now.astimezone(zone).date()) + timedelta(days=_DAYS.index(match[1]))
        return datetime.combine(day, time(int(match[2]), int(match[3])), zone)


@dataclass(frozen=True)
class Message:
    """What is sent: lines of plain text, and a PNG or none."""

    key: str
    lines: tuple[str, ...]
    picture: bytes | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def subject(self) -> str:
        """The first line but for a warning before it."""
        return next((line for line in self.lines if not line.startswith(WARNING)), self.lines[0])


@dataclass(frozen=True)
class Means:
    """What a channel may use to send.

    secret     the value of a variable that its table names; raises ConfigError
    folder     where the clinic's file lies
    endpoints  by kind, what replaces a service's host
    observe    told the service and the status of each request
    """

    secret: Lookup
    folder: Path = Path()
    clock: Clock = field(default_factory=Clock)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    observe: Callable[[str, int], None] = lambda _service, _status: None


@dataclass(frozen=True)
class Delivery:
    """A message was taken: what the service calls it, and a remark that people should read."""

    answer: str
    remark: str = ""


class NotSentError(RomiError):
    """Raised where a message certainly did not go."""

    code = "not_sent"


class UnsureError(RomiError):
    """Raised where nobody knows whether a message went: it is not sent again."""

    code = "unsure"


TableT = TypeVar("TableT", bound=NotifyTable)


@dataclass(frozen=True)
class Channel(Generic[TableT]):
    """A kind of [[notify]]. `send` raises NotSentError, UnsureError, ConfigError."""

    kind: str
    title: str
    table: type[TableT]
    send: Callable[[TableT, Message, Means], Delivery]
