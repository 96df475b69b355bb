"""How a table looks in Google's words: cell formats, conditional formats, drop-downs, colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from sheets_sync.books.google.cells import spans
from sheets_sync.books.google.record import digest
from templates_sheets import look
from templates_sheets.tab import Column, Format, Tab, Table

#: Changes when this module draws the same declarations differently, so that they are laid anew.
LOOK = 1
#: What our protection says of itself, by which it is told from people's own.
PROTECTION = "romi-sheets: заполняет сервис"

_TYPES: dict[Format, str] = {
    "id": "TEXT",
    "money": "CURRENCY",
    "money2": "CURRENCY",
    "percent": "PERCENT",
    "change": "PERCENT",
    "change_bad": "PERCENT",
    "date": "DATE",
    "datetime": "DATE_TIME",
}
_PIXELS_A_LETTER = 7.6
_STRIPE = "#F6F8FA"


def colour(code: str) -> dict[str, Any]:
    """ColorStyle of «#RRGGBB»."""
    red, green, blue = (round(int(code[i : i + 2], 16) / 255, 4) for i in (1, 3, 5))
    return {"rgbColor": {"red": red, "green": green, "blue": blue}}


def is_asked(column: Column, tab: Tab) -> bool:
    """Whether people write in this column; the service then leaves its cells alone."""
    return column.comment or (tab.filled_by == "people" and not column.key)


def number_format(form: Format, code: str = "", *, asked: bool = False) -> dict[str, Any] | None:
    """NumberFormat of a format (its own code where given); None where Google should decide.

    Text of the service's is plain text to Google, so that an edited «=A1» stays a text; where
    people fill a text column they may type numbers and dates.
    """
    if form == "check" or (form == "text" and asked):
        return None
    if form == "text":
        return {"type": "TEXT", "pattern": "@"}
    return {"type": _TYPES.get(form, "NUMBER"), "pattern": code or look.CODES[form]}


def body_format(table: Table, place: int) -> dict[str, Any]:
    """CellFormat of a column under its header, without colours: those are people's."""
    column = table.columns[place]
    form = column.format
    # A comment is always text: 05.03 typed there is not a date.
    asked = is_asked(column, table.tab) and not column.comment
    fractional = form == "count" and any(isinstance(row[place], float) for row in table.rows)
    numbers = number_format(form, look.FRACTIONAL if fractional else "", asked=asked)
    align = "CENTER" if form == "check" else "LEFT" if form in look.WORDS else "RIGHT"
    found: dict[str, Any] = {
        "horizontalAlignment": align,
        "verticalAlignment": "MIDDLE",
        "wrapStrategy": "WRAP" if column.wrap else "CLIP",
    }
    return found | ({"numberFormat": numbers} if numbers else {})


def own_format(form: Format, code: str) -> dict[str, Any]:
    """CellFormat of a cell with a format of its own."""
    align = "CENTER" if form == "check" else "LEFT" if form in look.WORDS else "RIGHT"
    numbers = number_format(form, code, asked=True)
    return {"horizontalAlignment": align} | ({"numberFormat": numbers} if numbers else {})


def header_format(column: Column, tab: Tab) -> dict[str, Any]:
    """CellFormat of a header cell; where people write it has a colour of its own."""
    fill = look.INPUT_HEADER_FILL if is_asked(column, tab) else look.HEADER_FILL
    return {
        "backgroundColorStyle": colour(look.MARK_FILL if column.mark else fill),
        "horizontalAlignment": "LEFT" if column.format in look.WORDS else "CENTER",
        "verticalAlignment": "MIDDLE",
        "wrapStrategy": "WRAP",
        "textFormat": {"bold": True, "foregroundColorStyle": colour(look.HEADER_FONT)},
    }


TOTAL_FORMAT = {
    "backgroundColorStyle": colour(look.TOTAL_FILL),
    "textFormat": {"bold": True},
}


#: What we paint whole rows with.
HEADER_FILLS = frozenset(
    {look.TOTAL_FILL, look.HEADER_FILL, look.MARK_FILL, look.INPUT_HEADER_FILL}
)


def paint_of(cell: Mapping[str, Any]) -> str:
    """The background that a cell was given, as «#RRGGBB»; "" for none."""
    style = cell.get("userEnteredFormat", {}).get("backgroundColorStyle", {})
    return next(_colours(style), "")


def mask(form: Mapping[str, Any], root: str = "userEnteredFormat") -> str:
    """The field mask of exactly what a CellFormat sets."""
    return ",".join(f"{root}.{name}" for name in sorted(form))


def pixels(letters: int) -> int:
    """The width of a column of so many characters."""
    return max(40, round(letters * _PIXELS_A_LETTER) + 10)


def letters(column: int) -> str:
    """The name of a column counted from 0: 0 is A, 27 is AB."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def stripes() -> dict[str, Any]:
    """Row colours under the header that alternate, beneath whatever people paint."""
    return {
        "firstBandColorStyle": colour("#FFFFFF"),
        "secondBandColorStyle": colour(_STRIPE),
    }


def rules(table: Table, sheet_id: int, top: int, at: Sequence[int]) -> list[dict[str, Any]]:
    """Conditional formats of a table: heat maps, bars as a scale, ROMI bands.

    top, at  the header's row and the sheet's columns of the table's columns
    """
    blocks: dict[str, list[int]] = {}
    stands = {column.title: place for column, place in zip(table.columns, at, strict=True)}
    found: list[dict[str, Any]] = []
    for column, place in zip(table.columns, at, strict=True):
        if column.heat:
            blocks.setdefault(column.heat, []).append(place)
        if column.band:
            sides = column.bounds or (column.title, column.title)
            cells = tuple(f"${letters(stands[title])}{top + 2}" for title in sides)
            found += _bands(table, _ranges(sheet_id, top, [place]), *cells)
        if column.bar:
            ranges = _ranges(sheet_id, top, [place])
            points = {
                "minpoint": _point("NUMBER", "#FFFFFF", "0"),
                "maxpoint": _point("MAX", look.BAR),
            }
            found.append({"ranges": ranges, "gradientRule": points})
    for name, places in blocks.items():
        scale = _scale(look.HEAT[name])
        found.append({"ranges": _ranges(sheet_id, top, places), "gradientRule": scale})
    return found


def _ranges(sheet_id: int, top: int, places: Sequence[int]) -> list[dict[str, Any]]:
    """Columns under the header, down to the end, however many rows there will be."""
    return [
        {
            "sheetId": sheet_id,
            "startRowIndex": top + 1,
            "startColumnIndex": first,
            "endColumnIndex": end,
        }
        for first, end in spans(sorted(places))
    ]


def _scale(heat: look.Heat) -> dict[str, Any]:
    low, middle = heat.lowest, heat.middle
    return {
        "minpoint": _point("MIN", heat.low) if low is None else _point("NUMBER", heat.low, f"{low:g}"),
        "midpoint": _point("PERCENTILE", heat.mid, "50")
        if middle is None
        else _point("NUMBER", heat.mid, f"{middle:g}"),
        "maxpoint": _point("PERCENTILE", heat.high, f"{heat.highest}"),
    }  # fmt: skip


def _point(kind: str, code: str, value: str = "") -> dict[str, Any]:
    return {"type": kind, "colorStyle": colour(code)} | ({"value": value} if value else {})


def _bands(
    table: Table, ranges: list[dict[str, Any]], worse: str, better: str
) -> Iterator[dict[str, Any]]:
    for band in look.bands(table.bands):
        cell = better if band.low == -inf else worse
        # Neither a separator nor a decimal comma: those depend on the spreadsheet's language. An
        # empty cell would count as 0.
        low = "" if band.low == -inf else f"*({cell}>={_whole(band.low)})"
        high = "" if band.high == inf else f"*({cell}<{_whole(band.high)})"
        condition = {
            "type": "CUSTOM_FORMULA",
            "values": [{"userEnteredValue": f"=ISNUMBER({cell}){low}{high}"}],
        }
        form = {
            "backgroundColorStyle": colour(band.fill),
            "textFormat": {"foregroundColorStyle": colour(band.font)},
        }
        yield {"ranges": ranges, "booleanRule": {"condition": condition, "format": form}}


def _whole(edge: float) -> str:
    """An edge of a band without a decimal point: 1.5 is 1500/1000."""
    return str(int(edge)) if edge == int(edge) else f"{round(edge * 1000)}/1000"


def rule_mark(rule: Mapping[str, Any]) -> str:
    """What tells a conditional format of ours: its kind and colours, whichever columns it covers."""
    return digest([sorted(set(rule) - {"ranges"}), list(_colours(rule))])[:8]


def _colours(part: Any) -> Iterator[str]:
    """Every colour in a rule as «#RRGGBB», in a fixed order; Google drops channels that are 0."""
    if isinstance(part, Mapping):
        if "rgbColor" in part:
            channels = (part["rgbColor"].get(name, 0) for name in ("red", "green", "blue"))
            yield "#" + "".join(f"{round(channel * 255):02X}" for channel in channels)
            return
        for name in sorted(part):
            if not name.endswith("Color"):
                yield from _colours(part[name])


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
