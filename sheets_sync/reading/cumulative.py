"""Sums that grow: what was paid so far, beside what is left, is no payment of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import WHOLES
from sheets_sync.reading.evidence import days
from sheets_sync.reading.free_columns import speaks_of
from sheets_sync.reading.meaning import Decision
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import has_text, sums

#: Beginnings of words in a header of what is left to pay.
_LEFT = ("остат", "остал", "долг", "задолж", "rest", "balance")
_ROUNDING = 100


def ask_cumulative(decision: Decision, where: str) -> None:
    """Raises FileError for payments whose sums, with what is left to pay, make the same sum on every
    day of a person: they are what was paid so far."""
    whole = next((n for n in WHOLES if n in decision.columns), "")
    who = next((n for n in ("patient_id", "phone", "email") if n in decision.columns), "")
    if (
        not whole
        or not who
        or whole in decision.source_columns
        or "paid_at" not in decision.columns
    ):
        return
    if "amount" in decision.source_columns:
        return
    place = decision.columns[whole][0]
    looks = decision.looks
    person, when = (looks[decision.columns[n][0]] for n in (who, "paid_at"))
    paid, ok_paid = sums(looks[place].text)[:2]
    for other in range(len(looks)):
        if other == place or not speaks_of(decision, other, _LEFT):
            continue
        left, ok_left = sums(looks[other].text)[:2]
        rows = pd.DataFrame(
            {"who": np.array(person.text), "day": days(when), "paid": paid, "all": paid + left}
        )[ok_paid & ok_left & has_text(person.text)].sort_values(["who", "day"], kind="stable")
        again = rows["who"].eq(rows["who"].shift()) & rows["day"].ne(rows["day"].shift())
        step = rows["paid"].diff()[again]
        same = rows["all"].diff()[again].abs() <= _ROUNDING
        if len(step) and (step >= 0).all() and (step > 0).any() and same.all():
            shown, beside = (mask(decision.heads[i].shown) for i in (place, other))
            raise FileError(
                f"«{shown}» растёт: вместе с «{beside}» у каждого пациента одна и та же сумма. Похоже, это "
                "оплачено с начала, а не платёж.",
                where=where,
                hint="Выгрузите сами платежи. Если это они: "
                + to_write("columns", column_line("amount", shown), there=decision.source_columns),
            )
