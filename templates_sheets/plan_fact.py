"""«План-факт»: a month's promises beside what came, and where its pace leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from metrics.facts import day_number
from metrics.reports.plan_fact import LESS, MONEY, RATIOS, SHARES, plan_fact
from metrics.settings import Settings
from templates_sheets.cells import cells
from templates_sheets.look import TAB_OWNER
from templates_sheets.plain import UNKNOWN_MARGIN, reasons
from templates_sheets.tab import Cell, Column, Definition, Format, Tab, Table

#: Measures in the words of «План», in the order of its list.
MEASURE_WORDS = {
    "leads": "Лиды",
    "bookings": "Записи",
    "visits": "Визиты",
    "new_patients": "Новые пациенты",
    "contracts": "Договоры",
    "revenue": "Выручка",
    "margin": "Маржа",
    "cost": "Расходы",
    "cpl": "CPL",
    "cac": "CAC",
    "romi": "ROMI",
    "drr": "ДРР",
}
#: Columns in the measure's own unit.
_OWN = ("plan", "fact", "pace_calendar", "pace_weekdays")
_WEEKDAYS = (
    "Вес дня недели — сколько этого показателя клиника получала в такие дни за последние 56 дней."
)
_NO_CHANNEL = "Такого канала в данных нет. Если он не новый, проверьте название в «План»."
_FRESH = "Первый лид клиники моложе 56 дней или сравнить не с чем — доля по календарю."


def form_of(measure: str) -> Format:
    """How a measure of the plan looks."""
    return "money" if measure in MONEY else "percent" if measure in SHARES else "count"


def table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: `metrics.reports.plan_fact`. Out: its rows, each number in the unit of its measure."""
    measures = frame["measure"].tolist()
    lanes: list[list[Cell]] = []
    formats: dict[tuple[int, int], Format] = {}
    for place, column in enumerate(tab.columns):
        values = frame[column.key]
        if column.key in _OWN:
            lanes.append([_cell(v, form_of(m)) for v, m in zip(values, measures, strict=True)])
            formats |= {(row, place): form_of(m) for row, m in enumerate(measures)}
        elif column.key == "deviation":
            plain = frame["verdict"].eq("в плане")
            forms = [_deviation_form(m, plain=p) for m, p in zip(measures, plain, strict=True)]
            lanes.append([_points(v, f) for v, f in zip(values, forms, strict=True)])
            formats |= {(row, place): form for row, form in enumerate(forms)}
        else:
            words = values.map(MEASURE_WORDS) if column.key == "measure" else values
            lanes.append(cells(words, column.format))
    rows = [list(row) for row in zip(*lanes, strict=True)]
    unknown = (~frame["known"].astype(bool)).to_numpy().nonzero()[0].tolist()
    notes = reasons(frame, rows, tab.columns, settings) | {(at, 1): _NO_CHANNEL for at in unknown}
    return Table(tab, tab.columns, rows, notes=notes, formats=formats)


def _cell(value: float, form: Format) -> Cell:
    return cells(pd.Series([value]), form)[0]


def _deviation_form(measure: str, *, plain: bool) -> Format:
    """What is within the plan is neither good nor bad."""
    if measure in SHARES:
        return "points_plain" if plain else "points_bad" if measure in LESS else "points"
    return "change_plain" if plain else "change_bad" if measure in LESS else "change"


def _points(value: float, form: Format) -> Cell:
    return _cell(value * 100 if form.startswith("points") else value, form)


def _not_begun(row: Mapping[str, Any], settings: Settings) -> bool:
    month: pd.Timestamp = row["month"]
    return day_number(month.date()) >= day_number(settings.as_of)


def _reason(row: Mapping[str, Any], settings: Settings) -> str:
    """Why a number of a row is empty."""
    if _not_begun(row, settings):
        return "Пусто: в этом месяце ещё нет ни одного полного дня."
    if row["measure"] in RATIOS:
        return "Пусто: делить не на что, план равен нулю или неизвестна маржа."
    if pd.isna(row["fact"]) or pd.isna(row["passed_weekdays"]):
        return UNKNOWN_MARGIN
    return "Пусто: план или прошедшая доля равны нулю."


def _of_parts(row: Mapping[str, Any], settings: Settings) -> str:
    """Why a share that has passed is empty."""
    if not _not_begun(row, settings) and row["measure"] in RATIOS:
        return "Пусто: отношение считается по факту и темпу своих частей."
    return _reason(row, settings)


TAB = Tab(
    "plan_fact",
    "План-факт",
    (
        Column("Месяц", "month", "month", 10, "Месяц плана."),
        Column("Канал", "channel", "text", 27, "Канал из «План»; «Все» — клиника целиком."),
        Column("Показатель", "measure", "text", 16, "Что запланировано."),
        Column("План", "plan", "count", 13, "Из вкладки «План».",
               definition=Definition("Из вкладки «План»; из повторов — нижняя строка", "никогда")),
        Column("Факт", "fact", "count", 13, "С первого дня месяца по вчерашний, каждый факт на своей дате.",
               reason=_reason,
               definition=Definition("Показатель с 1-го числа по последний полный день месяца, по кассе",
                                     "месяц не начался, неизвестна маржа или нечего делить")),
        Column("Выполнение", "completion", "percent", 12, "Факт / План.", reason=_reason,
               definition=Definition("Факт / План", "факта нет или план равен нулю")),
        Column("Прошло календаря", "passed_calendar", "percent", 12, "Прошедшие дни / дни месяца.",
               reason=_of_parts,
               definition=Definition("Прошедшие дни / дни месяца", "у отношений; месяц не начался")),
        Column("Прошло по дням недели", "passed_weekdays", "percent", 13,
               "Вес прошедших дней / вес месяца. " + _WEEKDAYS, reason=_of_parts,
               definition=Definition("Вес прошедших дней / вес всех дней месяца",
                                     "у отношений; месяц не начался или неизвестна маржа", f"{_WEEKDAYS} {_FRESH}")),
        Column("Темп по календарю", "pace_calendar", "count", 13, "Факт / Прошло календаря.", reason=_reason,
               definition=Definition("Факт / Прошло календаря; у отношений — из темпа частей",
                                     "факта нет или не прошло ничего")),
        Column("Темп по дням недели", "pace_weekdays", "count", 13,
               "Факт / Прошло по дням недели: чем кончится месяц, если пойдёт как идёт.", reason=_reason,
               definition=Definition("Факт / Прошло по дням недели; у отношений — из темпа частей",
                                     "факта нет или не прошло ничего",
                                     "Выходные слабее будней, поэтому календарь обманывает в начале и в конце месяца.")),
        Column("Отклонение", "deviation", "change", 13, "Темп по дням недели / План − 1; у ROMI и ДРР — разность.",
               reason=_reason,
               definition=Definition("Темп по дням недели / План − 1; у ROMI и ДРР — темп − план, п.п.",
                                     "темпа нет или план равен нулю")),
        Column("Вывод", "verdict", "text", 15, "В плане — отклонение не больше 5 % (п.п.) в обе стороны."),
    ),
    report=plan_fact,
    table=table,
    row_key=("Месяц", "Канал", "Показатель"),
    freeze=3,
    colour=TAB_OWNER,
)  # fmt: skip
