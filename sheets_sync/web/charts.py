"""Two charts of «Сводка» as shapes: drawn by the page's template, in the reader's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from metrics.wording import number
from sheets_sync.web.cell_text import cell_text

#: How many channels have a bar; the last row of the report is the total.
_BARS = 8
#: The weeks' picture is so high; it is stretched to the width there is.
HEIGHT = 100


@dataclass(frozen=True)
class Bar:
    """A channel: what it cost, as a share of the dearest one in per cent, and what it brought."""

    name: str
    share: float
    cost: str
    romi: str
    tone: str


@dataclass(frozen=True)
class ChartWeek:
    """A week: its column's top in the picture, its leads, its margin in thousands of roubles and
    that margin's point of the line.
    """

    name: str
    top: float
    leads: str
    margin: str
    point: float | None


def channel_bars(table: dict[str, Any] | None) -> list[Bar]:
    """The dearest channels with the return on their new patients."""
    if not table:
        return []
    rows = [dict(zip(table["titles"], row, strict=True)) for row in table["rows"][:-1]]
    spent = [row for row in rows if row["Расходы"]]
    spent.sort(key=lambda row: -row["Расходы"])
    most = max((row["Расходы"] for row in spent), default=0)
    return [
        Bar(
            str(row["Канал"]),
            max(1.0, 100 * row["Расходы"] / most),
            cell_text(row["Расходы"], "money").text,
            cell_text(row["ROMI новых"], "percent").text,
            _tone(row["ROMI новых"]),
        )
        for row in spent[:_BARS]
    ]


def weeks(table: dict[str, Any] | None) -> list[ChartWeek]:
    """Leads and margin of each week of «Неделя»; the line is drawn between its lowest and highest."""
    if not table:
        return []
    rows = {row[0]: row[1:-1] for row in table["rows"]}
    leads, margins = rows["Лиды"], rows["Маржа"]
    most = max((value for value in leads if value), default=0)
    points = _points(margins)
    return [
        ChartWeek(
            name,
            HEIGHT - 90 * (lead or 0) / most if most else HEIGHT,
            cell_text(lead, "count").text,
            "—" if margin is None else number(margin / 1000),
            point,
        )
        for name, lead, margin, point in zip(
            table["titles"][1:-1], leads, margins, points, strict=True
        )
    ]


def line(shown: Sequence[ChartWeek]) -> str:
    """The margin's line as points of an SVG polyline over columns of width 10."""
    return " ".join(
        f"{10 * place + 5},{week.point:.1f}"
        for place, week in enumerate(shown)
        if week.point is not None
    )


def _points(margins: Sequence[float | None]) -> list[float | None]:
    there = [margin for margin in margins if margin is not None]
    low, high = min([0.0, *there]), max([0.0, *there])
    span = (high - low) or 1.0
    return [None if m is None else HEIGHT - 5 - 90 * (m - low) / span for m in margins]


def _tone(romi: float | None) -> str:
    return "" if romi is None else "good" if romi >= 0 else "bad"
