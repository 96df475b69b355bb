"""Native charts of a Google spreadsheet, from the declarations of its tabs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.format import colour
from sheets_sync.books.google.ranges import area
from sheets_sync.books.google.read.record import stable_id
from templates_sheets import look
from templates_sheets.tab import Chart

_FONT = {"fontFamily": look.FONT}
_MOST_LABELS = 14


def chart_id(chart: Chart) -> int:
    return stable_id("chart", chart.key)


def charts(drawn: Drawn, all_drawn: Mapping[str, Drawn]) -> Iterator[tuple[Chart, dict[str, Any]]]:
    """The charts of a tab and their ChartSpec; one without rows to show is left out.

    `all_drawn` by tab key: a chart may show another tab.
    """
    for chart in drawn.table.tab.charts:
        source = all_drawn.get(chart.of or drawn.table.tab.key)
        series = list(_series(chart, source)) if source else []
        if series:
            yield chart, _spec(chart, series)


def position(chart: Chart, drawn: Drawn) -> dict[str, Any]:
    """EmbeddedObjectPosition of a new chart."""
    row, column = look.place(chart.anchor, drawn.end - drawn.top - 1)
    return {
        "overlayPosition": {
            "anchorCell": {
                "sheetId": drawn.sheet_id,
                "rowIndex": drawn.top + row,
                "columnIndex": column,
            },
            "widthPixels": chart.width,
            "heightPixels": chart.height,
        }
    }


@dataclass(frozen=True)
class _ChartRanges:
    """Ranges of the categories and of one row of values, each with its header first."""

    domain: list[dict[str, Any]]
    values: list[dict[str, Any]]
    second: bool
    points: int


def _series(chart: Chart, source: Drawn) -> Iterator[_ChartRanges]:
    table = source.table
    titles = [column.title for column in table.columns]
    names = [(title, False) for title in chart.series] + [(title, True) for title in chart.second]
    if chart.across:
        last = titles.index(chart.x)
        first_cells = [row[0] for row in table.rows]
        for title, second in names:
            if title in first_cells and last > 1:
                row = source.row(first_cells.index(title))
                yield _ChartRanges(
                    [_line(source, source.top, last)], [_line(source, row, last)], second, last - 1
                )
        return
    first, end = look.span(chart.rows, [row[0] for row in table.rows], total=table.tab.total)
    if end < first:
        return
    x = titles.index(chart.x)
    for title, second in names:
        yield _ChartRanges(
            _column(source, x, first, end),
            _column(source, titles.index(title), first, end),
            second,
            end - first + 1,
        )


def _line(source: Drawn, row: int, columns: int) -> dict[str, Any]:
    """A row of the table's first `columns` columns."""
    places = source.at[:columns]
    return area(source.sheet_id, row, row + 1, min(places), max(places) + 1)


def _column(source: Drawn, place: int, first: int, last: int) -> list[dict[str, Any]]:
    """A column's header and its rows `first`..`last`: one range if they touch, else two."""
    column = source.at[place]
    start, end = source.row(first), source.row(last) + 1
    if first == 0:
        return [area(source.sheet_id, source.top, end, column, column + 1)]
    header = area(source.sheet_id, source.top, source.top + 1, column, column + 1)
    return [header, area(source.sheet_id, start, end, column, column + 1)]


def _spec(chart: Chart, series: Sequence[_ChartRanges]) -> dict[str, Any]:
    lying = chart.kind == "bar"
    mixed = any(s.second for s in series)
    kind = "COMBO" if mixed else chart.kind.upper()
    minor = "BOTTOM_AXIS" if lying else "LEFT_AXIS"
    axes = [{"position": "BOTTOM_AXIS"}, {"position": "LEFT_AXIS"}]
    basic = {
        "chartType": kind,
        "legendPosition": "BOTTOM_LEGEND" if len(series) > 1 else "NO_LEGEND",
        "axis": [*axes, {"position": "RIGHT_AXIS"}] if mixed else axes,
        "domains": [{"domain": _source(series[0].domain)}],
        "series": [_drawn_series(s, place, chart, minor) for place, s in enumerate(series)],
        "headerCount": 1,
    }
    return {
        "title": chart.title,
        "titleTextFormat": _FONT | {"fontSize": 12, "bold": True},
        "fontName": look.FONT,
        "basicChart": basic,
    }


def _drawn_series(series: _ChartRanges, place: int, chart: Chart, minor: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "series": _source(series.values),
        "targetAxis": "RIGHT_AXIS" if series.second else minor,
        "colorStyle": colour(look.SERIES[place % len(look.SERIES)]),
    }
    if chart.second:
        shown["type"] = "LINE" if series.second or chart.kind == "line" else "COLUMN"
    if series.second:
        # Points stand apart unless one follows another in time.
        shown["lineStyle"] = (
            {"type": "SOLID", "width": 2} if chart.across else {"type": "INVISIBLE"}
        )
        shown["pointStyle"] = {"shape": "CIRCLE", "size": 7}
    if (series.second or chart.kind == "bar") and series.points <= _MOST_LABELS:
        shown["dataLabel"] = {
            "type": "DATA",
            "placement": "ABOVE" if series.second else "OUTSIDE_END",
        }
    return shown


def _source(ranges: list[dict[str, Any]]) -> dict[str, Any]:
    return {"sourceRange": {"sources": ranges}}
