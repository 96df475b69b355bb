"""Cell formats and checks of a table in Google's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from templates_sheets import look
from templates_sheets.tab import Column, Format, Tab, Table

_TYPES: dict[Format, str] = {
    "id": "TEXT",
    "money": "CURRENCY",
    "money2": "CURRENCY",
    "effect_money": "CURRENCY",
    "percent": "PERCENT",
    "change": "PERCENT",
    "change_bad": "PERCENT",
    "change_plain": "PERCENT",
    "date": "DATE",
    "month": "DATE",
    "datetime": "DATE_TIME",
}
_PIXELS_A_LETTER = 7.6


def colour(code: str) -> dict[str, Any]:
    """ColorStyle of «#RRGGBB», its channels in full: Google keeps 8 bits of each and cuts the rest."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return {"rgbColor": {"red": red, "green": green, "blue": blue}}


def is_theirs(column: Column, tab: Tab) -> bool:
    """Whether people write in this column; the service then leaves its cells alone."""
    return column.comment or (tab.filled_by == "people" and not column.key)


def is_painted(table: Table, place: int) -> bool:
    """Whether cells of a column have the colour of a place to write in."""
    column, tab = table.columns[place], table.tab
    return column.comment or (tab.filled_by == "people" and not tab.filters and not column.key)


def _number_format(form: Format, code: str = "", *, by_people: bool = False) -> dict[str, Any]:
    """What of a cell's format is its NumberFormat; nothing where Google should decide.

    Text of the service's is plain text to Google, so that an edited «=A1» stays a text; where
    people fill a text column they may type numbers and dates.
    """
    if form == "check" or (form == "text" and by_people):
        return {}
    if form == "text":
        return {"numberFormat": {"type": "TEXT", "pattern": "@"}}
    return {
        "numberFormat": {"type": _TYPES.get(form, "NUMBER"), "pattern": code or look.CODES[form]}
    }


def _align(form: Format) -> str:
    return "CENTER" if form == "check" else "LEFT" if form in look.WORDS else "RIGHT"


def body_format(table: Table, place: int) -> dict[str, Any]:
    """CellFormat of a column under its header, without colours: those are people's."""
    column = table.columns[place]
    form = column.format
    # A comment is always text: 05.03 typed there is not a date.
    by_people = is_theirs(column, table.tab) and not column.comment
    fractional = form in look.FRACTIONAL and any(isinstance(r[place], float) for r in table.rows)
    return {
        "horizontalAlignment": _align(form),
        "verticalAlignment": "MIDDLE",
        "wrapStrategy": "WRAP" if column.wrap else "CLIP",
        **_number_format(form, look.FRACTIONAL[form] if fractional else "", by_people=by_people),
    }


def own_format(form: Format, code: str) -> dict[str, Any]:
    """CellFormat of a cell with a format of its own."""
    return {"horizontalAlignment": _align(form), **_number_format(form, code, by_people=True)}


def header_format(column: Column, tab: Tab) -> dict[str, Any]:
    """CellFormat of a header cell; where people write it has a colour of its own."""
    fill = look.INPUT_HEADER_FILL if is_theirs(column, tab) else look.HEADER_FILL
    return {
        "backgroundColorStyle": colour(look.MARK_FILL if column.mark else fill),
        "horizontalAlignment": "LEFT" if column.format in look.WORDS else "CENTER",
        "verticalAlignment": "MIDDLE",
        "wrapStrategy": "WRAP",
        "textFormat": {"bold": True, "foregroundColorStyle": colour(look.HEADER_FONT)},
    }


INPUT_FORMAT = {"backgroundColorStyle": colour(look.INPUT_FILL)}
TOTAL_FORMAT = {
    "backgroundColorStyle": colour(look.TOTAL_FILL),
    "textFormat": {"bold": True},
}


def mask(form: Mapping[str, Any], root: str = "userEnteredFormat") -> str:
    """The field mask of exactly what a CellFormat sets."""
    return ",".join(f"{root}.{name}" for name in sorted(form))


def pixels(letters: int) -> int:
    """The width of a column of so many characters."""
    return max(40, round(letters * _PIXELS_A_LETTER) + 10)


def word_list(words: Sequence[str]) -> dict[str, Any]:
    """DataValidationRule of a drop-down; another word is marked, not refused."""
    condition = {
        "type": "ONE_OF_LIST",
        "values": [{"userEnteredValue": word} for word in words],
    }
    return {
        "condition": condition,
        "showCustomUi": True,
        "strict": False,
        "inputMessage": "Выберите значение из списка.",
    }


def check_of(column: Column) -> dict[str, Any] | None:
    """DataValidationRule of a column that people fill; None where anything may be typed."""
    if column.choices:
        return word_list(column.choices)
    if column.format == "date":
        return {
            "condition": {"type": "DATE_IS_VALID"},
            "strict": False,
            "inputMessage": "Дата, например 24.11.2026.",
        }
    return None


TICK_BOX = {"condition": {"type": "BOOLEAN"}}
