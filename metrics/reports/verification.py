"""Verification (Проверка): the book's cells recounted from «Воронка» and from one another."""

from __future__ import annotations

import pandas as pd

from metrics.verification.recount import Recount
from metrics.verification.recounts import recounts
from metrics.verification.written_tab import CellValue, Written

COLUMNS = ("sheet", "measure", "checked", "agreed", "differ", "largest", "where")
#: How many cells a row names.
_NAMED = 3


def verification(written: Written) -> pd.DataFrame:
    """Definitions §21: a row per tab and measure, most cells first, then by name.

    In: title of a tab -> its rows, the header first, roubles as written. Out: COLUMNS; `largest`
    is the greatest difference, 0 where all agree, in the measure's own unit (a text and an empty
    cell count as 0); `where` the first cells that differ, with what stands there and what must.
    Raises UnreadableBookError where the book does not say its period.
    """
    cells = pd.DataFrame(
        [
            (
                one.tab,
                one.measure,
                one.agrees,
                0.0 if one.agrees else one.difference,
                _sentence(one),
            )
            for one in recounts(written)
        ],
        columns=["sheet", "measure", "agrees", "difference", "told"],
    )
    grouped = cells.groupby(["sheet", "measure"], sort=False)
    table = grouped.agg(
        checked=("agrees", "size"),
        agreed=("agrees", "sum"),
        largest=("difference", "max"),
        where=("told", _first),
    ).reset_index()
    table = table.assign(differ=table["checked"] - table["agreed"]).reindex(columns=list(COLUMNS))
    return table.sort_values(
        ["checked", "sheet", "measure"], ascending=[False, True, True], ignore_index=True
    )


def _sentence(one: Recount) -> str:
    """A cell that differs, in words; "" for one that agrees."""
    if one.agrees:
        return ""
    return f"{one.where}: стоит {_shown(one.cell)}, должно быть {_shown(one.expected)}"


def _shown(cell: CellValue) -> str:
    if cell is None:
        return "пусто"
    return f"«{cell[:40]}»" if isinstance(cell, str) else f"{cell:.12g}".replace(".", ",")


def _first(texts: pd.Series) -> str:
    differ = [text for text in texts if text]
    more = f"; и ещё {len(differ) - _NAMED}" if len(differ) > _NAMED else ""
    return "; ".join(differ[:_NAMED]) + more
