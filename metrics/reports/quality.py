"""Data quality (Качество данных): how far the numbers can be trusted, and what to do about it.

`Facts.counts` holds what only the join sees, over all rows up to as_of:

lead_rows               lead rows there are, of any status
duplicates, spam        lead rows that are no leads
future_rows             rows dated after as_of
lead_id_unknown         appointments whose lead_id points nowhere
margin_unknown_rows, margin_unknown_amount   payments of unknown margin, and their kopecks
cost_ignored_rows       costs given on rows that make no revenue
cost_lost_rows, cost_lost_amount   cost rows beaten by another source of the same channel and day
cost_twice_days, cost_twice_amount  files' days of costs that a later file holds too
cost_total_rows, cost_total_amount  rows of a platform that are the sum of its campaigns elsewhere
cost_mixed_rows, cost_mixed_amount  rows of a platform beside other sums of its campaigns elsewhere
traffic_twice           visits that a later file holds too
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from metrics.facts import Facts
from metrics.measures.checks import Check, Period, none_of, program_fault, rows_worth, share_of
from metrics.measures.coverage import coverage, romi_ranges
from metrics.measures.payment_sources import payment_sources
from metrics.measures.source_checks import doubts_of, freshness_of
from metrics.measures.tokens import token_ends
from metrics.settings import NO_DIRECTION
from metrics.sources import SourceFreshness
from metrics.sums import MOST, codes, group_sum, pick
from metrics.wording import roubles

COLUMNS = ("key", "check", "value", "text", "norm", "ok", "action")


def quality(
    facts: Facts,
    sources: Sequence[SourceFreshness],
    changes: pd.DataFrame | None = None,
    rows: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """What to trust and what to mend: shares of the period's rows, counts of all rows.

    In: Facts; the freshness of each source; what changed; conformed rows. Out: COLUMNS: key (code name), check, value (float:
    a share, a count, kopecks; NaN where there is nothing to measure), text (the value in words),
    norm, ok (bool), action ("" where ok).
    """
    period = Period.of(facts)
    checks = [
        *_leads(facts, period),
        *_patients(facts, period),
        *_money(facts, period),
        *_counted(facts),
        *_counted_money(facts),
        *_too_big(facts),
        *coverage(facts, period),
        *romi_ranges(facts, period),
        *(() if changes is None else program_fault(changes)),
        *payment_sources(rows or {}),
        *token_ends(sources, facts.settings.as_of),
        *(freshness_of(source) for source in sources),
        *(check for source in sources for check in doubts_of(source)),
    ]
    lines = [{**vars(check), "action": "" if check.ok else check.action} for check in checks]
    texts = dict.fromkeys(("key", "check", "text", "norm", "action"), "str")
    return pd.DataFrame(lines, columns=list(COLUMNS)).astype(texts | {"ok": bool})


def _leads(facts: Facts, period: Period) -> list[Check]:
    leads = period.leads
    weight = leads["weight"].to_numpy()
    nowhere = (facts.groups["direction"] == NO_DIRECTION).to_numpy()[leads["group"].to_numpy()]
    return [
        share_of(
            "leads_without_source",
            "Лиды без источника",
            weight[~leads["has_source"].to_numpy()].sum(),
            weight.sum(),
            0.1,
            "Сделайте поле «Источник» в CRM обязательным для администраторов.",
        ),
        share_of(
            "leads_without_utm",
            "Лиды без utm-меток",
            weight[~leads["has_utm"].to_numpy()].sum(),
            weight.sum(),
            0.5,
            "Проверьте метки во всех объявлениях и передачу utm из форм сайта в CRM.",
        ),
        share_of(
            "leads_without_direction",
            "Лиды без направления",
            weight[nowhere].sum(),
            weight.sum(),
            0.2,
            "Допишите кампании и услуги в «Направления» или заполняйте направление в CRM.",
        ),
    ]


def _patients(facts: Facts, period: Period) -> list[Check]:
    patients, visits = facts.patients, facts.visits
    came = period.has(patients["visit_day"].to_numpy())
    weight = patients["weight"].to_numpy()
    alone = came & (patients["lead"].to_numpy() < 0)

    happened = pick(visits, ["patient", "day", "weight"], period.has(visits["day"].to_numpy()))
    days = period.last - period.first + 1
    visit_key, paid_key = (
        frame["patient"].to_numpy() * days + frame["day"].to_numpy() - period.first
        for frame in (happened, period.payments)
    )
    visit_weight = happened["weight"].to_numpy()
    unpaid = visit_weight[~pd.Series(visit_key).isin(paid_key).to_numpy()].sum()
    return [
        share_of(
            "patients_without_lead",
            "Пациенты без лида",
            weight[alone].sum(),
            weight[came].sum(),
            0.3,
            "Проверьте, что в CRM и МИС один и тот же телефон и что номер лида попадает в запись.",
        ),
        share_of(
            "visits_without_payment",
            "Визиты, в день которых нет оплаты",
            unpaid,
            visit_weight.sum(),
            0.4,
            "Проверьте, что оплаты выгружены за тот же период и в них есть карта пациента или "
            "телефон.",
        ),
    ]


def _money(facts: Facts, period: Period) -> list[Check]:
    """Channels that cost and brought nobody, and new patients of channels that cost nothing."""
    keys = codes(facts.groups, ["channel"])
    names, size = keys.labels["channel"].tolist(), len(keys)
    spent = pick(facts.costs, ["group", "cost"], period.has(facts.costs["day"].to_numpy()))
    cost = group_sum(keys.code[spent["group"].to_numpy()], spent["cost"].to_numpy(), size)
    is_new = period.has(facts.patients["paid_day"].to_numpy())
    new = pick(facts.patients, ["group", "weight"], is_new)
    people = group_sum(keys.code[new["group"].to_numpy()], new["weight"].to_numpy(), size)

    barren, free = (cost > 0) & (people == 0), (cost == 0) & (people > 0)
    wasted = float(cost[barren].sum())
    listed = [
        ", ".join(name for name, is_such in zip(names, such, strict=True) if is_such)
        for such in (barren, free)
    ]
    return [
        Check(
            "cost_without_patients",
            "Расходы каналов без новых пациентов",
            wasted,
            roubles(wasted),
            roubles(0),
            wasted == 0,
            f"Каналы: {listed[0]}. Если пациенты были, их лиды ушли в другой канал: проверьте "
            "метки и «Каналы».",
        ),
        share_of(
            "patients_without_cost",
            "Новые пациенты каналов без расходов",
            float(people[free].sum()),
            float(people.sum()),
            0.5,
            f"Каналы: {listed[1]}. Если за них платят, внесите суммы в «Расходы».",
        ),
    ]


def _too_big(facts: Facts) -> list[Check]:
    """Sums that are empty because they are beyond what can be added up to the kopeck."""
    columns = {"Оплаты": facts.payments["amount"], "Расходы": facts.costs["cost"]}
    return [
        none_of(
            "sum_too_big",
            f"{what} больше 90 трлн ₽",
            1,
            "Таких сумм не бывает, и до копейки их не сложить: они пусты. Проверьте в выгрузке "
            "столбец суммы, не номер ли в нём.",
            "суммы пусты",
        )
        for what, kopecks in columns.items()
        if float(kopecks.abs().sum()) >= MOST
    ]


def _counted(facts: Facts) -> list[Check]:
    counts = facts.counts
    rows = counts.get("lead_rows", 0)
    return [
        share_of(
            "duplicates",
            "Повторы лидов",
            counts.get("duplicates", 0),
            rows,
            0.15,
            "На повторное обращение того же человека открывайте старую карточку, а не новую.",
        ),
        share_of(
            "spam",
            "Спам среди лидов",
            counts.get("spam", 0),
            rows,
            0.2,
            "Включите защиту форм сайта от роботов и проверьте площадки рекламы.",
        ),
        none_of(
            "lead_id_unknown",
            "Записи, чей лид не найден",
            counts.get("lead_id_unknown", 0),
            "Выгрузите лиды за тот же период, что и записи.",
        ),
    ]


def _counted_money(facts: Facts) -> list[Check]:
    counts = facts.counts
    unknown = counts.get("margin_unknown_rows", 0)
    return [
        none_of(
            "margin_unknown",
            "Оплаты с неизвестной маржой",
            unknown,
            "Добавьте в выгрузку себестоимость или задайте долю маржи в «Направления» и "
            "«Настройки»: без неё маржа, ROMI и LTV таких строк пусты.",
            rows_worth(
                unknown, "оплата", "оплаты", "оплат", counts.get("margin_unknown_amount", 0)
            ),
        ),
        none_of(
            "cost_ignored_rows",
            "Себестоимость в строках без выручки",
            counts.get("cost_ignored_rows", 0),
            "Перенесите её из бонусов и списаний с баланса в оплаты: там она не учтена.",
        ),
        *_counted_twice(counts),
        none_of(
            "future_rows",
            "Строки позже даты отчёта",
            counts.get("future_rows", 0),
            f"Они позже {facts.settings.as_of:%d.%m.%Y} и не учтены: проверьте даты в выгрузке.",
        ),
    ]


def _counted_twice(counts: Mapping[str, int]) -> list[Check]:
    """Costs and visits that two files or sources hold."""
    lost, twice, visits = (
        counts.get(n, 0) for n in ("cost_lost_rows", "cost_twice_days", "traffic_twice")
    )
    totals, mixed = counts.get("cost_total_rows", 0), counts.get("cost_mixed_rows", 0)
    return [
        none_of(
            "cost_lost",
            "Расходы, указанные дважды",
            lost,
            "Канал и день есть в двух источниках, учтён один. Уберите лишний или смените их "
            "порядок в «Настройки».",
            rows_worth(lost, "строка", "строки", "строк", counts.get("cost_lost_amount", 0)),
        ),
        none_of(
            "cost_twice",
            "Расходы одного дня в двух файлах",
            twice,
            "Файлы пересекаются: площадка, кампания и день есть в обоих, учтён более поздний файл. "
            "Уберите старый файл или выгрузите без пересечения.",
            rows_worth(twice, "день", "дня", "дней", counts.get("cost_twice_amount", 0)),
        ),
        none_of(
            "cost_totals",
            "Итоги площадок рядом с их кампаниями",
            totals,
            "В одном файле площадка одной строкой, в другом те же рубли по кампаниям: учтены кампании. "
            "Уберите файл с итогами.",
            rows_worth(totals, "строка", "строки", "строк", counts.get("cost_total_amount", 0)),
        ),
        none_of(
            "cost_mixed",
            "Расходы площадки и её кампаний в разных файлах",
            mixed,
            "За одни дни площадка стоит одной строкой в одном файле и по кампаниям в другом, суммы разные: "
            "если это одни деньги, они посчитаны дважды. Уберите один из файлов.",
            rows_worth(mixed, "строка", "строки", "строк", counts.get("cost_mixed_amount", 0)),
        ),
        none_of(
            "traffic_twice",
            "Визиты на сайт одного дня в двух файлах",
            visits,
            "Файлы пересекаются: день и метки есть в обоих, учтён более поздний файл. Уберите старый файл "
            "или выгрузите без пересечения.",
        ),
    ]
