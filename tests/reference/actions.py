"""«Что сделать»: what the period's numbers call for (definitions 24)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from metrics.settings import NO_CHANNEL
from tests.reference.money import Number
from tests.reference.periods import cash_row, new_margin, steps_of
from tests.reference.recall import EVERY, recall_rows
from tests.reference.reconciliation import Reconciled, moment
from tests.reference.rows import Group

#: «channel not among those that cannot have one»
FREE = ("Прямые заходы", "Рекомендации", "Звонки без источника", "Не определён", "Сайт",
        "Ссылки с сайтов")  # fmt: skip
#: «§12's weak conversion»: its words; and the steps of each, as (part, whole) of the lead cohort.
STEPS = ("cr_lead_booking", "cr_booking_visit", "cr_visit_contract")
WORDS = dict(zip(STEPS, ("лид→запись", "доходимость", "визит→договор"), strict=True))
ORDER = ("Сократить", "Усилить", "Поднять", "Перезвонить", "Позвать", "Записать", "Спросить")


def action_rows(clinic: Reconciled, channels: list[str]) -> list[tuple[str, Number | None]]:
    """«up to three actions, the greatest effect first (ties: order of the table, channel)»: each
    with its effect in kopecks, None where it has none."""
    settings = clinic.settings
    first, last = settings.first, settings.last
    total = cash_row(clinic, first, last, lambda _: True)
    every: list[tuple[str, str, Number | None]] = []
    for channel in channels:
        row = cash_row(clinic, first, last, lambda g, c=channel: g.channel == c)
        every += [(channel, *action) for action in of_channel(clinic, channel, row, total)]
    every += [("", *action) for action in of_clinic(clinic)]
    least = settings.action_min_effect * 100
    shown = [each for each in every if each[2] is None or each[2] >= least]
    shown.sort(
        key=lambda each: (
            each[2] is None,
            -(each[2] or 0),
            next(n for n, word in enumerate(ORDER) if each[1].startswith(word)),
            each[0],
        )
    )
    chosen: list[tuple[str, str, Number | None]] = []
    for each in shown:
        # «At most one action per channel, the greater»
        if not each[0] or each[0] not in [other[0] for other in chosen]:
            chosen.append(each)
    return [(action, effect) for _, action, effect in chosen[:3]] or [("Явных действий нет", None)]


def of_channel(
    clinic: Reconciled, channel: str, row: dict[str, Any], total: dict[str, Any]
) -> list[tuple[str, Number | None]]:
    """The rows of the table that name a channel."""
    settings, found = clinic.settings, []
    own = margin_new(clinic, channel)
    cost, people = row["cost"], row["new_patients"]
    high, worth = row["romi_new_high"], row["ltv_cac_high"]
    loses = cost > 0 and people >= 10 and high is not None and high < 0
    dead = people == 0 and total["cac"] is not None and cost >= 3 * total["cac"]
    if (loses and (worth is None or worth < 3)) or dead:
        found.append((f"Сократить «{channel}»", horizon(clinic, minus(cost, own))))
    if row["romi_new_low"] is not None and row["romi_new_low"] >= 2:
        more = None if own is None else Fraction(own - cost, 5)
        found.append((f"Усилить «{channel}»", horizon(clinic, more)))
    weak = weakest(row, total)
    if weak and people >= settings.verdict_min_patients:
        found.append(
            (
                f"Поднять «{WORDS[weak]}» в «{channel}»",
                horizon(clinic, raised(clinic, channel, weak, row, total)),
            )
        )
    if people >= 10 and cost == 0 and channel not in FREE:
        found.append((f"Записать расходы «{channel}»", None))
    return found


def weakest(row: dict[str, Any], total: dict[str, Any]) -> str | None:
    """«the conversion that is weakest against the clinic's mean, if below 0.8 of it»; «weak only if
    its «до», too, is below the clinic's mean»"""
    shares = [
        (row[key] / total[key], n)
        for n, key in enumerate(STEPS)
        if row[key] is not None
        and total[key]
        and row[key] < Fraction(8, 10) * total[key]
        and row[f"{key}_high"] is not None
        and row[f"{key}_high"] < total[key]
    ]
    return STEPS[min(shares)[1]] if shares else None


def raised(
    clinic: Reconciled, channel: str, key: str, row: dict[str, Any], total: dict[str, Any]
) -> Number | None:
    """«(clinic's mean − channel's) × its denominator × the clinic's later conversions of §5 up to
    Визит→договор × margin_new / new_patients of the channel (the clinic's if it has under 10)»"""
    settings = clinic.settings
    cohort = {
        i
        for i, lead in clinic.counted_leads.items()
        if settings.first <= clinic.day(lead["created_at"]) <= settings.last
        and clinic.lead_group[i].channel == channel
    }
    wholes = (len(cohort), *steps_of(clinic, cohort)[:2])
    more = (total[key] - row[key]) * wholes[STEPS.index(key)]
    for later in STEPS[STEPS.index(key) + 1 :]:
        if total[later] is None:
            return None
        more *= total[later]
    payers = row["new_patients"] if row["new_patients"] >= 10 else total["new_patients"]
    margin = margin_new(clinic, channel if row["new_patients"] >= 10 else None)
    return None if margin is None or not payers else more * margin / payers


def of_clinic(clinic: Reconciled) -> list[tuple[str, Number | None]]:
    """The rows of the table that name none."""
    settings, found = clinic.settings, []
    first, last = settings.first, settings.last
    missed: dict[str, int] = {}
    for name, contact in clinic.contacts.items():
        if first <= clinic.day(moment(contact)) <= last:
            channel = clinic.channel_of(name, contact)
            missed[channel] = missed.get(channel, 0) + (clinic.contact_class(name) == "not_in_crm")
    if sum(missed.values()):
        parts = [clinic.lost(channel, number) for channel, number in missed.items()]
        lost = None if None in parts else sum(p for p in parts if p is not None)
        found.append(("Перезвонить тем, кого нет в CRM", horizon(clinic, lost)))
    recall = recall_rows(clinic)[EVERY]
    if recall["due"] + recall["overdue"] > 0:
        # «already 90 days»
        found.append(("Позвать на осмотр", whole(recall["expected_margin"])))
    unknown, every = (
        cash_row(clinic, first, last, wanted) for wanted in (is_unknown, lambda _: True)
    )
    if unknown["leads"] > Fraction(1, 10) * every["leads"]:
        found.append(("Спросить источник", horizon(clinic, unknown["margin"])))
    return found


def is_unknown(group: Group) -> bool:
    return group.channel == NO_CHANNEL


def margin_new(clinic: Reconciled, channel: str | None) -> int | None:
    return new_margin(
        clinic,
        clinic.settings.first,
        clinic.settings.last,
        lambda group: channel in (None, group.channel),
    )


def minus(cost: int, margin: int | None) -> int | None:
    return None if margin is None else cost - margin


def horizon(clinic: Reconciled, effect: Number | None) -> Number | None:
    """«sum over the report's period × 90 / its days, whole roubles half to even»"""
    days = (clinic.settings.last - clinic.settings.first).days + 1
    return None if effect is None else whole(Fraction(effect) * 90 / days)


def whole(kopecks: Number | None) -> int | None:
    return None if kopecks is None else round(Fraction(kopecks) / 100) * 100
