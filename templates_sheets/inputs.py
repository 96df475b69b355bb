"""What people typed into the book, read at once: settings, costs, rules, directions, complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Generic, Protocol, Self, TypeVar

import pandas as pd

from metrics.coded import fold
from metrics.join.rules import Rule
from metrics.settings import default_period
from templates_sheets import settings
from templates_sheets.tab import Cell
from templates_sheets.tabs import HIDEABLE, INPUT_TABS
from templates_sheets.typed import Complaint, complain


class ReportSettings(Protocol):
    """The clinic's own report settings, as its file gives them: a pydantic model."""

    first: Any
    last: Any
    compare_from: Any
    compare_to: Any
    margin_rates: dict[str, Decimal]
    recall_months: dict[str, int]
    directions: dict[str, str]

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self: ...


R = TypeVar("R", bound=ReportSettings)
T = TypeVar("T")


@dataclass(frozen=True)
class Inputs(Generic[R]):
    """What a run takes from people.

    report      the clinic's settings with everything typed in the book above them
    typed       key of an input tab -> the value that its `read` gave
    complaints  wrong cells; none of them stops a run
    """

    report: R
    typed: Mapping[str, Any]
    complaints: tuple[Complaint, ...]

    @property
    def goals(self) -> tuple[int | str, ...]:
        """Goals of Metrica named in «Настройки»; empty: those of the clinic's file."""
        named: tuple[int | str, ...] = self.typed["settings"].get(settings.GOALS, ())
        return named

    @property
    def costs(self) -> pd.DataFrame:
        """Rows of «Расходы», conformed to the entity `costs`: all that its source has."""
        frame: pd.DataFrame = self.typed["costs"]
        return frame

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Rules of «Каналы»; empty: the defaults."""
        rules: tuple[Rule, ...] = self.typed["channels"]
        return rules

    def about(self, tab: str) -> tuple[Complaint, ...]:
        """Complaints about the tab with this title."""
        return tuple(c for c in self.complaints if c.tab == tab)


def read_inputs(grids: Mapping[str, Sequence[Sequence[Cell]]], report: R, as_of: date) -> Inputs[R]:
    """Read the grids of the input tabs (tab key -> rows under the header) over a clinic's report.

    A wrong cell is left out with a complaint; what it would have changed stays as it was.
    """
    typed: dict[str, Any] = {}
    complaints: list[Complaint] = []
    for tab in INPUT_TABS:
        if tab.read:
            typed[tab.key], wrong = tab.read(grids.get(tab.key, []))
            complaints += wrong
    values, from_tab = dict(typed["settings"]), typed["directions"]
    values.pop(settings.GOALS, None)
    grid = grids.get("settings", [])
    complaints += [*_backwards(grid, values, report, as_of), *_no_tabs(grid, values)]
    patterns = {k: v for k, v in report.directions.items() if k not in from_tab.patterns}
    update = {
        **values,
        "margin_rates": _above(report.margin_rates, from_tab.rates),
        "recall_months": _above(report.recall_months, from_tab.recall_months),
        "directions": {**from_tab.patterns, **patterns},
    }
    return Inputs(report.model_copy(update=update), typed, tuple(complaints))


def _above(ours: Mapping[str, T], typed: Mapping[str, T]) -> dict[str, T]:
    """The clinic's numbers by direction under those that people typed, whatever the case."""
    named = {fold(name) for name in typed}
    return {name: number for name, number in ours.items() if fold(name) not in named} | {**typed}


def _backwards(
    grid: Sequence[Sequence[Cell]], values: dict[str, Any], report: ReportSettings, as_of: date
) -> list[Complaint]:
    """Periods that end before they begin: both typed days of one are taken out of `values`."""

    def day(key: str, usual: date) -> date:
        of_clinic: date | None = getattr(report, key)
        typed: date | None = values.get(key)
        return typed or of_clinic or usual

    wrong = []
    usual_first, usual_last = default_period(as_of)
    first, last = day("first", usual_first), day("last", usual_last)
    if first > last:
        wrong += _out(grid, values, ("first", "last"), (first, last))
        first = day("first", usual_first)
    before = day("compare_to", first - timedelta(days=1))
    since = day("compare_from", before)
    if since > before:
        wrong += _out(grid, values, ("compare_from", "compare_to"), (since, before))
    return wrong


def _out(
    grid: Sequence[Sequence[Cell]],
    values: dict[str, Any],
    keys: tuple[str, str],
    period: tuple[date, date],
) -> list[Complaint]:
    """Take a backward period's days out of `values`, with a complaint at the last typed one."""
    typed = [key for key in keys if values.pop(key, None) is not None]
    if not typed:
        return []
    first, last = period
    expected = (
        f"период, который начинается раньше, чем кончается ({first:%d.%m.%Y} – {last:%d.%m.%Y})"
    )
    return [_complaint(grid, typed[-1], expected, "взят период, записанный для клиники")]


def _no_tabs(grid: Sequence[Sequence[Cell]], values: dict[str, Any]) -> list[Complaint]:
    """Tabs to hide, in their own spelling; out of `values` where one of them is no tab."""
    titles = {fold(title): title for title in HIDEABLE}
    named = [fold(name) for name in values.pop("hide_tabs", ())]
    if not set(named) <= titles.keys():
        expected = "названия вкладок через точку с запятой, например «Модели; Внедрение»"
        return [_complaint(grid, "hide_tabs", expected, settings.CLINICS)]
    if named:
        values["hide_tabs"] = tuple(titles[name] for name in named)
    return []


def _complaint(grid: Sequence[Sequence[Cell]], key: str, expected: str, used: str) -> Complaint:
    """A complaint at the cell of a setting."""
    title = next(s.title for s in settings.SETTINGS if s.key == key)
    index = next(i for i, row in enumerate(grid) if fold(str(row[0])) == fold(title))
    return complain(settings.TAB.title, index, "Значение", grid[index][1], expected, used)
