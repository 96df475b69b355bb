"""«Настройки»: the clinic's choices in Russian words; a filled cell stands above the clinic's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from metrics.coded import fold
from metrics.settings import Settings, compared_period, working_minutes
from templates_sheets.look import TAB_INPUT
from templates_sheets.models import MODEL_WORDS
from templates_sheets.period_columns import LTV_WORDS
from templates_sheets.tab import Cell, Column, Format, Tab, Table
from templates_sheets.typed import CellError, Complaint, complain, day, share, text, whole, word

_TITLE, _VALUE, _EFFECTIVE = 0, 1, 2

#: Kinds of costs in words; `metrics.settings.COST_ORDER` is their usual order.
_SOURCES = {
    "Директ": "direct",
    "VK Реклама": "vk_ads",
    "Авито": "avito",
    "Метрика": "metrica",
    "файл": "file",
    "загрузка": "upload",
    "таблица": "sheet",
}
#: The setting of the Metrica source, kept apart from the report's.
GOALS = "goals"
#: What a complaint says is used instead.
CLINICS = "взято то, что записано для клиники"


@dataclass(frozen=True)
class Setting:
    """One row: the field of the report's settings, its title, how a cell of it is read."""

    key: str
    title: str
    meaning: str
    read: Callable[[Cell], Any]
    format: Format = "text"
    choices: tuple[str, ...] = ()


def _of_words(key: str, title: str, meaning: str, words: Mapping[str, Any]) -> Setting:
    return Setting(key, title, meaning, partial(word, choices=words), choices=tuple(words))


def _of_number(key: str, title: str, meaning: str, low: int, high: int) -> Setting:
    return Setting(key, title, meaning, partial(whole, low=low, high=high), "count")


def _cost_order(cell: Cell) -> tuple[str, ...]:
    names = [part.strip() for part in text(cell).replace(";", ",").split(",") if part.strip()]
    order = tuple(word(name, _SOURCES) for name in names)
    if not order or len(set(order)) != len(order):
        raise CellError(
            "источники через запятую, каждый один раз, например «Директ, Метрика, файл, таблица»"
        )
    return order


def _work_hours(cell: Cell) -> str:
    try:
        working_minutes(text(cell))
    except ValueError as wrong:
        raise CellError(str(wrong)) from None
    return text(cell)


def _names(cell: Cell) -> tuple[str, ...]:
    return tuple(part.strip() for part in text(cell).split(";") if part.strip())


def _goals(cell: Cell) -> tuple[int | str, ...]:
    return tuple(int(name) if name.isdecimal() else name for name in _names(cell))


_SPREAD_WORDS = {"не делить": "none", "делить по лидам": "leads"}
_BAND_WORDS = {"от окупаемости (0 %)": "margin", "как в статье (100 %)": "s1"}
_MOST = 10**6

SETTINGS = (
    Setting("first", "Период с", "Первый день отчёта. Пусто — 90 дней по вчерашний день.", day, "date"),
    Setting("last", "Период по", "Последний день отчёта, входит в него.", day, "date"),
    Setting("compare_from", "Сравнить с периодом с", "Первый день периода, с которым сравнивает «Сравнение». Пусто — столько же дней перед отчётом.", day, "date"),
    Setting("compare_to", "Сравнить с периодом по", "Последний день этого периода. Пусто — день перед отчётом.", day, "date"),
    Setting("changed_since", "Что изменилось с", "С тем, что таблица показывала в этот день или раньше, сравнивает «Что изменилось». Пусто — с тем, что она показывала до сегодняшнего дня.", day, "date"),
    Setting(
        "margin_rate", "Доля маржи",
        "Какая часть оплаты остаётся клинике там, где себестоимость не указана. Для отдельных "
        "направлений — в «Направления». Пусто и здесь, и там — маржа таких оплат неизвестна.",
        share, "percent",
    ),
    _of_words(
        "attribution", "Модель атрибуции", "Какое касание получает пациента. Меняет все вкладки; "
        "рядом все модели — в «Модели».", {v: k for k, v in MODEL_WORDS.items()},
    ),
    _of_words(
        "ltv", "Формула LTV", "Что показывать в «LTV (12 мес)». Все формулы — в «Определения».",
        {v: k for k, v in LTV_WORDS.items()},
    ),
    _of_words(
        "bands", "Шкала ROMI", "С какого ROMI канал считать прибыльным. В статье убыток начинается "
        "ниже 100 %, хотя по её же формуле ноль прибыли — это 0 %.", _BAND_WORDS,
    ),
    _of_number("lookback_days", "Касания за, дней", "За сколько дней до обращения искать касания.", 1, 730),
    _of_number("duplicate_days", "Дубль обращения, дней", "Второе обращение того же человека за столько дней — дубль.", 0, 365),
    _of_number("lead_max_age_days", "Обращение ведёт к записи, дней", "Более старое обращение с записью не связывается.", 1, 3650),
    _of_number("call_minutes", "Звонок после визита на сайт, минут", "За сколько минут звонок ещё связан с визитом на сайт.", 1, 1440),
    _of_number("call_lead_minutes", "Звонок и заявка — одно, минут", "Звонок раньше или позже заявки того же человека не больше чем на столько минут — её звонок, а не новый лид.", 0, 1440),
    _of_number("match_hours", "Сверка: часов между", "За сколько часов контакт коллтрекинга и строка CRM — одно обращение.", 1, 720),
    _of_number("callback_hours", "Перезвонить за, часов", "За сколько часов после пропущенного звонка разговор считается ответом на него.", 1, 720),
    Setting("work_hours", "Часы работы", "Когда ждут быстрого ответа на форму и чат, например 09:00–21:00.", _work_hours),
    _of_number("ltv_window_months", "LTV: за сколько месяцев", "Пациенты, пришедшие раньше, в LTV не входят.", 1, 120),
    _of_number("ltv_min_patients", "LTV: не меньше пациентов", "Если год наблюдаются меньше пациентов, LTV пуст.", 1, _MOST),
    _of_number("forecast_min_repeaters", "Прогноз: не меньше повторных", "Если полгода назад повторно приходили меньше пациентов, прогноз не делается.", 1, _MOST),
    Setting(
        "forecast_max_error", "Прогноз: допустимая ошибка",
        "Если на прошлом полугодии прогноз ошибся сильнее, он не показан.", share, "percent",
    ),
    _of_number("funnel_months", "Воронка: месяцев", "За сколько месяцев показывать «Воронку».", 1, 120),
    _of_number("cohort_months", "Когорты: месяцев", "За сколько месяцев показывать «Когорты».", 1, 120),
    _of_number(
        "min_patients", "Скрывать строки меньше, пациентов", "Строки «Воронки» и «Когорт» с меньшим "
        "числом новых пациентов складываются в «Прочее». 1 — не скрывать; 5 — если таблицу видят посторонние.", 1, _MOST,
    ),
    _of_number(
        "verdict_min_patients", "Вывод: не меньше новых пациентов",
        "Если новых пациентов меньше, в «Вывод» стоит только «мало данных».", 1, _MOST,
    ),
    _of_number(
        "action_min_effect", "Что сделать: эффект от, ₽",
        "Действия с меньшим эффектом за 90 дней в «Сводке» не показываются.", 0, 10**9,
    ),
    _of_number(
        "alert_min_effect", "Внимание: эффект от, ₽",
        "События с меньшим эффектом во «Внимание» не попадают и не отправляются.", 0, 10**9,
    ),
    _of_number(
        "phrases_top", "Ключевые фразы: строк",
        "Сколько самых дорогих фраз показать; остальные складываются в «Прочее» своей кампании.", 1, 10_000,
    ),
    Setting(
        "cost_order", "Чьи расходы важнее",
        "Если расход канала за день есть в двух источниках, берётся первый из списка; не названные здесь идут следом.",
        _cost_order,
    ),
    _of_words(
        "spread_costs", "Расходы без направления", "Оставить в «Без направления» или разделить по "
        "направлениям лидов, которых они привели.", _SPREAD_WORDS,
    ),
    Setting(
        "hide_tabs", "Скрыть вкладки", "Названия через точку с запятой. Вкладки остаются в таблице и "
        "обновляются, их только не видно; «Настройки» скрыть нельзя.", _names,
    ),
    _of_number("keep_uploads", "Хранить загруженные файлы, дней", "Сколько дней сервис хранит файл, принятый на странице клиники. 0 — не хранить: остаются только строки, без имён и телефонов.", 0, 365),
    Setting(
        GOALS, "Цели Метрики", "Номера или названия целей через точку с запятой; из них «Достижения "
        "целей». Пусто — те, что записаны для клиники, а если и там пусто, все цели счётчика.", _goals,
    ),
)  # fmt: skip
_COMPARED = ("compare_from", "compare_to")
_BY_TITLE = {fold(s.title): s for s in SETTINGS}


def read(grid: Sequence[Sequence[Cell]]) -> tuple[dict[str, Any], list[Complaint]]:
    """Filled cells of «Настройки»: field -> value, and what was wrong with the others."""
    values: dict[str, Any] = {}
    complaints = []
    for index, row in enumerate(grid):
        title, cell = row[_TITLE], row[_VALUE]
        if not text(cell):
            continue
        setting = _BY_TITLE.get(fold(text(title)))
        if setting is None:
            expected = "название из первой колонки без изменений"
            complaints.append(
                complain(TAB.title, index, "Настройка", title, expected, "строка не учтена")
            )
            continue
        try:
            values[setting.key] = setting.read(cell)
        except CellError as wrong:
            complaints.append(
                complain(
                    TAB.title,
                    index,
                    "Значение",
                    cell,
                    str(wrong),
                    CLINICS,
                )
            )
    return values, complaints


def table(
    grid: Sequence[Sequence[Cell]],
    settings: Settings,
    goals: Sequence[int | str],
    own_complaints: Sequence[Complaint],
) -> Table:
    """In: what people typed, what the report was made with. Out: every setting, a row each.

    Rows stand where people left them, settings that are missing are added at the end.
    """
    typed = [[row[_TITLE], row[_VALUE]] for row in grid]
    there = {fold(text(title)) for title, _ in typed}
    typed += [[s.title, None] for s in SETTINGS if fold(s.title) not in there]
    settings_of_rows = [_BY_TITLE.get(fold(text(title))) for title, _ in typed]
    rows: list[list[Cell]] = [
        [title, value, _effective(s, settings, goals), s.meaning] if s else [title, value, None, None]
        for (title, value), s in zip(typed, settings_of_rows, strict=True)
    ]  # fmt: skip
    places = [(place, s) for place, s in enumerate(settings_of_rows) if s]
    return Table(
        TAB,
        TAB.columns,
        rows,
        notes={(c.row - 2, _VALUE): f"Ожидается {c.expected}; {c.used}." for c in own_complaints},
        formats={(p, at): s.format for p, s in places for at in (_VALUE, _EFFECTIVE)},
        choices={(p, _VALUE): s.choices for p, s in places if s.choices},
    )


def _effective(setting: Setting, settings: Settings, goals: Sequence[int | str]) -> Cell:
    """The value in force, as a cell."""
    if setting.key == GOALS:
        return "; ".join(str(goal) for goal in goals) or "все цели счётчика"
    if setting.key in _COMPARED:
        return compared_period(settings)[_COMPARED.index(setting.key)]
    value = getattr(settings, setting.key)
    if setting.key == "changed_since" and value is None:
        return "последний день до сегодняшнего"
    if setting.key == "cost_order":
        names = {code: name for name, code in _SOURCES.items()}
        return ", ".join(names[code] for code in value)
    if setting.key == "hide_tabs":
        return "; ".join(value) or "все видны"
    if setting.key == "margin_rate" and value is None:
        return "неизвестна"
    if isinstance(value, Decimal):
        return float(value)
    for name in setting.choices:
        if setting.read(name) == value:
            return name
    cell: Cell = value
    return cell


TAB = Tab(
    "settings",
    "Настройки",
    (
        Column("Настройка", "title", "text", 38, "Что можно изменить."),
        Column(
            "Значение", "", "text", 34,
            "Впишите или выберите своё. Пусто — берётся то, что записано для клиники.",
        ),
        Column("Действует сейчас", "effective", "text", 34, "С чем посчитан этот отчёт.", wrap=True),
        Column("Что это значит", "meaning", "text", 76, "На что влияет настройка.", wrap=True),
    ),
    table=table,
    read=read,
    filled_by="people",
    row_key=("Настройка",),
    filters=False,
    colour=TAB_INPUT,
)  # fmt: skip
