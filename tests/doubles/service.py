"""What the doubles of all services have in common: a world of rows, a clock, a journal, changes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Loopback, Reply, json_reply

#: When the invented worlds end: the mirror of `tests.sources.yandex.NOW`.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

#: What stands in every world and may be nowhere after reading, beside phones and e-mails.
PERSON = "Тестова Мария Ивановна"
COMMENT = "просила перезвонить на 8 900 000-00-99"
RECORDING = "https://records.example/тестова.mp3"


class No(Exception):  # noqa: N818 (the service's answer, not a fault of ours)
    """Raised inside a double to answer with a refusal."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.body[:200]!r}")
        self.reply = reply


class Served:
    """A double that a whole clinic may be connected to: its [[source]], its variables, acts in between."""

    kind: ClassVar[str]
    table: ClassVar[Mapping[str, Any]]
    secrets: ClassVar[Mapping[str, str]]
    clock: Clock
    asked: list[Asked]

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._acts: list[tuple[int, Callable[[], None]]] = []

    @property
    def env(self) -> dict[str, str]:
        """The variables under which a clinic's run talks to this double."""
        url = self.url  # type: ignore[attr-defined]  # of Loopback
        return {**self.secrets, f"ROMI_SHEETS_{self.kind.upper()}_ENDPOINT": url}

    def before(self, number: int, act: Callable[[], None]) -> None:
        """Do `act` before the request numbered `number` (from 1, counted from now) is answered."""
        self._acts.append((len(self.asked) + number, act))

    def act(self) -> None:
        """Do what is to be done before the request that has just come."""
        for number, act in self._acts:
            if number == len(self.asked):
                act()


class Double(Served, Loopback):
    """A service with one clinic's rows behind a key. One file, one subclass, one `WORLD`.

    kind      of the `[[source]]`
    table     what such a `[[source]]` says besides its kind
    secrets   variables and the values that open this double
    refusals  words for `fail`: what is refused -> the service's own answer. The same words everywhere:
              auth, rights, quota, temporary, permanent; quiet = an error with HTTP 200
    world     a frozen dataclass of tuples of rows; `change`, `delete` and `add` put another in place
    null_lists  True: lists inside a row that may be null are null
    most      rows of a page at most, whatever is asked; None: as many as asked
    no        every refusal of its own making, in order: (status, body)

    expected  what the contract makes of the file's WORLD: entity (and a word, where one table is too
              wide) -> rows of some columns (see `expect`). Written from the contract and the facts
              by somebody who had not seen the client
    mapped    what more the table of a CRM may say, and then `expected_mapped` holds
    """

    refusals: ClassVar[Mapping[str, Reply]]
    expected: ClassVar[Mapping[str, tuple[dict[str, str], ...]]]
    mapped: ClassVar[Mapping[str, Any]] = {}
    expected_mapped: ClassVar[Mapping[str, tuple[dict[str, str], ...]]] = {}

    def __init__(self, world: Any, clock: Clock | None = None) -> None:
        super().__init__()
        self.world = world
        self.clock = clock or Clock()
        self.null_lists = False
        self.most: int | None = None
        self.no: list[tuple[int, bytes]] = []

    def route(self, asked: Asked) -> Reply:
        """The service's answer to a request. Raises No."""
        raise NotImplementedError

    def refusal(self, kind: str) -> Reply:
        return self.refusals.get(kind) or super().refusal(kind)

    def answer(self, asked: Asked) -> Reply:
        with self.lock:
            self.act()
            try:
                return self.route(asked)
            except No as no:
                self.no.append((no.reply.status, no.reply.body))
                return no.reply

    def rows(self, name: str) -> tuple[Any, ...]:
        rows: tuple[Any, ...] = getattr(self.world, name)
        return rows

    def put(self, name: str, rows: Iterable[Any]) -> None:
        self.world = replace(self.world, **{name: tuple(rows)})

    def add(self, name: str, *rows: Any) -> None:
        self.put(name, (*self.rows(name), *rows))

    def change(self, name: str, row_id: Any, **fields_: Any) -> None:
        """Give the rows with that id other values; where rows know when they changed, it is now."""
        stamp = {"updated": self.clock.now(), **fields_}
        self.put(
            name,
            (
                replace(r, **{k: v for k, v in stamp.items() if hasattr(r, k)})
                if r.id == row_id
                else r
                for r in self.rows(name)
            ),
        )

    def delete(self, name: str, row_id: Any) -> None:
        """Take the rows with that id away, as the service does: where it marks them, they are marked."""
        if any(hasattr(r, "deleted") for r in self.rows(name) if r.id == row_id):
            self.change(name, row_id, deleted=True)
        else:
            self.put(name, (r for r in self.rows(name) if r.id != row_id))

    def crowd(self, name: str, count: int) -> None:
        """So many rows more, like the first one, a minute apart, with ids of their own: for paging."""
        first = self.rows(name)[0]
        ids = range(900_001, 900_001 + count)
        self.add(
            name, *(replace(first, id=i, at=first.at + timedelta(minutes=i - ids[0])) for i in ids)
        )

    def sized(self, rows: int) -> int:
        """How many rows a page has that was asked for with so many."""
        return min(rows, self.most or rows)

    def a_list(self, values: Iterable[Any]) -> list[Any] | None:
        """A list that the service may leave null."""
        return None if self.null_lists else list(values)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def expect(table: str) -> tuple[dict[str, str], ...]:
    """Rows out of a table in text, cells two spaces apart, the first line names our columns.

    Times are ISO in UTC, money is kopecks, flags are yes or no, `phone` is the person's, E.164; `-` is
    an empty cell, `?` one of which the contract says nothing (an id of our own making): left out.
    """
    names, *lines = (re.split(r"\s{2,}", line.strip()) for line in table.strip().splitlines())
    rows = (zip(names, cells, strict=True) for cells in lines)
    return tuple({k: "" if v == "-" else v for k, v in row if v != "?"} for row in rows)


class Buckets:
    """Requests of late, by key: `take` counts one, or says how many seconds too early it comes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._recent: dict[tuple[str, float], list[float]] = {}

    def take(self, key: str, limit: int, seconds: float) -> float:
        """0.0 and counted, or the wait until one of `limit` in `seconds` is free again."""
        now = self.clock.unix()
        recent = [t for t in self._recent.get((key, seconds), []) if t > now - seconds]
        if len(recent) < limit:
            self._recent[(key, seconds)] = [*recent, now]
            return 0.0
        return recent[-limit] + seconds - now

    def clear(self) -> None:
        self._recent.clear()


def secret_bearer(asked: Asked) -> str:
    """What stands behind `Bearer ` in the request, or ""."""
    return asked.headers.get("authorization", "").removeprefix("Bearer ")


def jwt(claims: Mapping[str, Any]) -> str:
    """A JWT that nobody can check: its claims can be read."""
    parts = ({"typ": "JWT", "alg": "RS256"}, claims)
    texts = [json.dumps(p).encode() for p in parts] + [b"double-signature"]
    return ".".join(base64.urlsafe_b64encode(t).decode().rstrip("=") for t in texts)


def form(asked: Asked) -> dict[str, str]:
    """A form's fields; empty where the request is no form."""
    if not asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return {k: v[-1] for k, v in parse_qs(asked.body.decode(), keep_blank_values=True).items()}


def plain(row: Any, **more: Any) -> dict[str, Any]:
    """A row's own fields by name, without what only the double needs (`_…`), and `more` over them."""
    assert is_dataclass(row)
    return {f.name: getattr(row, f.name) for f in fields(row) if not f.name.startswith("_")} | more


def error_reply(status: int, **body: Any) -> Reply:
    return json_reply(body, status)
