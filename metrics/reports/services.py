"""Services and doctors (Услуги и врачи): what was sold, by the payment's own service and doctor."""

from __future__ import annotations

import pandas as pd

from metrics.facts import Facts, day_number
from metrics.sums import codes, group_sum, known_sum, pick, ratio, within

_TEXTS = ("service", "doctor")
KEYS = (*_TEXTS, "direction")
COLUMNS = (
    *KEYS,
    *("paid_visits", "items", "revenue", "margin", "margin_share", "avg_check_visit"),
)


def services(facts: Facts) -> pd.DataFrame:
    """Definitions §7, last lines: sales of the period by service, doctor and direction.

    In: Facts. Out: COLUMNS, most revenue first, a row per combination that has revenue rows; "" is
    what the payment does not say. paid_visits: days on which a patient paid for it; items: rows
    with amount > 0; kopecks, NaN where a margin is unknown; margin_share of the whole table's.
    """
    pay = facts.payments
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    rows = pay["revenue"].to_numpy() & within(pay["day"].to_numpy(), first, last)
    columns = [
        "patient",
        "day",
        "weight",
        "amount",
        "margin",
        "known",
        "item",
        "paid",
        "source_row",
    ]
    sold = pick(pay, [*columns, "direction"], rows)
    of_row = facts.sold.take(sold["source_row"].to_numpy())
    sold = sold.assign(**{name: of_row[name] for name in _TEXTS})
    keys = codes(sold, KEYS)
    code, size = keys.code, len(keys)
    margin = known_sum(code, sold["margin"].to_numpy(), sold["known"].to_numpy(), size)
    revenue = group_sum(code, sold["amount"].to_numpy(), size)

    paid = sold["paid"].to_numpy()
    days = last - first + 1
    visit = code[paid] * days + sold["day"].to_numpy()[paid] - first
    patient = sold["patient"].to_numpy()[paid]
    people = int(patient.max(initial=-1)) + 1
    distinct = pd.unique(visit * people + patient)
    visits = group_sum(distinct // max(people * days, 1), None, size)

    numbers = {
        "paid_visits": visits,
        "items": group_sum(code, sold["weight"].to_numpy() * sold["item"].to_numpy(), size),
        "revenue": revenue,
        "margin": margin,
        "margin_share": ratio(margin, margin.sum()),
        "avg_check_visit": ratio(revenue, visits),
    }
    table = pd.concat([keys.labels, pd.DataFrame(numbers)], axis=1)
    return table.sort_values(
        ["revenue", *KEYS], ascending=[False, True, True, True], ignore_index=True
    )
