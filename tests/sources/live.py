"""A clinic's live source before its double: one pull, what it gave, what it asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import SecretStr

from metrics.schema import ENTITIES, empty
from sheets_sync.clinic.config import Clinic
from sheets_sync.net.clock import Clock
from sheets_sync.privacy.keys import Keyring
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Context, Finding, Pulled, SourceTable
from tests.doubles.service import Double

KEYRING = Keyring(b"0" * 32)
ZONE = ZoneInfo("Europe/Moscow")


def table_of(kind: str, **fields: Any) -> SourceTable:
    """A [[source]] as a clinic's file would say it."""
    clinic = Clinic.model_validate({"name": "К", "source": [{"kind": kind, **fields}]})
    return clinic.source[0]


class Held:
    """Rows that a store would hold of one source, merged as it merges them."""

    def __init__(self) -> None:
        self.frames: dict[str, pd.DataFrame] = {}

    def merge(self, pulled: Pulled) -> None:
        spec, new = ENTITIES[pulled.entity], pulled.frame
        if new is None:
            return
        old = self.frames.get(pulled.entity, new.iloc[:0])
        when = old[spec.when]
        gone = pd.Series(data=False, index=old.index)
        if spec.key:
            gone |= old[spec.key].isin([*new[spec.key], *pulled.gone])
            if pulled.between:
                gone |= (when >= pulled.between[0]) & (when < pulled.between[1])
        elif pulled.replace:
            first, last = (pd.Timestamp(day) for day in pulled.replace)
            gone |= (when >= first) & (when <= last)
        rows = pd.concat([old[~gone], new]) if len(old) else new
        self.frames[pulled.entity] = rows.reset_index(drop=True)

    def count(self, entity: str, since: datetime, until: datetime) -> int:
        if entity not in self.frames:
            return 0
        when = self.frames[entity][ENTITIES[entity].when]
        if ENTITIES[entity].column(ENTITIES[entity].when).kind == "day":
            ends = [pd.Timestamp(at.astimezone(ZONE).date()) for at in (since, until)]
            return int(((when >= ends[0]) & (when < ends[1])).sum())
        return int(((when >= since) & (when < until)).sum())

    def ids(self, entity: str) -> tuple[str, ...]:
        key = ENTITIES[entity].key
        return tuple(self.frames[entity][key]) if entity in self.frames else ()

    def read(self, entity: str, ids: Any) -> pd.DataFrame:
        frame = self.frames.get(entity, empty(entity))
        return frame[frame[ENTITIES[entity].key].isin(list(ids))].reset_index(drop=True)


class Line:
    """Pulls of one [[source]] one after another, each told what the one before left."""

    def __init__(self, double: Double, home: Path, clock: Clock, **fields: Any) -> None:
        self.double, self.home, self.clock = double, home, clock
        first = clock.today(ZONE) - timedelta(days=20)
        self.table = table_of(double.kind, **{"from": first, **double.table, **fields})
        self.held = Held()
        self.state: dict[str, Any] = {}
        self.pulled: list[Pulled] = []
        self.more: dict[str, Any] = {}

    def context(self, **more: Any) -> Context:
        given: dict[str, Any] = {
            "clinic": "clinic",
            "zone": ZONE,
            "keyring": KEYRING,
            "as_of": self.clock.today(ZONE),
            "needed": date(2026, 1, 1),
            "home": self.home,
            "secret": self._secret,
            "endpoints": {self.double.kind: self.double.url},
            "clock": self.clock,
            "state": self.state,
            "stored": self.held,
        }
        return Context(**{**given, **self.more, **more})

    def _secret(self, variable: str) -> SecretStr:
        return SecretStr(self.double.secrets[variable])

    def pull(self, **more: Any) -> list[Pulled]:
        """One run. Raises what the source raises; what came before it is kept."""
        self.pulled = list(self._each(self.context(**more)))
        return self.pulled

    def _each(self, context: Context) -> Iterator[Pulled]:
        for pulled in SOURCES[self.table.kind].pull(self.table, context):
            self.held.merge(pulled)
            if pulled.frame is not None or pulled.error:
                self.state = {**self.state, **pulled.state}
            yield pulled

    def probe(self, **more: Any) -> list[Finding]:
        return list(SOURCES[self.table.kind].probe(self.table, self.context(**more)))

    def rows(self, entity: str) -> list[Mapping[str, Any]]:
        return self.held.frames[entity].to_dict("records")
