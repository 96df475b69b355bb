"""How an account of a service is reached: where, signed how, how often, what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from sheets_sync.net.secrets import Auth, Lookup
from sheets_sync.sources.json_paths import at
from sheets_sync.sources.source import SourceTable

Table = TypeVar("Table", bound=SourceTable)
#: Why a service refused: the person must mend the key, or the rights; wait; try again; never again.
Reason = Literal["auth", "rights", "quota", "temporary", "permanent"]
LASTING: frozenset[Reason] = frozenset({"auth", "rights", "permanent"})


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


@dataclass(frozen=True, kw_only=True)
class Access(Generic[Table]):
    """What a call needs to know of a service.

    endpoint  the real host, or what makes it of the table where it is the clinic's own
    auth      what signs requests, of the table and the clinic's secrets; raises ConfigError
    limits    of requests, over all workers
    fault     what an answer refuses, also with HTTP 200; None leaves it to its status
    parallel  requests at once
    is_text   whether bodies are text, which `Answer.text` then holds whole
    """

    kind: str
    title: str
    endpoint: str | Callable[[Table], str]
    auth: Callable[[Table, Lookup], Auth]
    limits: tuple[Limit, ...] = ()
    fault: Callable[[Answer], Fault | None] = lambda _answer: None
    parallel: int = 2
    is_text: bool = False
