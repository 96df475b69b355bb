"""Numbers of a message: whole, half to even, with plain spaces that every messenger shows."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

_UP, _DOWN, _MINUS = "▲", "▼", "\u2212"


def cell(value: Any, form: str) -> str:
    """A cell of the book in the words of a message; "" for an empty one."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if form == "money":
        return f"{rounded(_exact(value))} ₽"
    if form == "percent":
        return f"{_percents(_exact(value) * 100)} %"
    number = _exact(value)
    return rounded(number, 0 if number == number.to_integral_value() else 1)


def change(value: Any, form: str) -> str:
    """A cell of «Изменение», an arrow for its sign; "" for an empty one."""
    if value is None or value == "":
        return ""
    number = _exact(value) if form == "points" else _exact(value) * 100
    arrow = _UP if number > 0 else _DOWN if number < 0 else ""
    unit = "п.п." if form == "points" else "%"
    return f"{arrow} {_percents(abs(number))} {unit}".strip()


def rounded(number: Decimal, digits: int = 0) -> str:
    """«1 234,5»; a whole number is never «−0»."""
    nearest = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    text = f"{abs(nearest):,f}".replace(",", " ").replace(".", ",")
    return f"{_MINUS}{text}" if nearest < 0 else text


def _percents(number: Decimal) -> str:
    """Whole percents, one decimal below 10 %."""
    return rounded(number, 1 if abs(number) < 10 else 0)


def _exact(value: float) -> Decimal:
    """The number that a cell shows: twelve digits, without the noise of a binary fraction."""
    return Decimal(f"{value:.12g}")
