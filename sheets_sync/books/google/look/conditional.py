"""Conditional formats of a table: heat maps, bars as a scale, ROMI bands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.format import colour
from sheets_sync.books.google.ranges import Request, area, spans
from sheets_sync.books.google.read.layout import BookTab
from templates_sheets import look
from templates_sheets.tab import Table


def rules(drawn: Drawn, sheet: BookTab | None) -> tuple[list[Request], tuple[str, ...]]:
    """Requests that leave exactly the declared ones, behind people's own; none where they are.

    Also gives their marks, by which the next write will know them.
    """
    declared = list(_declared(drawn))
    marks = tuple(map(rule_mark, declared))
    there = list(sheet.rules) if sheet else []
    marks_ever = (*marks, *(sheet.record.rules if sheet else ()))
    ours = [n for n, rule in enumerate(there) if _is_one_of(rule_mark(rule), marks_ever)]
    if [_plain(there[n]) for n in ours] == [_plain(rule) for rule in declared]:
        return [], marks
    requests: list[Request] = [
        {"deleteConditionalFormatRule": {"sheetId": drawn.sheet_id, "index": n}}
        for n in reversed(ours)
    ]
    requests += [
        {"addConditionalFormatRule": {"rule": rule, "index": index}}
        for index, rule in enumerate(declared, start=len(there) - len(ours))
    ]
    return requests, marks


def _declared(drawn: Drawn) -> Iterator[dict[str, Any]]:
    scales: dict[str, list[int]] = {}
    stands = {c.title: at for c, at in zip(drawn.table.columns, drawn.at, strict=True)}
    for column, place in zip(drawn.table.columns, drawn.at, strict=True):
        if column.heat:
            scales.setdefault(column.heat, []).append(place)
        if column.band:
            sides = column.bounds or (column.title, column.title)
            worse, better = (f"${letters(stands[title])}{drawn.top + 2}" for title in sides)
            yield from _bands(drawn.table, _ranges(drawn, [place]), worse, better)
        if column.bar:
            points = {
                "minpoint": _point("NUMBER", "#FFFFFF", "0"),
                "maxpoint": _point("MAX", look.BAR),
            }
            yield {"ranges": _ranges(drawn, [place]), "gradientRule": points}
    for name, places in scales.items():
        yield {"ranges": _ranges(drawn, places), "gradientRule": _scale(look.HEAT[name])}


def _ranges(drawn: Drawn, places: Sequence[int]) -> list[dict[str, Any]]:
    """Columns under the header, down to the end, however many rows there will be."""
    return [
        area(drawn.sheet_id, drawn.top + 1, None, first, end)
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


def letters(column: int) -> str:
    """The name of a column counted from 0: 0 is A, 27 is AB."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def rule_mark(rule: Mapping[str, Any]) -> str:
    """What tells a rule of ours: its kind and colours, whichever columns it covers."""
    kinds = "".join(sorted(set(rule) & {"booleanRule", "gradientRule"}))
    return f"{kinds}:{','.join(_colours(rule))}"


def _is_one_of(mark: str, others: Sequence[str]) -> bool:
    """Whether a mark is one of these but for what Google cut of the colours: a step of 1/255."""
    return any(_alike(mark, other) for other in others)


def _alike(one: str, other: str) -> bool:
    pairs = re.findall("#(..)(..)(..)", one), re.findall("#(..)(..)(..)", other)
    return (
        one.partition(":")[0] == other.partition(":")[0]
        and len(pairs[0]) == len(pairs[1])
        and all(
            abs(int(a, 16) - int(b, 16)) <= 1
            for mine, yours in zip(*pairs, strict=True)
            for a, b in zip(mine, yours, strict=True)
        )
    )


def _plain(rule: Mapping[str, Any]) -> Any:
    """A rule as two of them can be compared, wherever Google repeats itself or leaves out a 0."""

    def plain(part: Any) -> Any:
        if isinstance(part, Mapping):
            if "rgbColor" in part:
                return _code(part["rgbColor"])
            return {
                k: plain(v)
                for k, v in part.items()
                if not k.endswith("Color") and k != "endRowIndex" and v not in (0, {}, [])
            }
        return [plain(item) for item in part] if isinstance(part, list) else part

    return plain(rule)


def _code(rgb: Mapping[str, float]) -> str:
    channels = (rgb.get(name, 0) for name in ("red", "green", "blue"))
    # A float of 32 bits may lie a little below the step that it stands for.
    return "#" + "".join(f"{int(channel * 255 + 0.01):02X}" for channel in channels)


def _colours(part: Any) -> Iterator[str]:
    """Every colour in a rule as «#RRGGBB», in a fixed order; Google drops channels that are 0."""
    if isinstance(part, Mapping):
        if "rgbColor" in part:
            yield _code(part["rgbColor"])
            return
        for name in sorted(part):
            if not name.endswith("Color"):
                yield from _colours(part[name])
