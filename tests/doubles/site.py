"""What the doubles are fed with: a site's visits, goals and costs, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Visit:
    """One visit. `at` has a zone; `query` is what stands behind the landing page's question mark.

    `campaign` is Direct's campaign id of the click, 0 = none; `goals` may repeat a goal.
    """

    at: datetime
    visit_id: str
    client_id: str
    traffic_source: str = "direct"
    source_engine: str = ""
    adv_engine: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    campaign: int = 0
    path: str = "/"
    #: The last page; "" = the first one.
    end: str = ""
    query: str = ""
    goals: tuple[int, ...] = ()
    robot: bool = False


@dataclass(frozen=True)
class Expense:
    """A day's cost as Metrica tells it, in roubles."""

    day: date
    source: str
    medium: str
    campaign: str
    cost: Decimal
    clicks: int = 0


@dataclass(frozen=True)
class Goal:
    """A goal of a counter. `event` is the JS event's name, `condition` how it is compared; `steps` are goals with their own ids."""

    id: int
    name: str
    type: str = "action"
    event: str = ""
    source: str = "user"
    condition: str = "exact"
    steps: tuple[Goal, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        plain: dict[str, Any] = {"id": self.id, "name": self.name, "type": self.type}
        if self.steps:
            plain["steps"] = [s.as_dict() for s in self.steps]
        else:
            plain["conditions"] = [{"type": self.condition, "url": self.event or str(self.id)}]
        return plain | {
            "default_price": 0.0,
            "is_retargeting": 0,
            "goal_source": self.source,
            "is_favorite": 0,
            "prev_goal_id": 0,
        }


#: Sources that «last significant» looks past.
_INSIGNIFICANT = ("direct", "internal", "saved")


@dataclass
class Counter:
    """A counter of Metrica and everything it has counted."""

    id: int
    zone: str = "Europe/Moscow"
    name: str = "Сайт клиники"
    goals: list[Goal] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    expenses: list[Expense] = field(default_factory=list)
    _days: tuple[int, dict[date, list[Visit]]] = field(default=(-1, {}), repr=False)
    _clients: tuple[int, dict[str, list[Visit]]] = field(default=(-1, {}), repr=False)

    def credited(self, visit: Visit, model: str) -> Visit:
        """The visit whose source a model tells for this one: itself, or the client's last significant
        one up to it, the only other model that differs here."""
        if model == "LAST" or visit.traffic_source not in _INSIGNIFICANT or visit.client_id == "0":
            return visit
        if self._clients[0] != len(self.visits):
            clients: dict[str, list[Visit]] = {}
            for v in sorted(self.visits, key=lambda v: v.at):
                if v.traffic_source not in _INSIGNIFICANT:
                    clients.setdefault(v.client_id, []).append(v)
            self._clients = (len(self.visits), clients)
        before = [v for v in self._clients[1].get(visit.client_id, ()) if v.at < visit.at]
        return before[-1] if before else visit

    def between(self, first: date, last: date) -> Iterator[tuple[date, Visit]]:
        """Visits of the days `first` to `last` in the counter's zone, with their day."""
        if self._days[0] != len(self.visits):
            days: dict[date, list[Visit]] = {}
            for visit in self.visits:
                days.setdefault(visit.at.astimezone(ZoneInfo(self.zone)).date(), []).append(visit)
            self._days = (len(self.visits), days)
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            yield from ((day, visit) for visit in self._days[1].get(day, ()))


@dataclass(frozen=True)
class AdDay:
    """A day of a campaign of Direct in one network (SEARCH or AD_NETWORK), cost in roubles."""

    day: date
    campaign_id: int
    campaign: str
    network: str
    impressions: int
    clicks: int
    cost: Decimal


@dataclass(frozen=True)
class AdPhrase:
    """A day of a criterion of Direct: `criteria` as Direct names it, minus words and all."""

    day: date
    campaign_id: int
    campaign: str
    network: str
    criteria: str
    impressions: int
    clicks: int
    cost: Decimal
