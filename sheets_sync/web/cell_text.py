"""Cells of the book as text of a page: the same numbers, written as the book shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from metrics.wording import NBSP, number, percent

_UP, _DOWN = "▲", "▼"


@dataclass(frozen=True)
class Text:
    """What a cell says; `tone` is good or bad where it is a change."""

    text: str
    tone: str = ""


def cell_text(value: Any, form: str) -> Text:
    """A cell of `json_cells` in the words of its format; an empty one is a dash."""
    if value is None or value == "":
        return Text("—")
    if form.startswith(("change", "points")):
        return _change(float(value), form)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Text(_moment(str(value), form))
    if form in ("money", "money2"):
        return Text(f"{number(value, 2 if form == 'money2' else 0)}{NBSP}₽")
    if form == "percent":
        return Text(percent(value, 1))
    if form == "count":
        return Text(number(value, 0 if float(value).is_integer() else 1))
    return Text(number(value, 2))


def _change(value: float, form: str) -> Text:
    sign = _UP if value > 0 else _DOWN if value < 0 else ""
    size = (
        number(abs(value), 1) + f"{NBSP}п.п."
        if form.startswith("points")
        else percent(abs(value), 1)
    )
    good = (value > 0) != form.endswith("_bad")
    tone = "" if not sign or form.endswith("_plain") else "good" if good else "bad"
    return Text(f"{sign}{NBSP}{size}".strip(), tone)


def _moment(text: str, form: str) -> str:
    if form not in ("date", "month", "datetime"):
        return text
    moment = datetime.fromisoformat(text)
    if form == "month":
        return f"{moment:%m.%Y}"
    return f"{moment:%d.%m.%Y}" if len(text) == 10 else f"{moment:%d.%m.%Y %H:%M}"
