"""Tables of the period reports: rows, kept comments, why a cell is empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from metrics.settings import Settings
from templates_sheets.cells import rows
from templates_sheets.period_columns import LTV_WORDS
from templates_sheets.plain import reasons
from templates_sheets.tab import Cell, Tab, Table
from templates_sheets.typed import text

#: What the verdict of a row says that nothing happened to, kept for its comment.
NOTHING = "За период ничего не было; строка останется, пока у неё есть комментарий."


def table(
    tab: Tab,
    frame: pd.DataFrame,
    settings: Settings,
    own_comments: Mapping[tuple[str, ...], str],
) -> Table:
    """The table of a period report whose columns end with COLUMNS.

    In: the frame of `channel_report` or `campaigns`; comments by row key. Out: a row per row of
    the frame, «Итого» last if the tab has one. A comment whose row is not in the frame keeps an
    empty row of its own, before «Итого»: nobody's words are lost.
    """
    body = rows(frame, tab.columns, own_comments, tab.row_key)
    titles = [c.title for c in tab.columns]
    at = [titles.index(title) for title in tab.row_key]
    keys = {tuple(text(row[i]) for i in at) for row in body}
    kept = [_kept(titles, at, key, own_comments[key]) for key in sorted(set(own_comments) - keys)]
    end = len(body) - 1 if tab.total and body else len(body)
    columns = tuple(
        replace(c, hint=f"{c.hint} Формула: {LTV_WORDS[settings.ltv]}.") if c.key == "ltv" else c
        for c in tab.columns
    )
    notes = {
        (row + (len(kept) if row >= end else 0), column): note
        for (row, column), note in reasons(frame, body, columns, settings).items()
    }
    last = len(body) + len(kept) - 1
    return Table(
        tab,
        columns,
        [*body[:end], *kept, *body[end:]],
        notes=notes,
        bold=frozenset({last}) if tab.total and body else frozenset(),
        bands=settings.bands,
    )


def _kept(titles: list[str], at: list[int], key: tuple[str, ...], text: str) -> list[Cell]:
    row: list[Cell] = [None] * len(titles)
    for column, part in zip(at, key, strict=True):
        row[column] = part or None
    row[titles.index("Вывод")] = NOTHING
    row[titles.index("Комментарий")] = text
    return row
