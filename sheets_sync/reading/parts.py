"""Parts of a payment in columns: those that their headers tell, those that a sum alone tells, others asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import PAID, PARTS, WHOLES
from sheets_sync.reading.free_columns import speaks_of
from sheets_sync.reading.free_columns import sums as free_sums
from sheets_sync.reading.meaning import Decision, Reason
from sheets_sync.reading.values import Ints, sums
from sheets_sync.reading.words import letters, phrase

#: So many cells of a column of sums are sums.
_MOST = 0.8
#: So many rows must add up.
_ADD_UP = 0.98
#: Beginnings of words of a header that speaks of a payment and is none.
NOT_PAID = (
    "долг",
    "остат",
    "баланс",
    "скид",
    "комисс",
    "налог",
    "ндс",
    "ранее",
    "себест",
    "срок",
    "бонус",
)
_PART_OF_KIND = {
    "prepayment": "paid_balance",
    "balance_spend": "paid_balance",
    "bonus": "paid_bonus",
    "insurance": "paid_insurance",
}


def ask_parts(decision: Decision, where: str) -> None:
    """Raises FileError where some parts of a payment are known and another one is not."""
    parts = [name for name in PARTS if name in decision.columns]
    if (
        not parts
        or "amount" in decision.source_columns
        or any(n in decision.source_columns for n in (*PARTS, *WHOLES))
    ):
        return
    _complete(decision, parts)
    left = [
        i for i in decision.free
        if _may_be_part(decision, i)
        and decision.looks[i].share("sum") >= _MOST and sums(decision.looks[i].text)[0].any()
    ]  # fmt: skip
    if not left:
        return
    shown = ", ".join(f"«{mask(decision.heads[i].shown)}»" for i in sorted(left))
    titles = ", ".join(f"«{mask(decision.heads[decision.columns[n][0]].shown)}»" for n in parts)
    raise FileError(
        f"столбцы {titles} – части оплаты, а чем платили в {shown}, не видно.",
        where=where,
        hint="Напишите под этим [[source]], что это: [source.columns] "
        f'paid_card = "{mask(decision.heads[min(left)].shown)}" (деньги), или paid_balance (с баланса), paid_bonus '
        "(бонусы), paid_insurance (страховая).",
    )


def _may_be_part(decision: Decision, place: int) -> bool:
    """Whether a header says that its money was paid, or, where parts are all there is, by what means."""
    shown = decision.heads[place].shown
    if (letters(shown) or [""])[0].startswith(PAID):
        return True
    is_whole = any(name in decision.columns for name in WHOLES)
    return not is_whole and phrase(shown, "payment_kind") == "payment"


def _discounted(decision: Decision) -> list[Ints]:
    """The price less its discount, less what is still owed."""
    if not (price := decision.columns.get("price", ())):
        return []
    whole = sums(decision.looks[price[0]].text)[0]
    for place in decision.columns.get("discount", ())[:1]:
        whole = whole - sums(decision.looks[place].text)[0]
    debts = decision.columns.get("debt", ())[:1]
    return [whole, *(whole - sums(decision.looks[i].text)[0] for i in debts)]


def _complete(decision: Decision, parts: Sequence[str]) -> None:
    """Take as parts the columns of sums, all of them or one, that with the known parts add up to a
    sum of the file; their words say of what they were paid."""
    looks = decision.looks
    wholes = [sums(looks[decision.columns[n][0]].text)[0] for n in WHOLES if n in decision.columns]
    wholes += _discounted(decision)
    addends = [sums(looks[i].text)[0] for name in parts for i in decision.columns[name]]
    free = [i for i in free_sums(decision) if not speaks_of(decision, i, NOT_PAID)]
    for group in ([], free, *([i] for i in free)):
        added = np.sum([*addends, *(sums(looks[i].text)[0] for i in group)], axis=0)
        if any((np.abs(added - whole) < 100).mean() >= _ADD_UP for whole in wholes):
            for place in group:
                kind = phrase(decision.heads[place].shown, "payment_kind")
                name = _PART_OF_KIND.get(kind, "paid_card")
                reason = Reason(0.8, "вместе с частями складывается в сумму")
                decision.take(name, (*decision.columns.get(name, ()), place), reason)
            return
