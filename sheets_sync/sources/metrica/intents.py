"""Which log requests are ours: written before and after each is made, so that a crash loses none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class LogQuery:
    """A log request by what it asks for."""

    first: str
    last: str
    fields: tuple[str, ...]

    def params(self) -> dict[str, str]:
        fields = ",".join(self.fields)
        return {"date1": self.first, "date2": self.last, "fields": fields, "source": "visits"}

    def is_asked_by(self, request: dict[str, Any]) -> bool:
        """Whether a request of the service's list asks for the same."""
        return (
            request.get("source") == "visits"
            and (request.get("date1"), request.get("date2")) == (self.first, self.last)
            and set(request.get("fields") or ()) == set(self.fields)
        )


@dataclass(frozen=True)
class Intent:
    """A request that is about to be made while `others` are listed; `at` in Unix seconds."""

    query: LogQuery
    others: tuple[int, ...]
    at: float


@dataclass
class Journal:
    """Ids of requests that we made and have not cleaned, and intents that have no id yet.

    The list that the service gives holds requests of everybody with access, and cleaning
    another's request would take it away from them.
    """

    path: Path
    made: list[int] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path, name: str) -> Journal:
        """The journal `name` in `folder`, empty if there is none or it cannot be read."""
        path = folder / f"{name}.json"
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            intents = [
                Intent(
                    LogQuery(
                        i["wanted"]["first"], i["wanted"]["last"], tuple(i["wanted"]["fields"])
                    ),
                    tuple(i["known"]),
                    i["at"],
                )
                for i in kept["intents"]
            ]
            return cls(path, [int(n) for n in kept["made"]], intents)
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)

    def intend(self, query: LogQuery, others: Iterable[int], at: float) -> Intent:
        """Write down that a request is about to be made."""
        intent = Intent(query, tuple(sorted(others)), at)
        self.intents.append(intent)
        self._keep()
        return intent

    def note(self, request_id: int, intent: Intent) -> None:
        """The intent became this request."""
        self.intents.remove(intent)
        self.made.append(request_id)
        self._keep()

    def drop(self, intent: Intent) -> None:
        """The intent became nothing."""
        self.intents.remove(intent)
        self._keep()

    def forget(self, request_id: int) -> None:
        """The request is cleaned or gone."""
        self.made.remove(request_id)
        self._keep()

    def _keep(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        intents = [{"wanted": asdict(i.query), "known": i.others, "at": i.at} for i in self.intents]
        text = json.dumps({"made": self.made, "intents": intents})
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.path)
