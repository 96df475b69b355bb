"""How cells look in every kind of book: number formats, colours, heat maps, bands, places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from metrics.measures.verdict import BANDS
from metrics.settings import Bands
from templates_sheets.tab import Cell, Format

_NBSP = "\u00a0"

#: Number format codes as Excel and Google store them whatever the reader's language; the program
#: shows its own separators: a space and a comma to a Russian reader.
CODES: dict[Format, str] = {
    "text": "General",
    "id": "@",
    "count": "#,##0",
    "money": f'#,##0"{_NBSP}₽";[Red]\\-#,##0"{_NBSP}₽"',
    "money2": f'#,##0.00"{_NBSP}₽";[Red]\\-#,##0.00"{_NBSP}₽"',
    "effect": '+#,##0;\\-#,##0;"–"',
    "effect_money": f'+#,##0"{_NBSP}₽";\\-#,##0"{_NBSP}₽";"–"',
    "percent": f'0.0"{_NBSP}"%',
    "ratio": "0.00",
    "months": "0.0",
    "age": '"T+"0',
    "date": "dd.mm.yyyy",
    "month": "mm.yyyy",
    "datetime": "dd.mm.yyyy hh:mm",
    "check": "General",
    **dict.fromkeys(
        ("change", "change_bad", "change_plain"),
        f'"▲{_NBSP}"0.0"{_NBSP}"%;"▼{_NBSP}"0.0"{_NBSP}"%;0.0"{_NBSP}"%',
    ),
    **dict.fromkeys(
        ("points", "points_bad", "points_plain"),
        f'"▲{_NBSP}"0.0"{_NBSP}п.п.";"▼{_NBSP}"0.0"{_NBSP}п.п.";0.0"{_NBSP}п.п."',
    ),
}
#: A count with a fraction: a lead shared by several channels.
FRACTIONAL: dict[Format, str] = {"count": "#,##0.0", "effect": '+#,##0.0;\\-#,##0.0;"–"'}
#: Changes that round to nothing have neither arrow nor colour.
_STILL: dict[Format, tuple[float, str]] = {
    **dict.fromkeys(("change", "change_bad", "change_plain"), (0.0005, f'"0,0{_NBSP}%"')),
    **dict.fromkeys(("points", "points_bad", "points_plain"), (0.05, f'"0,0{_NBSP}п.п."')),
}
#: Formats whose text is coloured by its value.
TINTED: tuple[Format, ...] = ("check", *_STILL)
GOOD, BAD = "#1E7B3A", "#B03A2E"

#: Formats of words; all others are aligned to the right.
WORDS: tuple[Format, ...] = ("text", "id")

#: One font in both kinds of book, Google's own.
FONT, FONT_SIZE = "Arial", 10
HEADER_FILL, HEADER_FONT, MARK_FILL = "#1F3A4D", "#FFFFFF", "#2E7D7A"
INPUT_HEADER_FILL = "#8A6D1F"
TOTAL_FILL, LINE, MUTED, BAR = "#E8EEF2", "#D5DDE3", "#6B7A86", "#9CC5D6"
#: A cell that leads to another tab.
LINK = "#1F5F8B"
#: Series of charts, in order; bars under a line are pale, so that its labels can be read.
PALE, LABEL = "#A9CAD8", "#A4561A"
SERIES = ("#2F6F8F", "#E08A3C", "#5BA08B", "#B5548A", "#8C8C3A", "#6C6FB5")
#: Where people write.
INPUT_FILL = "#FFF9E3"
#: Rows of an input tab that are made ready: drop-downs and formats.
INPUT_ROWS = 1000
#: Tabs stand in groups by who reads them, each of one colour: the owner, the marketer, whoever
#: looks after the data, whoever fills them.
TAB_OWNER, TAB_NUMBERS, TAB_CHECKS, TAB_INPUT = "#1F3A4D", "#2F6F8F", "#8796A1", "#E0B23C"


@dataclass(frozen=True)
class Heat:
    """A three-colour scale over a block of columns.

    lowest, middle  numbers where the first and second colour stand; None: the smallest value and
                    the median
    highest         percentile where the third colour stands: a few giants must not pale the rest
    """

    low: str
    mid: str
    high: str
    lowest: float | None = None
    middle: float | None = None
    highest: int = 95


#: Sums reach up to the largest: totals per month, which a reader sees first, are the giants there.
HEAT: dict[str, Heat] = {
    "retention": Heat("#FFFFFF", "#BFE0DA", "#3E9C8F", highest=85),
    "margin": Heat("#FFFFFF", "#C9DDEB", "#4E8FB8", highest=100),
    "romi": Heat("#E79A8C", "#FFFFFF", "#7DBD8B", lowest=-1.0, middle=0.0, highest=90),
    "patients": Heat("#FFFFFF", "#E4DCEE", "#9A86BD", highest=100),
}


@dataclass(frozen=True)
class BandLook:
    """ROMI in [low, high) and its colours."""

    low: float
    high: float
    word: str
    fill: str
    font: str


_BAND_COLOURS = (
    ("#F6D5CF", "#8C2B1B"),
    ("#FCEBC9", "#7A5310"),
    ("#E9F1D6", "#4B6216"),
    ("#CFE8D3", "#1E5C2E"),
    ("#9FD3AC", "#0F4620"),
)


def bands(preset: Bands) -> tuple[BandLook, ...]:
    """The bands of `preset` with their colours, lowest first."""
    lows = [band.low for band in BANDS[preset]]
    return tuple(
        BandLook(band.low, high, band.word, fill, font)
        for band, high, (fill, font) in zip(
            BANDS[preset], [*lows[1:], inf], _BAND_COLOURS, strict=True
        )
    )


def code(form: Format, value: Cell) -> str:
    """The number format code of a cell: its format's, but for fractional counts and no change."""
    if form in FRACTIONAL and isinstance(value, float):
        return FRACTIONAL[form]
    return _STILL[form][1] if _is_still(form, value) else CODES[form]


def tint(form: Format, value: Cell) -> str:
    """The colour of a cell's text where its value is good or bad news, else ""."""
    if form == "check" and value is not None:
        return GOOD if value else BAD
    if form not in _STILL or form.endswith("_plain") or not isinstance(value, int | float):
        return ""
    if _is_still(form, value):
        return ""
    return GOOD if (value > 0) == (form not in ("change_bad", "points_bad")) else BAD


def _is_still(form: Format, value: Cell) -> bool:
    return form in _STILL and isinstance(value, int | float) and abs(value) < _STILL[form][0]


def place(anchor: str, rows: int) -> tuple[int, int]:
    """Row and column, from 0, of a chart's `anchor` over or under a table of `rows` rows."""
    match = re.fullmatch(r"([A-Z]{1,3})(\+?)(\d+)", anchor)
    if match is None:
        raise ValueError(f"{anchor!r} is not an anchor")
    letters, under, number = match.groups()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = rows + int(number) if under else int(number) - 1
    return row, column - 1


def span(rows: str, names: Sequence[Cell], *, total: bool) -> tuple[int, int]:
    """First and last row index, from 0, that a chart's `rows` mean in a table.

    `names` are the first cells of its rows; `total` says whether the last is «Итого». A table
    without such rows gives (0, -1).
    """
    body = len(names) - 1 if total else len(names)
    if rows in ("all", "no_total"):
        return 0, (len(names) if rows == "all" else body) - 1
    if rows.startswith("first:"):
        return 0, min(int(rows.removeprefix("first:")), body) - 1
    first, last = rows.split("…")
    if first not in names or last not in names:
        return 0, -1
    return names.index(first), names.index(last)
