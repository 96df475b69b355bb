"""The usual table: a row of the frame is a row of the tab, with a reason beside each empty cell."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from metrics.settings import TOTAL, Settings
from templates_sheets.cells import rows
from templates_sheets.tab import Cell, Column, Tab, Table

#: Why a margin is empty.
UNKNOWN_MARGIN = (
    "Пусто: у части оплат не известны ни себестоимость, ни доля маржи. Впишите долю маржи в "
    "«Настройки» или «Направления»; сколько таких оплат, сказано в «Качество данных»."
)
#: Why an LTV is empty.
FEW_WATCHED = (
    "Пусто: слишком мало пациентов наблюдаются 365 дней (сколько нужно, сказано в «Настройки»), у "
    "части их оплат неизвестна маржа или формуле LTV не на что делить, потому что никто не вернулся."
)


def table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: a frame with a column for each of the tab's. Out: its rows, «Итого» in bold, the notes
    of `Column.reason`."""
    body = rows(frame, tab.columns)
    bold = frozenset(place for place, row in enumerate(body) if row and row[0] == TOTAL)
    notes = reasons(frame, body, tab.columns, settings)
    return Table(tab, tab.columns, body, notes=notes, bold=bold, bands=settings.bands)


def reasons(
    frame: pd.DataFrame,
    body: Sequence[Sequence[Cell]],
    columns: Sequence[Column],
    settings: Settings,
) -> dict[tuple[int, int], str]:
    """(row, column) of each empty cell whose column gives a reason -> the reason.

    `body` are the cells of `frame`, row for row.
    """
    with_reason = [(at, column.reason) for at, column in enumerate(columns) if column.reason]
    lanes = {str(name): frame[name].to_list() for name in frame} if with_reason else {}
    notes: dict[tuple[int, int], str] = {}
    for place, cells in enumerate(body):
        empty = [(at, reason) for at, reason in with_reason if cells[at] is None]
        values = {name: lane[place] for name, lane in lanes.items()} if empty else {}
        for at, reason in empty:
            if note := reason if isinstance(reason, str) else reason(values, settings):
                notes[place, at] = note
    return notes
