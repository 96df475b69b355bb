"""Native charts of a workbook, from the declarations of its tabs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook

from sheets_sync.books.xlsx.sheet import TableAnchor
from templates_sheets import look
from templates_sheets.tab import Chart, Format

_AXIS: dict[Format, str] = {
    "money": '#,##0,"\u00a0тыс.\u00a0₽"',
    "percent": '0"\u00a0"%',
    "count": "#,##0",
}
#: With more points than that, labels would cover each other.
_MOST_LABELS = 14
_FONT: dict[str, Any] = {"name": look.FONT, "size": 9, "color": "#3A4650"}
_GRID = {"visible": True, "line": {"color": "#E3E8EC", "width": 0.75}}
_QUIET = {"line": {"color": "#B8C2C9"}}


def chart_sheets(workbook: Workbook, sheets: Mapping[str, TableAnchor]) -> None:
    """Put every chart of every tab on its sheet; one without rows to show is left out.

    `sheets` are the drawn tables by the key of their tab.
    """
    for sheet in sheets.values():
        for chart in sheet.table.tab.charts:
            source = sheets.get(chart.of or sheet.table.tab.key)
            drawn = _chart(workbook, chart, source) if source else None
            if drawn is not None:
                row, column = look.place(chart.anchor, len(sheet.table.rows))
                sheet.rows.insert_chart(row, column, drawn, {"object_position": 2})


@dataclass(frozen=True)
class _ChartReferences:
    """References as XlsxWriter takes them: [sheet, row, column, …]; `points` of them."""

    name: list[Any]
    categories: list[Any]
    values: list[Any]
    format: Format
    points: int


def _chart(workbook: Workbook, chart: Chart, source: TableAnchor) -> Any:
    """The chart object, or None if the table has no rows for it."""
    first = list(_series(chart, source, chart.series))
    second = list(_series(chart, source, chart.second))
    if not first or first[0].points < 1:
        return None
    drawn = workbook.add_chart({"type": chart.kind})
    labels = len(first) == 1 and chart.kind == "bar"
    for place, series in enumerate(first):
        colour = look.PALE if second and not place else look.SERIES[place % len(look.SERIES)]
        drawn.add_series(_bars(series, colour, labelled=labels))
    if second:
        line = workbook.add_chart({"type": "line"})
        for place, series in enumerate(second, start=len(first)):
            line.add_series(_line(series, place, joined=chart.across))
        line.set_y2_axis({**_axis(second[0]), "major_gridlines": {"visible": False}})
        drawn.combine(line)
    drawn.set_title(
        {"name": chart.title, "name_font": {**_FONT, "size": 11, "bold": True}, "overlay": False}
    )
    named = {"position": "bottom", "font": _FONT}
    drawn.set_legend({"none": True} if len(first) + len(second) == 1 else named)
    categories, values = {"num_font": _FONT, "line": _QUIET["line"]}, _axis(first[0])
    if chart.kind == "bar":
        drawn.set_x_axis(
            {"visible": False, "major_gridlines": {"visible": False}} if labels else values
        )
        drawn.set_y_axis(
            {
                **categories,
                "interval_unit": 1,
                "reverse": True,
                "crossing": "max",
                "major_gridlines": {"visible": False},
            }
        )
    else:
        drawn.set_x_axis({**categories, "label_position": "low"})
        drawn.set_y_axis(values)
    drawn.set_chartarea({"border": {"color": "#D5DDE3"}})
    drawn.set_size({"width": chart.width, "height": chart.height})
    drawn.show_blanks_as("gap")
    return drawn


def _series(
    chart: Chart, source: TableAnchor, titles: tuple[str, ...]
) -> Iterator[_ChartReferences]:
    table, name = source.table, source.name
    heads = [column.title for column in table.columns]
    if chart.across:
        last = heads.index(chart.x) - 1
        names = [row[0] for row in table.rows]
        for row in (names.index(title) for title in titles if title in names):
            form = table.formats.get((row, 1), table.columns[1].format)
            yield _ChartReferences(
                [name, row + 1, 0],
                [name, 0, 1, 0, last],
                [name, row + 1, 1, row + 1, last],
                form,
                last,
            )
        return
    first, last = look.span(chart.rows, [row[0] for row in table.rows], total=table.tab.total)
    x = heads.index(chart.x)
    for at in (heads.index(title) for title in titles):
        form = table.formats.get((first, at), table.columns[at].format)
        yield _ChartReferences(
            [name, 0, at],
            [name, first + 1, x, last + 1, x],
            [name, first + 1, at, last + 1, at],
            form,
            last - first + 1,
        )


def _bars(series: _ChartReferences, colour: str, *, labelled: bool) -> dict[str, Any]:
    options = {
        "name": series.name,
        "categories": series.categories,
        "values": series.values,
        "fill": {"color": colour},
        "gap": 60,
        "overlap": 0,
    }
    if labelled:
        options["data_labels"] = {"value": True, "num_format": _code(series), "font": _FONT}
    return options


def _line(series: _ChartReferences, place: int, *, joined: bool) -> dict[str, Any]:
    """Points over the columns; joined only where one follows another in time."""
    colour = look.SERIES[place % len(look.SERIES)]
    options = {
        "name": series.name,
        "categories": series.categories,
        "values": series.values,
        "line": {"color": colour, "width": 2.25} if joined else {"none": True},
        "marker": {
            "type": "circle" if joined else "diamond",
            "size": 7 if joined else 9,
            "fill": {"color": colour},
            "border": {"color": "#FFFFFF"},
        },
        "y2_axis": True,
    }
    if series.points <= _MOST_LABELS:
        font = {**_FONT, "color": look.LABEL, "bold": True}
        options["data_labels"] = {
            "value": True, "num_format": _code(series), "position": "above", "font": font,
        }  # fmt: skip
    return options


def _axis(series: _ChartReferences) -> dict[str, Any]:
    return {
        "num_format": _code(series),
        "num_font": _FONT,
        "line": {"none": True},
        "major_gridlines": _GRID,
    }


def _code(series: _ChartReferences) -> str:
    return _AXIS.get(series.format, look.CODES[series.format])
