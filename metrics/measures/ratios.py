"""Ratios of the period reports: one declaration each – formula, column, empty cells, meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from metrics.coded import Floats
from metrics.sums import positive_ratio, ratio

Sums = Mapping[str, Floats]

_MONEY, _PAYBACK, _CONVERSIONS, _LTV = "Деньги", "Окупаемость", "Конверсии", "LTV"
_NO_MARGIN = "Пусто, потому что неизвестна маржа."


@dataclass(frozen=True)
class Ratio:
    """A quotient of whole sums of one row, and how it is shown.

    key      its column in a report's frame
    of       the formula: the row's sums (`period.Sums`) to the quotient, NaN where it is empty
    after    key of the column that it stands after in «Отчёт по каналам» and «Кампании»
    hint     the note on its header
    formula, empty, why, section   its line of «Определения»
    reason   the note beside its empty cell in a row that has a cost
    band     True: coloured by the ROMI bands
    """

    key: str
    title: str
    of: Callable[[Sums], Floats]
    after: str
    unit: Literal["money", "percent", "ratio"]
    width: int
    hint: str
    formula: str
    empty: str
    reason: str
    section: str
    why: str = ""
    band: bool = False


def _over(above: str, below: str) -> Callable[[Sums], Floats]:
    """above / below; empty where below is 0."""
    return lambda sums: ratio(sums[above], sums[below])


def _both(above: str, below: str) -> Callable[[Sums], Floats]:
    """above / below; empty where either is 0: a price of a free thing says nothing."""
    return lambda sums: positive_ratio(sums[above], sums[below])


def _gain(gain: str) -> Callable[[Sums], Floats]:
    """(gain − cost) / cost."""
    return lambda sums: ratio(sums[gain] - sums["cost"], sums["cost"])


#: In the order in which they are placed; each but the last may stand after the one before.
PERIOD_RATIOS = (
    Ratio(
        "cac", "CAC", _both("cost", "new_patients"), "cost", "money", 11,
        hint="Расходы / Новые пациенты: цена платящего пациента.",
        formula="Расходы / Новые пациенты",
        empty="расходов или новых пациентов нет",
        reason="Расходы есть, новых пациентов за период нет.",
        section=_MONEY,
        why="В статье о юнит-экономике CAC делится на число, которого в примере нет (100 000 / 20 "
        "при 15 пациентах). Здесь всегда на тех, кто заплатил.",
    ),
    Ratio(
        "romi", "ROMI", _gain("margin"), "ltv", "percent", 11,
        hint="(Маржа − Расходы) / Расходы. Маржа всех пациентов канала, новых и прежних.",
        formula="(Маржа − Расходы) / Расходы",
        empty="расходов нет или маржа неизвестна",
        reason=_NO_MARGIN,
        section=_PAYBACK,
        why="Маржа периода от всех пациентов канала, новых и прежних.",
    ),
    Ratio(
        "romi_new", "ROMI новых", _gain("margin_new"), "revenue", "percent", 11,
        hint="То же, что ROMI, но только с маржой новых пациентов периода. По нему — цвет и вывод.",
        formula="То же, но с маржой только тех, чья первая оплата пришлась на период",
        empty="расходов нет или маржа неизвестна",
        reason=_NO_MARGIN,
        section=_PAYBACK,
        why="По нему цвет и вывод: расходы периода сравниваются с теми, кого они привели.",
        band=True,
    ),
    Ratio(
        "cpl", "CPL", _both("cost", "leads"), "romi_new", "money", 10,
        hint="Расходы / Лиды: цена обращения.",
        formula="Расходы / Лиды",
        empty="расходов или лидов нет",
        reason="Расходы есть, лидов за период нет.",
        section=_MONEY,
    ),
    Ratio(
        "cost_per_booking", "Стоимость записи", _both("cost", "bookings"), "cpl", "money", 12,
        hint="Расходы / Записи: цена первой записи пациента.",
        formula="Расходы / Записи",
        empty="расходов или записей нет",
        reason="Расходы есть, записей за период нет.",
        section=_MONEY,
        why="Между CPL и CAC: растёт она, а CPL нет — обращения есть, но их не записывают.",
    ),
    Ratio(
        "cr_lead_booking", "Лид→запись", _over("cohort_booked", "cohort_leads"),
        "cost_per_booking", "percent", 13,
        hint="Доля лидов периода, которые записались к сегодняшнему дню.",
        formula="Из лидов периода — доля тех, у кого к сегодняшнему дню есть запись",
        empty="лидов нет",
        reason="Лидов за период нет.",
        section=_CONVERSIONS,
        why="Конверсии следуют за теми же лидами, поэтому свежий период ещё подрастёт.",
    ),
    Ratio(
        "cr_booking_visit", "Доходимость", _over("cohort_visited", "cohort_booked"),
        "cr_lead_booking", "percent", 14,
        hint="Доля записавшихся лидов, которые пришли.",
        formula="Из записавшихся лидов — доля тех, кто пришёл",
        empty="записавшихся нет",
        reason="Из лидов периода никто не записался.",
        section=_CONVERSIONS,
    ),
    Ratio(
        "cr_visit_contract", "Визит→договор", _over("cohort_contract", "cohort_visited"),
        "cr_booking_visit", "percent", 16,
        hint="Доля пришедших лидов, которые заплатили.",
        formula="Из пришедших лидов — доля тех, кто заплатил",
        empty="пришедших нет",
        reason="Из лидов периода никто не пришёл.",
        section=_CONVERSIONS,
    ),
    Ratio(
        "avg_check_visit", "Средний чек", _over("revenue", "paid_visits"),
        "cr_visit_contract", "money", 11,
        hint="Выручка / оплаченные визиты.",
        formula="Выручка / оплаченные визиты. Оплаченный визит — день, когда пациент платил",
        empty="оплаченных визитов нет",
        reason="Оплаченных визитов за период нет.",
        section=_MONEY,
    ),
    Ratio(
        "romi_revenue", "ROMI по выручке", _gain("revenue"), "ltv_days", "percent", 11,
        hint="(Выручка − Расходы) / Расходы.",
        formula="(Выручка − Расходы) / Расходы",
        empty="расходов нет",
        reason="Расходов за период нет.",
        section=_PAYBACK,
        why="Так в примере статьи о сквозной аналитике: (420 000 − 120 000) / 120 000 = 250 %, хотя "
        "в её формуле ROMI стоит прибыль, а не доход. Лечение тоже стоит денег, поэтому главная "
        "здесь маржа.",
    ),
    Ratio(
        "drr", "ДРР", _both("cost", "revenue"), "romi_revenue", "percent", 10,
        hint="Расходы / Выручка: доля рекламных расходов.",
        formula="Расходы / Выручка",
        empty="расходов или выручки нет",
        reason="Расходы есть, выручки за период нет.",
        section=_MONEY,
    ),
)  # fmt: skip

#: Made of a row's LTV and its CAC, so after both.
WORTH_RATIOS = (
    Ratio(
        "ltv_cac", "LTV / CAC", _over("ltv", "cac"), "ltv_days", "ratio", 9,
        hint="Во сколько раз пациент приносит больше, чем стоил. Правило: не меньше 3.",
        formula="LTV (12 мес) / CAC. Правило устойчивости: не меньше 3",
        empty="пусто одно из двух",
        reason="Пусто, потому что пуст LTV или CAC.",
        section=_LTV,
    ),
)  # fmt: skip


def quotients(ratios: tuple[Ratio, ...], sums: Sums) -> dict[str, Floats]:
    """Every ratio of a table's sums, by key."""
    return {each.key: each.of(sums) for each in ratios}
