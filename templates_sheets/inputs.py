"""What people typed into the book, read at once: settings, costs, rules, directions, complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, Protocol, Self, TypeVar

import pandas as pd

from metrics.coded import fold
from metrics.join.rules import Rule
from metrics.settings import default_period
from templates_sheets import channels, costs, directions, settings
from templates_sheets.tab import Cell
from templates_sheets.typed import Complaint, complain


class Report(Protocol):
    """The clinic's own report settings, as its file gives them: a pydantic model."""

    first: Any
    last: Any
    margin_rates: dict[str, Decimal]
    directions: dict[str, str]

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self: ...


R = TypeVar("R", bound=Report)


@dataclass(frozen=True)
class Inputs(Generic[R]):
    """What a run takes from people.

    report      the clinic's settings with everything typed in the book above them
    goals       goals of Metrica named in «Настройки»; empty: those of the clinic's file
    costs       rows of «Расходы», conformed to the entity `costs`, source `costs.SOURCE`: all of
                that source's rows there are
    rules       rules of «Каналы»; empty: the defaults
    complaints  wrong cells; none of them stops a run
    """

    report: R
    goals: tuple[int | str, ...]
    costs: pd.DataFrame
    rules: tuple[Rule, ...]
    complaints: tuple[Complaint, ...]

    def about(self, tab: str) -> tuple[Complaint, ...]:
        """Complaints about the tab with this title."""
        return tuple(c for c in self.complaints if c.tab == tab)


def read_inputs(grids: Mapping[str, Sequence[Sequence[Cell]]], report: R, as_of: date) -> Inputs[R]:
    """Read the grids of the input tabs (tab key -> rows under the header) over a clinic's report.

    A wrong cell is left out with a complaint; what it would have changed stays as it was.
    """
    values, wrong_settings = settings.read(grids.get("settings", []))
    cost_rows, wrong_costs = costs.read(grids.get("costs", []))
    rules, wrong_rules = channels.read(grids.get("channels", []))
    patterns, rates, wrong_directions = directions.read(grids.get("directions", []))
    goals = values.pop(settings.GOALS, ())
    wrong_settings += _backwards(grids.get("settings", []), values, report, as_of)
    typed = {fold(name) for name in rates}
    ours = {name: rate for name, rate in report.margin_rates.items() if fold(name) not in typed}
    update = {
        **values,
        "margin_rates": {**ours, **rates},
        "directions": {
            **patterns,
            **{k: v for k, v in report.directions.items() if k not in patterns},
        },
    }
    complaints = (*wrong_settings, *wrong_costs, *wrong_rules, *wrong_directions)
    return Inputs(report.model_copy(update=update), goals, cost_rows, rules, complaints)


def _backwards(
    grid: Sequence[Sequence[Cell]], values: dict[str, Any], report: Report, as_of: date
) -> list[Complaint]:
    """A period that ends before it begins: both typed days are taken out of `values`."""
    usual_first, usual_last = default_period(as_of)
    first = values.get("first") or report.first or usual_first
    last = values.get("last") or report.last or usual_last
    if first <= last or not {"first", "last"} & set(values):
        return []
    title = "Период по" if "last" in values else "Период с"
    index = next(i for i, row in enumerate(grid) if fold(str(row[0])) == fold(title))
    values.pop("first", None)
    values.pop("last", None)
    expected = (
        f"период, который начинается раньше, чем кончается ({first:%d.%m.%Y} – {last:%d.%m.%Y})"
    )
    used = "взят период, записанный для клиники"
    return [complain(settings.TAB.title, index, "Значение", grid[index][1], expected, used)]
