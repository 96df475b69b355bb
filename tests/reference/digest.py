"""The weekly digest: a week of «Неделя», as its cells say it (definitions 23)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

UP, DOWN, MINUS = "▲", "▼", "\u2212"
#: «§9's ten in order»: what each cell is.
MONEY = ("Маржа", "CAC", "LTV (12 мес)")
SHARES = ("ROMI", "Доходимость")


def digest_rows(
    name: str, as_of: date, table: Sequence[Sequence[Any]], notes: Sequence[str]
) -> list[str]:
    """The first line and the ten. `table` has the header first; a note for each of its rows."""
    header, *lines = table
    # «the last whole week»: the current one says that it goes on.
    place = max(n for n in range(1, len(header) - 1) if "(идёт)" not in header[n])
    day, month, year = (int(part) for part in header[place][:10].split("."))
    monday = date(year, month, day)
    sunday = monday + timedelta(days=6)
    told = [f"{name} · неделя {monday:%d.%m}–{sunday:%d.%m} · данные на {as_of:%d.%m}"]
    for row, note in zip(lines, notes, strict=True):
        measure, cell, moved = row[0], row[place], row[-1]
        if cell is None:
            # «an empty cell is «нет данных» with its note»
            told.append(" ".join(f"{measure}: нет данных{'. ' if note else ''}{note}".split()))
            continue
        text = cell.replace("\n", " · " if measure == "Ретаргет" else "; ") if isinstance(
            cell, str
        ) else written(measure, cell)  # fmt: skip
        change = "" if moved is None else f" ({arrow(measure, moved)})"
        told.append(" ".join(f"{measure}: {text}{change}".split()))
    return told


def written(measure: str, cell: float) -> str:
    """«Whole counts (fractions: one decimal), whole roubles, whole percents (one decimal below
    10 %)»"""
    number = decimal(cell)
    if measure in MONEY:
        return f"{digits(number, 0)} ₽"
    if measure in SHARES:
        return f"{percents(number * 100)} %"
    return digits(number, 0 if number == int(number) else 1)


def arrow(measure: str, moved: float) -> str:
    """«counts and money change in %, ROMI and Доходимость in п.п.»: a cell of points counts them."""
    number = decimal(moved) if measure in SHARES else decimal(moved) * 100
    sign = UP if number > 0 else DOWN if number < 0 else ""
    return f"{sign} {percents(abs(number))} {'п.п.' if measure in SHARES else '%'}".strip()


def percents(number: Decimal) -> str:
    return digits(number, 1 if abs(number) < 10 else 0)


def digits(number: Decimal, places: int) -> str:
    """«half to even, minus U+2212»"""
    nearest = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    whole, _, part = f"{abs(nearest):f}".partition(".")
    groups = []
    while whole:
        whole, groups = whole[:-3], [whole[-3:], *groups]
    text = " ".join(groups) + (f",{part}" if part else "")
    return f"{MINUS}{text}" if nearest < 0 else text


def decimal(cell: float) -> Decimal:
    """The number that a cell shows, without the noise of a binary fraction."""
    return Decimal(f"{cell:.12g}")
