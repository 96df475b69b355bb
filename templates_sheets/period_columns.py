"""Columns of the period reports from «Лиды» on: what they mean and why a cell is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

from metrics.measures.ltv import YEAR
from metrics.measures.ratios import PERIOD_RATIOS, WORTH_RATIOS, Ratio
from metrics.settings import Ltv, Settings
from metrics.wording import counted
from templates_sheets.plain import UNKNOWN_MARGIN
from templates_sheets.tab import Column, Definition, Format, Reason

#: How each LTV variant is called, in «Настройки» and in the hint of the column.
LTV_WORDS: dict[Ltv, str] = {
    "ltv_12m": "наблюдённая за 12 месяцев",
    "ltv_s0": "маржа визита × визиты × удержание",
    "ltv_s1": "средний чек × визиты × маржа",
    "ltv_s3": "(AvP − COGS) × RPR × Lifetime",
}
UNKNOWN_LTV = "Пусто: среди оплат этих пациентов есть такие, где маржа неизвестна."
NOTHING_TO_DIVIDE = (
    "Пусто: этой формуле LTV не на что делить. Никто из пациентов не вернулся, или их выручка ноль."
)


def _no_ltv(row: Mapping[str, Any], settings: Settings) -> str:
    """A year is watched by enough patients, then money or the formula is at fault; or by too few."""
    if row["ltv_days"] == YEAR:
        return UNKNOWN_LTV if isnan(row["ltv_12m"]) else NOTHING_TO_DIVIDE
    people = counted(settings.ltv_min_patients, "пациент", "пациента", "пациентов")
    later = "" if isnan(row["ltv_now"]) else " Пока смотрите «LTV на сегодня»."
    return f"Рано: нужно, чтобы хотя бы {people} наблюдались 365 дней.{later}"


def ratio_column(ratio: Ratio) -> Column:
    """The column of a ratio; its note stands in rows that have a cost, where a reader would ask."""

    def reason(row: Mapping[str, Any], _: Settings) -> str:
        return ratio.reason if row["cost"] > 0 else ""

    line = Definition(ratio.formula, ratio.empty, ratio.why, section=ratio.section)
    sides = (f"{ratio.title} от", f"{ratio.title} до") if ratio.band else None
    return Column(
        ratio.title, ratio.key, ratio.unit, ratio.width, ratio.hint,
        band=ratio.band, bounds=sides, reason=reason, definition=line,
    )  # fmt: skip


def _no_bounds(text: str) -> Callable[[Mapping[str, Any], Settings], str]:
    """Why an interval is empty, in rows that have a cost, where a reader would ask."""
    return lambda row, _: text if row["cost" if "cost" in row else "ac"] > 0 else ""


_NOBODY = _no_bounds("Пусто: долю считать не из кого.")
_NO_MARGIN = _no_bounds(
    "Пусто: ни один новый пациент маржи не принёс или у части их оплат она неизвестна."
)
_NO_PATIENT = _no_bounds("Пусто: новых пациентов нет, верхней границы у их цены тоже.")
_NO_LTV = _no_bounds("Пусто: «LTV (12 мес)» пуст, не больше нуля или выбрана другая его формула.")
_NO_WORTH = _no_bounds("Пусто: нет границ у LTV или у CAC.")


def bounds_columns(
    title: str, key: str, form: Format, width: int, line: Definition, reason: Reason
) -> tuple[Column, Column]:
    """The columns «… от» and «… до» of a number, in the closed group of intervals."""
    worth = "С вероятностью 95 % настоящее значение не"
    low, high = (
        Column(f"{title} {end}", f"{key}_{side}", form, width, f"{worth} {word} этого.",
               reason=reason, definition=line, group="bounds")
        for end, side, word in (("от", "low", "меньше"), ("до", "high", "больше"))
    )  # fmt: skip
    return low, high


_PEOPLE, _MONEY, _LTV = "Обращения и пациенты", "Деньги", "LTV"
INTERVALS = "Насколько это точно"
CHANNEL = Column(
    "Канал", "channel", "text", 27, "Откуда пришёл пациент: по правилам «Каналы».",
    definition=Definition(
        "Первое подходящее правило из «Каналы» для касания, которому модель атрибуции отдала пациента",
        "«Не определён», если не подошло ни одно",
        "Канал остаётся за пациентом навсегда: его повторные оплаты тоже идут каналу, который его "
        "привёл.",
        section=_PEOPLE,
    ),
)  # fmt: skip
_MEASURES = (
    Column(
        "Лиды", "leads", "count", 9, "Обращения за период без спама, дублей и повторных.",
        definition=Definition(
            "Обращения, созданные в периоде, без спама, дублей и повторных обращений. Уникальный "
            "входящий звонок — тоже лид",
            "никогда: если не было, стоит 0",
            "Второе обращение того же человека раньше чем через 30 дней — дубль (срок меняется в "
            "«Настройки»). Заявка и пациент — не одно и то же: окупаемость считаем по оплатам, а "
            "не по заявкам.",
            section=_PEOPLE,
        ),
    ),
    Column(
        "Записи", "bookings", "count", 9, "Пациенты, чья первая запись сделана в периоде.",
        definition=Definition(
            "Пациенты, чья первая запись сделана в периоде, чем бы она ни кончилась", "никогда",
            section=_PEOPLE,
        ),
    ),
    Column(
        "Визиты", "visits", "count", 9, "Пациенты, чей первый визит состоялся в периоде.",
        definition=Definition(
            "Пациенты, чей первый визит состоялся в периоде", "никогда",
            "Визит — запись со статусом «пришёл» или «завершён».", section=_PEOPLE,
        ),
    ),
    Column(
        "Маржа", "margin", "money", 14,
        "Оплаты периода за вычетом себестоимости, по дате оплаты (касса).",
        reason=UNKNOWN_MARGIN,
        definition=Definition(
            "Выручка минус себестоимость каждой оплаты. Если себестоимости нет: оплата × доля маржи "
            "её направления или клиники, с точностью до копейки",
            "у оплаты не известны ни себестоимость, ни доля маржи. Тогда пусты и ROMI, LTV, CM, "
            "которые из неё сделаны",
            "Пустая маржа честнее нуля. Сколько таких оплат, сказано в «Качество данных».",
            section=_MONEY,
        ),
    ),
    Column(
        "Расходы", "cost", "money", 14, "Расходы на рекламу за дни периода.",
        definition=Definition(
            "Расходы на рекламу. Расход за несколько дней делится на них поровну, остаток копеек — "
            "на последний день",
            "никогда",
            "Если расход канала за день есть в двух источниках, берётся один: Директ, затем "
            "Метрика, файл, таблица.",
            section=_MONEY,
        ),
    ),
    Column(
        "LTV (12 мес)", "ltv", "money", 13, "Маржа с одного пациента за первый год.",
        reason=_no_ltv,
        definition=Definition(
            "Наблюдённая маржа нового пациента за 365 дней с первой оплаты. Каждый день жизни "
            "делится на тех, кто до него дожил: Σ маржа дня / пациенты, которых видно этот день",
            "год наблюдаются меньше 10 пациентов или маржа неизвестна",
            "Без прогнозов и коэффициентов: столько пациент действительно принёс. Число пациентов и "
            "срок меняются в «Настройки».",
            section=_LTV,
        ),
    ),
    Column(
        "Вывод", "verdict", "text", 58, "Что видно по строке и что проверить.", wrap=True,
        definition=Definition(
            "Место на шкале, которое не хуже с вероятностью 95 %; правило LTV ≥ 3 × CAC; самое слабое "
            "место пути, если оно ниже 0,8 среднего по клинике и даже его «до» ниже среднего",
            "меньше 3 новых пациентов (меняется в «Настройки») — «мало данных»",
            "«Не ниже: норма» значит, что ROMI может быть и выше. «Мало данных: от … до …» — что по "
            "этим пациентам нельзя сказать, прибылен ли канал.",
            section="Окупаемость",
        ),
    ),
    Column(
        "Комментарий", "", "text", 30,
        "Пишите сюда: комментарий остаётся у своей строки, куда бы она ни переехала.",
        wrap=True, comment=True,
    ),
    Column(
        "Новые пациенты", "new_patients", "count", 11,
        "Пациенты, чья первая оплата пришлась на период.",
        definition=Definition(
            "Пациенты, чья первая оплата пришлась на период", "никогда",
            "Возврат, бонус и списание с баланса первой оплатой не считаются.", section=_PEOPLE,
        ),
    ),
    Column(
        "Повторные визиты", "repeat_visits", "count", 12, "Визиты периода, кроме первых.",
        definition=Definition("Остальные состоявшиеся визиты периода", "никогда", section=_PEOPLE),
    ),
    Column(
        "Повторные обращения", "repeat_requests", "count", 13,
        "Обращения тех, кто уже был в клинике. В лиды не входят.",
        definition=Definition(
            "Обращения людей, которые уже были в клинике больше чем за 24 часа до этого", "никогда",
            "Реклама их не привлекла, поэтому в лидах, CPL и конверсиях их нет.", section=_PEOPLE,
        ),
    ),
    Column(
        "Договоры", "contracts", "count", 11,
        "Пациенты с первым визитом и первой оплатой; дата — поздняя из двух.",
        definition=Definition(
            "Пациенты, у которых есть и первый визит, и первая оплата. Дата — более поздняя из двух",
            "никогда", section=_PEOPLE,
        ),
    ),
    Column(
        "Выручка", "revenue", "money", 14, "Оплаты за вычетом возвратов, по дате оплаты.",
        definition=Definition(
            "Сумма оплат, предоплат и страховых минус возвраты, по дате оплаты", "никогда",
            "Бонусы и списания с баланса выручки не делают.", section=_MONEY,
        ),
    ),
    Column(
        "LTV на сегодня", "ltv_now", "money", 12,
        "Маржа с пациента за столько дней, сколько уже наблюдаем (следующая колонка).",
        definition=Definition(
            "То же за 30, 90, 180 или 365 дней — сколько уже наблюдают хотя бы у 10 пациентов",
            "даже 30 дней наблюдаются меньше 10 пациентов", section=_LTV,
        ),
    ),
    Column(
        "LTV: дней", "ltv_days", "count", 9,
        "30, 90, 180 или 365: за сколько дней посчитан «LTV на сегодня».",
        definition=Definition(
            "За сколько дней посчитан «LTV на сегодня»", "«LTV на сегодня» пуст", section=_LTV
        ),
    ),
    Column(
        "Визиты на сайт", "sessions", "count", 11, "Визиты по Яндекс.Метрике.",
        definition=Definition(
            "Визиты по Яндекс.Метрике без роботов", "Метрика не подключена", section=_PEOPLE
        ),
    ),
    Column(
        "Достижения целей", "goal_reaches", "count", 13,
        "Достижения целей Метрики. К лидам не прибавляются.",
        definition=Definition(
            "Достижения выбранных целей Метрики", "Метрика не подключена",
            "К лидам не прибавляются: одна заявка может достичь нескольких целей.", section=_PEOPLE,
        ),
    ),
)  # fmt: skip


def _placed(columns: tuple[Column, ...], ratios: tuple[Ratio, ...]) -> tuple[Column, ...]:
    """The columns with each ratio after the one that it names."""
    placed = list(columns)
    for ratio in ratios:
        at = [column.key for column in placed].index(ratio.after)
        placed.insert(at + 1, ratio_column(ratio))
    return tuple(placed)


_WILSON = Definition(
    "Интервал Уилсона, 95 %, для доли из стольких-то человек",
    "считать долю не из кого",
    "Из 20 лидов записались 10 — это может быть и 30 %, и 70 %. Пока «до» одного канала выше «от» "
    "другого, разницы между ними не доказано.",
    name="Лид→запись, Доходимость, Визит→договор, CR: от, до",
    section=INTERVALS,
)
_SUM = Definition(
    "Интервал Фэя – Фойера, 95 %, для суммы маржи по людям: разброс между пациентами и их число",
    "расходов нет, маржа неизвестна или ни один новый пациент маржи не принёс",
    "Один дорогой пациент может сделать весь ROMI. По этим границам стоит «Вывод» и цвет.",
    name="ROMI новых, CM: от, до",
    section=INTERVALS,
)
_PRICE = Definition(
    "Расходы / границы числа новых пациентов (Фэй – Фойер, 95 %)",
    "расходов нет; «до» — ещё и если нет ни одного нового пациента",
    name="CAC: от, до",
    section=INTERVALS,
)
_LTV_LINE = Definition(
    "LTV × e^±z·√V/LTV, 95 %: V — разброс по Лоулессу и Надо с учётом тех, кого видно не весь год",
    "пуст LTV, он не больше нуля или выбрана другая формула LTV",
    name="LTV, LTV / CAC: от, до",
    section=INTERVALS,
)
_BOUNDS = (
    *bounds_columns("ROMI новых", "romi_new", "percent", 11, _SUM, _NO_MARGIN),
    *bounds_columns("CAC", "cac", "money", 11, _PRICE, _NO_PATIENT),
    *bounds_columns("LTV", "ltv", "money", 12, _LTV_LINE, _NO_LTV),
    *bounds_columns("LTV / CAC", "ltv_cac", "ratio", 9, _LTV_LINE, _NO_WORTH),
    *bounds_columns("Лид→запись", "cr_lead_booking", "percent", 13, _WILSON, _NOBODY),
    *bounds_columns("Доходимость", "cr_booking_visit", "percent", 14, _WILSON, _NOBODY),
    *bounds_columns("Визит→договор", "cr_visit_contract", "percent", 16, _WILSON, _NOBODY),
)
UNIT_BOUNDS = (
    *bounds_columns("CR", "cr", "percent", 9, _WILSON, _NOBODY),
    *bounds_columns("CAC", "cac", "money", 11, _PRICE, _NO_PATIENT),
    *bounds_columns("CM", "cm", "money", 14, _SUM, _NO_MARGIN),
)

COLUMNS = (*_placed(_MEASURES, (*PERIOD_RATIOS, *WORTH_RATIOS)), *_BOUNDS)


def reason(key: str, row: Mapping[str, Any], settings: Settings) -> str:
    """Why the number `key` of a period report's row is empty; "" where nobody would ask."""
    column = next(column for column in COLUMNS if column.key == key)
    words = column.reason
    return words if isinstance(words, str) else words(row, settings)
