"""Visits, users and goal reaches per day and source of traffic, from Metrica's reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from metrics.schema import conform
from sheets_sync.sources.metrica.api import Metrica, MetricaError
from sheets_sync.sources.metrica.goals import Goal, fetch_goals
from sheets_sync.sources.metrica.report import Remarks, ReportQuery, Row, fetch_rows
from sheets_sync.sources.metrica.tags import kept_campaign, kept_tag
from sheets_sync.sources.window import DayWindow

#: Metrics of one request, the most there may be.
_METRICS = 20
#: Days of one request for goals alone: only rows with reaches come, and they are few.
_GOALS_DAYS = 92
_COLUMNS = (
    ("traffic_source", "TrafficSource"),
    ("source_engine", "SourceEngine"),
    ("adv_engine", "AdvEngine"),
    ("utm_source", "UTMSource"),
    ("utm_medium", "UTMMedium"),
    ("utm_campaign", "UTMCampaign"),
)
#: Visits add up, users do not.
_COUNTS = ("ym:s:visits", "ym:s:users")
#: Since this day Metrica answers by other models than it is asked for, without a word.
_JUNE = date(2026, 6, 18)


@dataclass
class _TrafficColumns:
    """Columns of the frame as they grow."""

    keys: list[tuple[str, ...]] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    users: list[int] = field(default_factory=list)
    goal_id: list[str] = field(default_factory=list)
    reaches: list[int] = field(default_factory=list)

    def add(self, key: tuple[str, ...], visits: int, users: int, goal: str, reaches: int) -> None:
        self.keys.append(key)
        self.visits.append(visits)
        self.users.append(users)
        self.goal_id.append(goal)
        self.reaches.append(reaches)

    def frame(self, source: str) -> pd.DataFrame:
        days = [date.fromisoformat(k[0]) for k in self.keys]
        texts = {
            name: [(kept_campaign if name == "utm_campaign" else kept_tag)(k[i]) for k in self.keys]
            for i, (name, _) in enumerate(_COLUMNS, start=1)
        }
        numbers = {"visits": self.visits, "users": self.users, "reaches": self.reaches}
        columns = {"date": pd.to_datetime(days), "goal_id": self.goal_id, **texts, **numbers}
        return conform("traffic", pd.DataFrame(columns).assign(source=source))


def fetch_traffic(
    metrica: Metrica, source: str, window: DayWindow, attribution: str, goals: Sequence[Goal]
) -> tuple[pd.DataFrame, Remarks, list[str]]:
    """The traffic frame of the window's days, what Metrica said of it, and notes.

    One row per day and source with visits and users, goal_id ""; one more per goal that was
    reached, with visits 0. A goal that vanishes meanwhile is left out and noted.
    Raises SourceError: then nothing is known of any of the days.
    """
    rows, notes, remarks = _TrafficColumns(), list[str](), Remarks()
    for counts, batch in _batches(goals):
        alive, lines, of_batch = _batch(metrica, window, attribution, counts, batch)
        remarks.also(of_batch)
        notes += [
            f"Цель «{g.name}» удалена в Метрике: она пропущена." for g in batch if g not in alive
        ]
        for key, values in lines:
            if counts:
                rows.add(key, int(values[0]), int(values[1]), "", 0)
            for goal, reaches in zip(alive, values[len(counts) :], strict=True):
                if reaches:
                    rows.add(key, 0, 0, str(goal.id), int(reaches))
    return rows.frame(source), remarks, [*notes, *remarks.notes()]


def _batches(goals: Sequence[Goal]) -> Iterator[tuple[tuple[str, ...], Sequence[Goal]]]:
    """Visits and users with the first goals, then goals alone, as many as a request may hold.

    Rows of nothing but zeros are left out of an answer: those of goals alone are few, and so many
    days of them can be asked for at once. Of 254 goals a quarter is 15 requests.
    """
    room = _METRICS - len(_COUNTS)
    yield _COUNTS, goals[:room]
    for start in range(room, len(goals), _METRICS):
        yield (), goals[start : start + _METRICS]


def _batch(
    metrica: Metrica,
    window: DayWindow,
    attribution: str,
    counts: tuple[str, ...],
    goals: Sequence[Goal],
) -> tuple[Sequence[Goal], list[Row], Remarks]:
    """The goals that are still there, every row of their reaches, and what was said."""
    remarks = Remarks()
    query = _query(attribution, counts, goals)
    if not query.metrics:
        return goals, [], remarks
    try:
        return goals, list(fetch_rows(metrica, query, window.first, window.last, remarks)), remarks
    except MetricaError as error:
        # One goal that is gone costs the whole request.
        ids = {g.id for g in fetch_goals(metrica)} if error.reason in _WRONG and goals else None
        alive = [g for g in goals if ids is None or g.id in ids]
        if len(alive) == len(goals):
            raise
    return _batch(metrica, window, attribution, counts, alive)


_WRONG = ("invalid_parameter", "not_found")


def _query(attribution: str, counts: tuple[str, ...], goals: Sequence[Goal]) -> ReportQuery:
    reaches = tuple(f"ym:s:goal{g.id}reaches" for g in goals)
    return ReportQuery(
        metrics=(*counts, *reaches),
        dimensions=("ym:s:date", *(f"ym:s:{attribution}{name}" for _, name in _COLUMNS)),
        additive=(*counts[:1], *reaches),
        filters="ym:s:isRobot=='No'",
        **({} if counts else {"days": _GOALS_DAYS}),
    )


def attribution_notes(
    models: Sequence[str], attribution: str, first: date, last: date
) -> list[str]:
    """What the change of models in June 2026 means for a series of those days.

    `models` are the answers' own words since everything was last read, the newest last.
    """
    if len(models) > 1:
        note = (
            f"Метрика сменила модель атрибуции с {models[-2]} на {models[-1]}: старые дни посчитаны "
            "иначе, чем новые. Перечитайте всё: romi-sheets sync … --full."
        )
        return [note]
    if not first < _JUNE <= last:
        return []
    answered = models[-1] if models else ""
    renamed = answered and answered.lower().replace("_", "") != attribution.lower().replace("_", "")
    model = f" Сейчас вместо «{attribution}» она считает по {answered}." if renamed else ""
    note = (
        "Ряд визитов пересекает июнь 2026 года, когда Метрика сменила модели атрибуции."
        f"{model} Сравнивайте источники до и после с осторожностью."
    )
    return [note]
