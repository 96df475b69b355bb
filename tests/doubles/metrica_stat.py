"""The reporting half of Metrica's double: /stat/v1/data over a counter's visits and expenses."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from tests.doubles.refusal import Refused
from tests.doubles.site import Counter, Expense, Visit

#: What the service answers with: the models of before June 2026 are mapped without a word.
ATTRIBUTIONS = {
    "automatic": "AUTOMATIC",
    "last": "LAST",
    "first": "CROSS_DEVICE_FIRST",
    "cross_device_first": "CROSS_DEVICE_FIRST",
    "lastsign": "CROSS_DEVICE_LAST_SIGNIFICANT",
    "cross_device_last_significant": "CROSS_DEVICE_LAST_SIGNIFICANT",
    "last_yandex_direct_click": "AUTOMATIC",
    "cross_device_last_yandex_direct_click": "AUTOMATIC",
}
_RUSSIAN = {
    "organic": "Переходы из поисковых систем",
    "direct": "Прямые заходы",
    "ad": "Переходы по рекламе",
    "referral": "Переходы по ссылкам на сайтах",
    "social": "Переходы из социальных сетей",
    "messenger": "Переходы из мессенджеров",
    "internal": "Внутренние переходы",
}
_NAME = re.compile(
    rf"ym:(s|ev):({'|'.join(sorted(ATTRIBUTIONS, key=len, reverse=True))})?([A-Za-z0-9]+)"
)
_VISIT_DIMENSIONS: dict[str, Callable[[Visit], str]] = {
    "TrafficSource": lambda v: v.traffic_source,
    "SourceEngine": lambda v: v.source_engine,
    "AdvEngine": lambda v: v.adv_engine,
    "UTMSource": lambda v: v.utm_source,
    "UTMMedium": lambda v: v.utm_medium,
    "UTMCampaign": lambda v: v.utm_campaign,
    "UTMContent": lambda v: v.utm_content,
    "UTMTerm": lambda v: v.utm_term,
}
_EXPENSE_DIMENSIONS: dict[str, Callable[[Expense], str]] = {
    "ExpenseSource": lambda e: e.source,
    "ExpenseMedium": lambda e: e.medium,
    "ExpenseCampaign": lambda e: e.campaign,
}
_KEYED_BY_ID = ("TrafficSource", "SourceEngine", "AdvEngine")
_GOAL = re.compile(r"ym:s:goal(\d+)(reaches|visits|users)")
_MAX_LIMIT = 100_000

#: A key, its measures, and how many visits it stands for.
Row = tuple[tuple[str, ...], list[float], int]


@dataclass
class Stat:
    """Reports, with what may be wrong about them.

    max_days         a longer range is «too complicated»
    sampled_below    accuracies that give a sample: the sample's share is then told
    hide_below       rows of fewer visits are hidden (contains_sensitive_data)
    rounded          total_rows is a rounded number
    lag              data_lag, seconds
    """

    max_days: int = 10_000
    sampled: tuple[str, ...] = ("low", "medium", "")
    hide_below: int = 0
    rounded: bool = False
    lag: int = 95

    def report(self, counter: Counter, query: dict[str, str]) -> dict[str, Any]:
        """The answer to GET /stat/v1/data. Raises Refused."""
        asked = _Asked(counter, query)
        if (asked.last - asked.first).days >= self.max_days:
            raise Refused(
                400,
                "query_error",
                "Query is too complicated. Please reduce the date interval or sampling.",
            )
        rows = [r for r in _rows(counter, asked) if any(r[1])]
        totals = [sum(r[1][i] for r in rows) for i in range(len(asked.metrics))]
        kept = [r for r in rows if r[2] >= self.hide_below]
        if query.get("include_undefined") != "true":
            kept = [r for r in kept if not r[0] or r[0][0]]
        page = _sorted(kept, asked)[asked.offset - 1 :][: asked.limit]
        sampled = query.get("accuracy", "") in self.sampled
        return {
            "query": asked.echo(),
            "data": [
                {
                    "dimensions": [asked.shown(i, v) for i, v in enumerate(key)],
                    "metrics": values,
                }
                for key, values, _ in page
            ],
            "total_rows": round(len(kept), -2) if self.rounded else len(kept),
            "total_rows_rounded": self.rounded,
            "sampled": sampled,
            "sampleable": True,
            "contains_sensitive_data": len(kept) < len(rows),
            "sample_share": 0.1 if sampled else 1.0,
            "max_sample_share": 1.0,
            "sample_size": len(rows),
            "sample_space": len(rows),
            "data_lag": self.lag,
            "totals": totals,
        }


class _Asked:
    """A checked query."""

    def __init__(self, counter: Counter, query: dict[str, str]) -> None:
        self.query = query
        self.id = counter.id
        self.metrics = [m for m in query.get("metrics", "").split(",") if m]
        self.dimensions = [d for d in query.get("dimensions", "").split(",") if d]
        if not self.metrics:
            raise Refused(400, "missing_parameter", "metrics is required", "metrics")
        if len(self.metrics) > 20:
            count = len(self.metrics)
            _wrong(f"Exceeded number of metrics in request, value: {count}, limit: 20", 4015)
        if len(self.dimensions) > 10:
            count = len(self.dimensions)
            _wrong(f"Exceeded number of dimensions in request, value: {count}, limit: 10", 4015)
        prefixes = {name.split(":")[1] for name in self.metrics + self.dimensions if ":" in name}
        if len(prefixes) > 1:
            _wrong("Metrics and dimensions with different prefixes", 4011)
        self.prefix = prefixes.pop() if prefixes else ""
        self.attribution = query.get("attribution", "lastsign")
        self.bases = [self._base(d) for d in self.dimensions]
        self._check_metrics(counter)
        self.first, self.last = _day(query, "date1"), _day(query, "date2")
        if self.first > self.last:
            raise Refused(400, "invalid_parameter", "date1 is after date2", "date1")
        self.limit, self.offset = int(query.get("limit", 100)), int(query.get("offset", 1))
        if not (1 <= self.limit <= _MAX_LIMIT and self.offset >= 1):
            raise Refused(400, "invalid_parameter", "Wrong limit or offset", "limit")
        self.robots = query.get("filters", "")
        if self.robots not in {"", "ym:s:isRobot=='No'"} or (self.robots and self.prefix != "s"):
            _wrong(f"Wrong filter: {self.robots}", 4001)

    def _base(self, name: str) -> str:
        known = _VISIT_DIMENSIONS if self.prefix == "s" else _EXPENSE_DIMENSIONS
        found = _NAME.fullmatch(name)
        if name == f"ym:{self.prefix}:date":
            return "date"
        if not found or found[3] not in known or not found[2]:
            _wrong(f"Unknown dimension: {name}", 4002)
        self.attribution = found[2]
        return found[3]

    def _check_metrics(self, counter: Counter) -> None:
        goals = {g.id for goal in counter.goals for g in (goal, *goal.steps)}
        for name in self.metrics:
            goal = _GOAL.fullmatch(name)
            if goal and int(goal[1]) not in goals:
                _wrong(f"Goal {goal[1]} not found", 4002)
            if not goal and name not in _METRICS:
                _wrong(f"Unknown metric: {name}", 4002)

    def shown(self, index: int, value: str) -> dict[str, Any]:
        base = self.bases[index]
        if base == "date":
            return {"name": value}
        if not value:
            return {"name": None, "id": None}
        if base not in _KEYED_BY_ID:
            return {"name": value}
        name = _RUSSIAN.get(value, value) if self.query.get("lang") == "ru" else value.title()
        return {"icon_id": "2", "icon_type": "traffic-source", "name": name, "id": value}

    def echo(self) -> dict[str, Any]:
        echo = {
            "ids": [self.id],
            "dimensions": self.dimensions,
            "metrics": self.metrics,
            "sort": self.sort(),
            "date1": self.first.isoformat(),
            "date2": self.last.isoformat(),
            "limit": self.limit,
            "offset": self.offset,
            "group": "Week",
            "attribution": ATTRIBUTIONS[self.attribution],
            "currency": "RUB",
        }
        return echo | ({"filters": self.robots} if self.robots else {})

    def sort(self) -> list[str]:
        asked = [s for s in self.query.get("sort", "").split(",") if s]
        for name in asked:
            if name.removeprefix("-") not in self.dimensions + self.metrics:
                _wrong(f"Unknown sort field: {name}", 4002)
        return asked or [f"-{self.metrics[0]}"]


_METRICS = ("ym:s:visits", "ym:s:users", "ym:ev:expensesRUB", "ym:ev:expenseClicks")


def _rows(counter: Counter, asked: _Asked) -> list[Row]:
    if asked.prefix == "ev":
        return _expense_rows(counter, asked)
    groups: dict[tuple[str, ...], list[Visit]] = defaultdict(list)
    for day, visit in counter.between(asked.first, asked.last):
        if not (asked.robots and visit.robot):
            came = counter.credited(visit, ATTRIBUTIONS[asked.attribution])
            key = tuple(
                day.isoformat() if b == "date" else _VISIT_DIMENSIONS[b](came) for b in asked.bases
            )
            groups[key].append(visit)
    return [
        (key, [_measure(m, visits) for m in asked.metrics], len(visits))
        for key, visits in groups.items()
    ]


def _measure(metric: str, visits: list[Visit]) -> float:
    if metric == "ym:s:visits":
        return float(len(visits))
    if metric == "ym:s:users":
        return float(len({v.client_id for v in visits}))
    goal = _GOAL.fullmatch(metric)
    assert goal is not None, metric
    return float(sum(v.goals.count(int(goal[1])) for v in visits))


def _expense_rows(counter: Counter, asked: _Asked) -> list[Row]:
    groups: dict[tuple[str, ...], list[Expense]] = defaultdict(list)
    for expense in counter.expenses:
        if asked.first <= expense.day <= asked.last:
            key = tuple(
                expense.day.isoformat() if b == "date" else _EXPENSE_DIMENSIONS[b](expense)
                for b in asked.bases
            )
            groups[key].append(expense)
    return [
        (
            key,
            [
                float(
                    sum(e.cost for e in day)
                    if m == "ym:ev:expensesRUB"
                    else sum(e.clicks for e in day)
                )
                for m in asked.metrics
            ],
            len(day),
        )
        for key, day in groups.items()
    ]


def _sorted(rows: list[Row], asked: _Asked) -> list[Row]:
    """Sorted as asked; rows that are equal there come in another order each time."""
    rows = random.sample(rows, len(rows))
    for name in reversed(asked.sort()):
        plain = name.removeprefix("-")
        if plain in asked.dimensions:
            at = asked.dimensions.index(plain)
            rows.sort(key=lambda r, at=at: r[0][at], reverse=name != plain)  # type: ignore[misc]
        else:
            at = asked.metrics.index(plain)
            rows.sort(key=lambda r, at=at: r[1][at], reverse=name != plain)  # type: ignore[misc]
    return rows


def _day(query: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query[name])
    except (KeyError, ValueError):
        # The real service also knows `6daysAgo`, in the counter's zone: not what a client needs.
        raise Refused(400, "invalid_parameter", f"Wrong {name}", name) from None


def _wrong(message: str, code: int) -> NoReturn:
    raise Refused(400, "invalid_parameter", f"{message}, error code: {code}", "metrics")
