"""A counter as a clinic's file names it, and what a pull knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sheets_sync.net.secrets import NeededVariable
from sheets_sync.sources.metrica.api import ENDPOINT, Metrica
from sheets_sync.sources.metrica.goals import Goal, fetch_goals
from sheets_sync.sources.source import Context, SourceTable

#: Seconds after which the counter and its goals are asked for again; while the day runs short.
_DAY, _WEEK = 86_400, 7 * 86_400


class MetricaTable(SourceTable):
    """A counter; which goals count as «Достижения целей» is chosen by id or name, () = all."""

    kind: Literal["metrica"]
    counter_id: int
    token_env: NeededVariable
    logs: bool = True
    costs: bool = False
    goals: tuple[int | str, ...] = ()
    attribution: str = "lastsign"

    gives_ids: ClassVar[bool] = False

    @property
    def account(self) -> str:
        return str(self.counter_id)

    def with_goals(self, goals: tuple[int | str, ...]) -> MetricaTable:
        return self.model_copy(update={"goals": goals}) if goals else self


@dataclass(frozen=True)
class Counter:
    """Zone and goals of a counter; kept in the state for a day, to spare the quota."""

    zone: ZoneInfo
    goals: list[Goal]
    at: float

    def state(self) -> dict[str, Any]:
        goals = [[g.id, g.name, g.type, g.step] for g in self.goals]
        return {"zone": self.zone.key, "goals": goals, "at": self.at}


def metrica_of(table: MetricaTable, context: Context) -> Metrica:
    """The source's counter under the run's limiter. Raises ConfigError: there is no token."""
    return Metrica(
        context.endpoint("metrica", ENDPOINT),
        table.counter_id,
        context.secret(table.token_env),
        limiter=context.limiter,
        clock=context.clock,
        until=context.until,
        observe=context.observe,
    )


def counter_of(
    metrica: Metrica, table: MetricaTable, context: Context, *, sparing: bool
) -> Counter:
    """The counter as it is, or as it was a day ago (a week, where requests are spared)."""
    state = context.state.get("traffic", {})
    kept = state.get("counter", {})
    now = context.clock.unix()
    same = state.get("wanted") == list(table.goals) and not context.full
    if same and now - float(kept.get("at", 0)) < (_WEEK if sparing else _DAY):
        goals = [Goal(*g) for g in kept["goals"]]
        return Counter(ZoneInfo(kept["zone"]), goals, float(kept["at"]))
    about = metrica.get("").get("counter", {})
    return Counter(_zone(about, context), fetch_goals(metrica), now)


def _zone(about: dict[str, Any], context: Context) -> ZoneInfo:
    try:
        return ZoneInfo(str(about.get("time_zone_name") or context.zone.key))
    except (ZoneInfoNotFoundError, ValueError):
        return context.zone
