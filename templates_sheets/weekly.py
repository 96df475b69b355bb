"""«Неделя»: ten rows that the owner reads once a week (S0), the last eight weeks side by side."""

from __future__ import annotations

from datetime import date, timedelta
from math import isnan

import pandas as pd

from metrics.reports.weekly import weekly
from metrics.settings import Settings
from templates_sheets.cells import cells
from templates_sheets.look import TAB_OWNER
from templates_sheets.plain import FEW_WATCHED, UNKNOWN_MARGIN
from templates_sheets.tab import Cell, Chart, Column, Definition, Format, Tab, Table

#: Rows by the code of their metric: words, and whether growth is good.
WORDS: dict[str, tuple[str, bool]] = {
    "leads": ("Лиды", True),
    "bookings": ("Записи", True),
    "visits": ("Визиты", True),
    "margin": ("Маржа", True),
    "cac": ("CAC", False),
    "ltv": ("LTV (12 мес)", True),
    "romi": ("ROMI", True),
    "cr_booking_visit": ("Доходимость", True),
    "sources": ("Источники", True),
    "retarget": ("Ретаргет", True),
}
_FORMATS: dict[str, Format] = {"count": "count", "money": "money", "percent": "percent"}
_REASONS = {
    "margin": UNKNOWN_MARGIN,
    "cac": "Пусто: за неделю нет расходов или новых пациентов.",
    "ltv": FEW_WATCHED,
    "romi": "Пусто: за неделю нет расходов или неизвестна маржа.",
    "cr_booking_visit": "Пусто: из лидов недели никто не записался.",
}
_METRIC = Column("Показатель", "metric", "text", 16, "Десять строк для руководителя.")
_CHANGE = Column(
    "Изменение",
    "change",
    "change",
    13,
    "Последняя полная неделя против недели перед ней.",
    definition=Definition(
        "Последняя полная неделя против недели перед ней. У процентов — в процентных пунктах",
        "сравнить не с чем",
        "Текущая неделя помечена «идёт» и в сравнении не участвует.",
    ),
)


def table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: `metrics.reports.weekly`. Out: a row per metric; columns are the Mondays, then «Изменение»."""
    keys = [name for name in frame.columns if name[:1].isdigit()]
    columns = (_METRIC, *(_week(key, settings.as_of) for key in keys), _CHANGE)
    rows: list[list[Cell]] = []
    formats: dict[tuple[int, int], Format] = {}
    notes: dict[tuple[int, int], str] = {}
    for place, record in enumerate(frame.to_dict("records")):
        words, good = WORDS[record["metric"]]
        form = _FORMATS.get(record["unit"], "text")
        values = cells(pd.Series([record[key] for key in keys]), form)
        change = _change(record["change"], record["change_unit"])
        rows.append([words, *(_lines(v) for v in values), change])
        formats |= {(place, at): form for at in range(1, len(keys) + 1)}
        if record["metric"] in _REASONS and None in values:
            notes[place, 1 + values.index(None)] = _REASONS[record["metric"]]
        formats[place, len(keys) + 1] = _change_format(record["change_unit"], good=good)
    return Table(tab, columns, rows, notes=notes, formats=formats, bands=settings.bands)


def _week(key: str, as_of: date) -> Column:
    """The column of a week: its Monday; the one that is not over says so."""
    monday = date.fromisoformat(key)
    sunday = monday + timedelta(days=6)
    partial = " (идёт)" if sunday > as_of else ""
    hint = f"Неделя {monday:%d.%m.%Y} – {sunday:%d.%m.%Y}" + (
        f", неполная: данные по {as_of:%d.%m}." if partial else "."
    )
    return Column(f"{monday:%d.%m.%Y}{partial}", key, "count", 21, hint, wrap=True)


def _lines(value: Cell) -> Cell:
    """A list of channels, one a line."""
    return value.replace("; ", "\n").replace(" · ", "\n") if isinstance(value, str) else value


def _change(change: float, unit: str) -> float | None:
    if isnan(change):
        return None
    return change * 100 if unit == "difference" else change


def _change_format(unit: str, *, good: bool) -> Format:
    if unit == "difference":
        return "points"
    return "change" if good else "change_bad"


TAB = Tab(
    "weekly",
    "Неделя",
    (_METRIC, _CHANGE),
    report=weekly,
    table=table,
    always=True,
    definitions=(
        Definition("Три канала с наибольшей маржой недели", "маржи нет", name="Источники"),
        Definition(
            "Лиды и маржа тех, чья метка говорит о ретаргете (правило с пометкой в «Каналы»)",
            "никогда",
            name="Ретаргет",
        ),
    ),
    row_key=("Показатель",),
    filters=False,
    charts=(
        Chart(
            "weekly_leads",
            "Лиды и маржа по неделям",
            "column",
            "Изменение",
            ("Лиды",),
            second=("Маржа",),
            across=True,
            anchor="A+2",
            width=1200,
        ),
    ),
    colour=TAB_OWNER,
)
