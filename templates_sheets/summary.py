"""«Сводка»: the page an owner prints: key numbers with their change, verdicts, charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from math import isnan
from typing import Any

import pandas as pd

from metrics.reports.actions import actions
from metrics.reports.alerts import BEHIND, MONEY_RULES
from metrics.reports.summary import summary
from metrics.settings import TOTAL, Settings
from metrics.sources import SourceFreshness
from metrics.wording import counted, number, roubles
from templates_sheets.cells import cells
from templates_sheets.look import TAB_OWNER
from templates_sheets.period_columns import reason
from templates_sheets.tab import Cell, Chart, Column, Format, Tab, Table
from templates_sheets.typed import Complaint


@dataclass(frozen=True)
class _KeyNumber:
    """A key number: the column of the channel report, its words; whether growth is good; the tab
    behind it."""

    key: str
    title: str
    format: Format
    meaning: str
    good: bool = True
    behind: str = "channel_report"


LINES = (
    _KeyNumber("leads", "Лиды", "count", "обращения без спама, дублей и повторных"),
    _KeyNumber("bookings", "Записи", "count", "первые записи пациентов"),
    _KeyNumber("visits", "Визиты", "count", "первые визиты пациентов"),
    _KeyNumber("contracts", "Договоры", "count", "пациенты с визитом и оплатой"),
    _KeyNumber("new_patients", "Новые пациенты", "count", "первые оплаты"),
    _KeyNumber("revenue", "Выручка", "money", "оплаты за вычетом возвратов", behind="services"),
    _KeyNumber("margin", "Маржа", "money", "выручка без себестоимости"),
    _KeyNumber("cost", "Расходы", "money", "реклама", good=False),
    _KeyNumber("romi", "ROMI", "percent", "(маржа − расходы) / расходы"),
    _KeyNumber("romi_new", "ROMI новых", "percent", "то же по новым пациентам периода"),
    _KeyNumber("cpl", "CPL", "money", "цена лида", good=False),
    _KeyNumber("cac", "CAC", "money", "цена платящего пациента", good=False),
    _KeyNumber("ltv", "LTV (12 мес)", "money", "маржа с пациента за год"),
    _KeyNumber("ltv_cac", "LTV / CAC", "ratio", "правило: не меньше 3"),
    _KeyNumber("avg_check_visit", "Средний чек", "money", "выручка / оплаченные визиты"),
    _KeyNumber(
        "cr_booking_visit", "Доходимость", "percent", "доля записавшихся лидов, которые пришли"
    ),
)
_HEAD_OF_CHANNELS = ("Каналы", "ROMI новых", "Было", "Изменение", "Вывод")
_HEAD_OF_ACTIONS = ("Что сделать", "Почему", "Эффект за 90 дней", "Где смотреть")
_BOLD = ("Что сделать", "Период", "Каналы", "Внимание")
_WHY, _EFFECT, _WHERE = 1, 2, 3
_ESTIMATE = "Оценка: сколько это даст за 90 дней, если всё остальное не изменится."
_NO_LTV_BEFORE = "LTV известен на день отчёта, а не за период: сравнивать не с чем."
#: Rows that are no number lead elsewhere.
_LEADS = {"Период": "settings", "Внимание": "journal", "Обновлено": "journal"}
#: How many channels get a line of their own.
_CHANNELS = 6

_NOW, _BEFORE, _CHANGE = 1, 2, 3


def table(
    tab: Tab,
    channel_report: pd.DataFrame,
    frame: pd.DataFrame,
    actions: pd.DataFrame,
    alerts: pd.DataFrame,
    settings: Settings,
    at: datetime,
    sources: Sequence[SourceFreshness],
    complaints: Sequence[Complaint],
) -> Table:
    """The page from the channel report of the period and of as many days before it (`frame`).

    Out: what to do; the period; the key numbers; the dearest channels with their ROMI and verdict;
    the dearest row of «Внимание»; what must be known before the numbers are believed («CRM: данные
    от 12.05»); the time of the run.
    """
    now, then = _records(channel_report), _records(frame)
    channels = channel_report["channel"].to_list()[:-1][:_CHANNELS]
    verdicts = [_KeyNumber("romi_new", c, "percent", now[c]["verdict"]) for c in channels]
    lines: list[tuple[_KeyNumber | None, str]] = [(line, TOTAL) for line in LINES]
    lines += [(None, ""), *((line, line.title) for line in verdicts)] if verdicts else []
    todo = _actions(actions)
    rows: list[list[Cell]] = [*todo, _period(settings)]
    formats = _formats_of_actions(len(todo))
    for line, name in lines:
        if line is not None:
            formats |= _formats(len(rows), line)
        rows.append(_row(line, now[name], then.get(name, {})) if line else list(_HEAD_OF_CHANNELS))
    alarm = _alarm(alerts, settings.as_of - timedelta(days=1))
    links = {(place, 0): "alerts" for place in range(len(rows), len(rows) + len(alarm))}
    sentences = (*alarm, *warnings(sources, complaints))
    rows += [["Внимание", None, None, None, text] for text in sentences]
    formats[len(rows), _NOW] = "datetime"
    rows.append(["Обновлено", at.replace(tzinfo=None, microsecond=0), None, None, None])
    leads = {line.title: line.behind for line in (*LINES, *verdicts)} | _LEADS
    return Table(
        tab,
        tab.columns,
        rows,
        _notes(rows, len(todo), now[TOTAL], settings),
        frozenset(place for place, row in enumerate(rows) if row[0] in _BOLD),
        formats,
        bands=settings.bands,
        links={(at, 0): leads[str(row[0])] for at, row in enumerate(rows) if row[0] in leads}
        | links
        | {(1 + at, _WHERE): key for at, key in enumerate(actions["tab"])},
    )


def _period(settings: Settings) -> list[Cell]:
    """The report's period beside as many days before it."""
    days = settings.last - settings.first + timedelta(days=1)
    earlier = (settings.first - days, settings.first - timedelta(days=1))
    long = counted(days.days, "день", "дня", "дней")
    return ["Период", _span(settings.first, settings.last), _span(*earlier), None, long]


def _formats_of_actions(count: int) -> dict[tuple[int, int], Format]:
    """Those of «Что сделать»: its sub-head and as many rows as make `count` with it."""
    formats: dict[tuple[int, int], Format] = {}
    for place in range(count):
        effect: Format = "money" if place else "text"
        formats |= {(place, _WHY): "text", (place, _EFFECT): effect, (place, _WHERE): "text"}
    return formats


def _notes(
    rows: list[list[Cell]], begin: int, total: dict[str, Any], settings: Settings
) -> dict[tuple[int, int], str]:
    """Why key numbers are empty; they stand among the rows from `begin` on."""
    places = {str(row[0]): at for at, row in enumerate(rows[: begin + len(LINES) + 1])}
    notes = {
        (places[line.title], _NOW): text
        for line in LINES
        if rows[places[line.title]][_NOW] is None and (text := reason(line.key, total, settings))
    }
    for place in (places["LTV (12 мес)"], places["LTV / CAC"]):
        if rows[place][_BEFORE] is None:
            notes[place, _BEFORE] = _NO_LTV_BEFORE
    return notes | {(0, _EFFECT): _ESTIMATE}


def _actions(frame: pd.DataFrame) -> list[list[Cell]]:
    """The sub-head of «Что сделать» and its rows."""
    effects = cells(frame["effect"], "money")
    rows = zip(frame["action"], frame["why"], effects, frame["where"], strict=True)
    return [[*_HEAD_OF_ACTIONS, None], *([*row, None] for row in rows)]


def _alarm(alerts: pd.DataFrame, day: date) -> list[str]:
    """The dearest row of «Внимание» of `day`, and how many others it has; [] if it has none."""
    fresh = alerts[alerts["day"] == pd.Timestamp(day)].sort_values(
        ["effect", "rule", "channel"], ascending=[False, True, True]
    )
    if fresh.empty:
        return []
    row = fresh.iloc[0]
    show = roubles if row["rule"] in MONEY_RULES else partial(number, digits=1)
    before, after = (show(row[side]).removesuffix(",0") for side in ("before", "after"))
    causes = f" ({row['causes']})" if row["causes"] else ""
    others = f" Ещё строк: {len(fresh) - 1}." if len(fresh) > 1 else ""
    span = "за месяц" if row["rule"] == BEHIND else "за неделю"
    sentence = f"{row['rule']}, {row['channel']}: {after} вместо {before} {span}{causes}"
    return [f"{sentence}, это {roubles(row['effect'])}.{others}"]


def warnings(sources: Sequence[SourceFreshness], complaints: Sequence[Complaint]) -> list[str]:
    """What must be read before the numbers: sources on old rows, refused rows, wrong cells."""
    stale = [s for s in sources if s.stale]
    sentences = [f"{s.name}: {s.since}." for s in stale]
    if refused := sum(s.refused for s in sources):
        sentences.append(f"Отказано строк: {refused}. Какие и почему — во вкладке «Журнал».")
    if complaints:
        sentences.append(f"Ячеек с ошибкой в настройках и расходах: {len(complaints)} — «Журнал».")
    return sentences


def _row(line: _KeyNumber, now: dict[str, Any], before: dict[str, Any]) -> list[Cell]:
    values = [record.get(line.key, float("nan")) for record in (now, before)]
    shown = cells(pd.Series(values, dtype="float64"), line.format)
    return [line.title, *shown, _change(values[0], values[1], line), line.meaning]


def _records(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows of a channel report by channel."""
    records = frame.to_dict("records")
    return {record["channel"]: {str(k): v for k, v in record.items()} for record in records}


def _span(first: date, last: date) -> str:
    return f"{first:%d.%m.%y} – {last:%d.%m.%y}"


def _change(now: float, before: float, line: _KeyNumber) -> float | None:
    """Growth against the period before: points for percents, else a share; None from nothing."""
    if isnan(now) or isnan(before):
        return None
    if line.format == "percent":
        return (now - before) * 100
    return (now - before) / before if before > 0 else None


def _formats(place: int, line: _KeyNumber) -> dict[tuple[int, int], Format]:
    change: Format = "change" if line.good else "change_bad"
    return {
        (place, _NOW): line.format,
        (place, _BEFORE): line.format,
        (place, _CHANGE): "points" if line.format == "percent" else change,
    }


TAB = Tab(
    "summary",
    "Сводка",
    (
        Column("Показатель", "title", "text", 30, "Главные числа клиники за период отчёта. Название ведёт на вкладку, где число разложено.", wrap=True),
        Column("Сейчас", "now", "count", 28, "За период отчёта.", wrap=True),
        Column("Было", "before", "count", 19, "За такой же период перед ним."),
        Column("Изменение", "change", "change", 20, "Сейчас против «Было»; у процентов — в пунктах."),
        Column("Пояснение", "note", "text", 48, "Что это за число и что делать.", wrap=True),
    ),
    report=summary,
    also=(actions,),
    table=table,
    always=True,
    row_key=("Показатель",),
    filters=False,
    charts=(
        Chart(
            "summary_funnel", "Воронка: от лида до пациента", "bar", "Показатель", ("Сейчас",),
            rows="Лиды…Новые пациенты", anchor="A+2", width=540, height=300,
        ),
        Chart(
            "summary_channels", "Расходы и ROMI новых по каналам", "column", "Канал", ("Расходы",),
            second=("ROMI новых",), of="channel_report", rows="first:8", anchor="D+2", width=486, height=300,
        ),
        Chart(
            "summary_weeks", "Лиды и маржа по неделям", "column", "Изменение", ("Лиды",),
            second=("Маржа",), of="weekly", across=True, anchor="A+18", width=1034, height=260,
        ),
    ),
    colour=TAB_OWNER,
    landscape=False,
    one_page=True,
)  # fmt: skip
