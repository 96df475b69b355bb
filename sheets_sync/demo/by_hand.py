"""What the invented clinic's people typed into its book: the plan, leaflets, when to call again."""

from __future__ import annotations

from datetime import date, timedelta

from sheets_sync.demo import promises
from sheets_sync.demo.story import Story
from templates_sheets import costs, directions, typed_rows
from templates_sheets import plan as plan_tab
from templates_sheets.tab import Cell, Table

#: Leaflets by the metro: the first of each month brings a bill, so many months back.
_LEAFLETS, _BILL, _MONTHS = "Листовки у метро", 9500.0, 6
#: Directions whose patients come again sooner than by default; months.
_AGAIN = {"ортодонтия": 2}


def tables(story: Story) -> list[Table]:
    """«План», «Расходы» and «Направления» as they lie before the first run."""
    again: list[list[Cell]] = [[None, name, None, months] for name, months in _AGAIN.items()]
    typed = (
        (plan_tab.TAB, promises.rows(story)),
        (costs.TAB, _leaflets(story)),
        (directions.TAB, again),
    )
    return [typed_rows.table(tab, [[*row, None] for row in rows], []) for tab, rows in typed]


def _leaflets(story: Story) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    last = story.last
    while len(rows) < _MONTHS and last > story.first:
        first = last.replace(day=1)
        rows.insert(0, _bill(max(first, story.first), last))
        last = first - timedelta(days=1)
    return rows


def _bill(first: date, last: date) -> list[Cell]:
    nothing: list[Cell] = [None] * 5
    return [first, last, _LEAFLETS, *nothing, _BILL, None, None, "Типография и промоутер"]
