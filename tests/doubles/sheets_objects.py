"""What lies over the cells of the double: conditional formats, stripes, protection, charts."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.doubles.sheets_model import Book, Refused, Tab, overlap, sources
from tests.doubles.sheets_schema import mask

Body = dict[str, Any]

_MINOR = {"BAR": {"BOTTOM_AXIS"}, "COLUMN": {"LEFT_AXIS", "RIGHT_AXIS"}}
_BOTH = {"LEFT_AXIS", "RIGHT_AXIS"}


def _rule(book: Book, rule: dict[str, Any]) -> Tab:
    if not rule.get("ranges"):
        raise Refused("A rule needs ranges.")
    tabs = {found.get("sheetId", 0) for found in rule["ranges"]}
    if len(tabs) != 1:
        raise Refused("All ranges of a rule must be on one sheet.")
    tab = book.tab(tabs.pop())
    for found in rule["ranges"]:
        tab.area(found)
    if ("booleanRule" in rule) == ("gradientRule" in rule):
        raise Refused("A rule is either boolean or a gradient.")
    if "gradientRule" in rule:
        points = rule["gradientRule"]
        if "minpoint" not in points or "maxpoint" not in points:
            raise Refused("A gradient needs minpoint and maxpoint.")
        for point in points.values():
            valued = point["type"] in ("NUMBER", "PERCENT", "PERCENTILE")
            if valued != ("value" in point) or "colorStyle" not in point:
                raise Refused(f"An interpolation point is wrong: {point}")
    else:
        boolean = rule["booleanRule"]
        allowed = {"backgroundColor", "backgroundColorStyle", "textFormat"}
        if not boolean.get("format") or set(boolean["format"]) - allowed:
            raise Refused("A conditional format sets colours and text only.")
        if not boolean["condition"].get("values"):
            raise Refused("The condition needs a value.")
    return tab


def _add_rule(book: Book, body: Body) -> None:
    tab = _rule(book, body.get("rule", {}))
    index = body.get("index", 0)
    if not 0 <= index <= len(tab.rules):
        raise Refused(f"No place {index} among {len(tab.rules)} rules.")
    tab.rules.insert(index, deepcopy(body["rule"]))


def _delete_rule(book: Book, body: Body) -> dict[str, Any]:
    tab, index = book.tab(body.get("sheetId", 0)), body.get("index", 0)
    if not 0 <= index < len(tab.rules):
        raise Refused(f"No conditional format on sheet at index {index}.")
    return {"deleteConditionalFormatRule": {"rule": tab.rules.pop(index)}}


def _banded(book: Book, banded: dict[str, Any], but: int | None = None) -> Tab:
    if not ({"rowProperties", "columnProperties"} & set(banded)):
        raise Refused("Banding needs rowProperties or columnProperties.")
    tab = book.tab(banded["range"].get("sheetId", 0))
    tab.area(banded["range"])
    for other in tab.bandings:
        if other["bandedRangeId"] != but and overlap(other["range"], banded["range"]):
            raise Refused(
                "You cannot add alternating background colors to a range that already has them."
            )
    return tab


def _add_banding(book: Book, body: Body) -> dict[str, Any]:
    banded = deepcopy(body["bandedRange"])
    number = banded.setdefault("bandedRangeId", book.new_id())
    if any(b["bandedRangeId"] == number for tab in book.tabs for b in tab.bandings):
        raise Refused(f"Banding with id {number} already exists.")
    _banded(book, banded).bandings.append(banded)
    return {"addBanding": {"bandedRange": deepcopy(banded)}}


def _update_banding(book: Book, body: Body) -> None:
    mask(body["fields"], "BandedRange")
    number = body["bandedRange"]["bandedRangeId"]
    for tab in book.tabs:
        for place, old in enumerate(tab.bandings):
            if old["bandedRangeId"] == number:
                tab.bandings[place] = old | deepcopy(body["bandedRange"])
                _banded(book, tab.bandings[place], number)
                return
    raise Refused(f"No banding with id: {number}")


def _protected(book: Book, found: dict[str, Any]) -> Tab:
    tab = book.tab(found["range"].get("sheetId", 0))
    tab.area(found["range"])
    if found.get("warningOnly") and "editors" in found:
        raise Refused("Editors cannot be set on it.")
    whole = set(found["range"]) <= {"sheetId"}
    if found.get("unprotectedRanges") and not whole:
        raise Refused("Unprotected ranges are only supported on protected sheets.")
    for free in found.get("unprotectedRanges", []):
        if free.get("sheetId", 0) != tab.id:
            raise Refused("An unprotected range is on another sheet.")
        tab.area(free)
    return tab


def _add_protected(book: Book, body: Body) -> dict[str, Any]:
    found = deepcopy(body["protectedRange"])
    if "protectedRangeId" in found:
        raise Refused("The double chooses the ids of protected ranges.")
    found["protectedRangeId"] = book.new_id()
    _protected(book, found).protected.append(found)
    return {"addProtectedRange": {"protectedRange": deepcopy(found)}}


def _update_protected(book: Book, body: Body) -> None:
    tree = mask(body["fields"], "ProtectedRange")
    asked = body["protectedRange"]
    tab, old = _find_protected(book, asked["protectedRangeId"])
    new = {k: v for k, v in old.items() if k not in tree}
    new |= {k: deepcopy(v) for k, v in asked.items() if k in tree}
    if _protected(book, new) is not tab:
        raise Refused("A protected range cannot change its sheet.")
    tab.protected[tab.protected.index(old)] = new


def _delete_protected(book: Book, body: Body) -> None:
    tab, old = _find_protected(book, body["protectedRangeId"])
    tab.protected.remove(old)


def _find_protected(book: Book, number: int) -> tuple[Tab, dict[str, Any]]:
    for tab in book.tabs:
        for found in tab.protected:
            if found["protectedRangeId"] == number:
                return tab, found
    raise Refused(f"No protected range with ID: {number}")


def _spec(book: Book, spec: dict[str, Any]) -> None:
    basic = spec.get("basicChart")
    if basic is None:
        raise Refused("The double knows basic charts only.")
    kind = basic.get("chartType")
    if len(basic.get("domains", [])) != 1 or not basic.get("series"):
        raise Refused("A chart needs one domain and at least one series.")
    lengths = {_length(book, source["sources"]) for source in sources({"spec": spec})}
    if len(lengths) != 1:
        raise Refused(f"Domain and series are of different lengths: {sorted(lengths)}")
    for series in basic["series"]:
        if series.get("targetAxis") not in _MINOR.get(kind, _BOTH):
            raise Refused(f"{series.get('targetAxis')} is not a minor axis of a {kind} chart.")
        if (kind == "COMBO") != ("type" in series):
            raise Refused("series.type is for COMBO charts, and must be set there.")
    axes = [axis["position"] for axis in basic.get("axis", [])]
    if len(set(axes)) != len(axes):
        raise Refused("An axis is given twice.")


def _length(book: Book, ranges: list[dict[str, Any]]) -> int:
    """Cells of a series: each range is one row or one column of the same kind."""
    total = 0
    flat: set[str] = set()
    for found in ranges:
        if not {"startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"} <= set(found):
            raise Refused("A chart's range must be closed.")
        row, end, column, stop = book.tab(found.get("sheetId", 0)).area(found)
        if end - row > 1 and stop - column > 1:
            raise Refused("A series must be one row or one column.")
        if end - row > 1 or stop - column > 1:
            flat.add("rows" if end - row > 1 else "columns")
        total += max(end - row, stop - column)
    if len(flat) > 1:
        raise Refused("A series mixes rows and columns.")
    return total


def _add_chart(book: Book, body: Body) -> dict[str, Any]:
    chart = deepcopy(body["chart"])
    number = chart.setdefault("chartId", book.new_id())
    if any(c["chartId"] == number for tab in book.tabs for c in tab.charts):
        raise Refused(f"Chart with id {number} already exists.")
    _spec(book, chart["spec"])
    if len(chart.get("position", {})) != 1:
        raise Refused("A chart is either on a sheet of its own or over one.")
    anchor = chart["position"]["overlayPosition"]["anchorCell"]
    tab = book.tab(anchor.get("sheetId", 0))
    if anchor.get("rowIndex", 0) >= tab.size("ROWS") or (
        anchor.get("columnIndex", 0) >= tab.size("COLUMNS")
    ):
        raise Refused("The chart's anchor is outside of the grid.")
    tab.charts.append(chart)
    return {"addChart": {"chart": deepcopy(chart)}}


def _update_chart(book: Book, body: Body) -> None:
    _spec(book, body["spec"])
    _, chart = _find_chart(book, body["chartId"])
    chart["spec"] = deepcopy(body["spec"])


def _delete_object(book: Book, body: Body) -> None:
    tab, chart = _find_chart(book, body["objectId"])
    tab.charts.remove(chart)


def _find_chart(book: Book, number: int) -> tuple[Tab, dict[str, Any]]:
    for tab in book.tabs:
        for chart in tab.charts:
            if chart["chartId"] == number:
                return tab, chart
    raise Refused(f"No chart with id: {number}")


OBJECTS: dict[str, Callable[[Book, Body], dict[str, Any] | None]] = {
    "addConditionalFormatRule": _add_rule,
    "deleteConditionalFormatRule": _delete_rule,
    "addBanding": _add_banding,
    "updateBanding": _update_banding,
    "addProtectedRange": _add_protected,
    "updateProtectedRange": _update_protected,
    "deleteProtectedRange": _delete_protected,
    "addChart": _add_chart,
    "updateChartSpec": _update_chart,
    "deleteEmbeddedObject": _delete_object,
}
