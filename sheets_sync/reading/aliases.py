"""What exports call the columns of each entity, and which of them a row cannot do without."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from metrics.schema import ENTITIES
from sheets_sync.reading.words import plain

#: What an export may name besides an entity's own columns. A `time` is joined to the row's date.
OUTSIDE = ("phone", "email", "patient_id", "time", "year")
#: Columns of parts of a payment, and the kind of each part.
PARTS = {
    "paid_cash": "payment",
    "paid_card": "payment",
    "paid_credit": "payment",
    "paid_prepayment": "prepayment",
    "paid_insurance": "insurance",
    "paid_balance": "balance_spend",
    "paid_bonus": "bonus",
}
#: Columns of which several headers give one each, and their sums add up: «Карта» beside «СБП».
ADDED = (*PARTS, "refund", "cost")
#: How a header of money that was paid begins.
PAID = ("оплачен", "оплат", "списан", "внесен", "поступ", "получен")
#: How the use of what is stored begins: «Закрытие аванса», «Удержание из депозита».
USED = (
    "погаш",
    "списан",
    "использ",
    "зачет",
    "зачт",
    "закрыт",
    "удерж",
    "израсход",
    "учтен",
    "отработ",
)
#: Plain money by how it was paid, and what headers say before it.
_MEANS = ("paid_cash", "paid_card")
_SAID_OF_MEANS = {"refund": ("возврат", "возвращено", "сумма возврата", "refund"),
                  "": ("оплата", "оплачено", "сумма", "приход", "поступило", "внесено", "получено", "выручка")}  # fmt: skip
#: Whole sums of a payment: the first that is there was paid.
WHOLES = ("sum_paid", "sum_due", "sum_total", "sum_plain")
#: What only one entity's exports name, beside its own columns.
_OUTSIDE_OF = {
    "leads": (
        "lost_reason",
        "tags",
        "call_direction",
        "title",
        "comment_mark",
        "spam",
        "double",
        "target",
        "deleted",
        "source_medium",
        "medium",
        "address",
    ),
    "appointments": ("came", "cancelled", "cancel_reason", "confirmed", "missed"),
    "payments": (
        *WHOLES,
        *PARTS,
        "refund",
        "paid_out",
        "change",
        "debt",
        "method",
        "discount",
        "price",
        "quantity",
        "currency",
        "status",
        "cancelled",
        "fee",
        "changed_at",
        "refund_at",
    ),
    "costs": ("currency", "operation", "wallet", "bonus", "status"),
    "calls": (
        "called",
        "tags",
        "spam",
        "off_target",
        "repeated",
        "incoming",
        "outgoing",
        "source_medium",
        "medium",
        "address",
    ),
    "phrases": ("currency",),
    "touches": ("source_medium", "address"),
    "traffic": ("source_medium",),
}
#: Columns that several headers may give: a person's mobile and home phone, a reason and a comment.
SEVERAL = ("phone", "email", "lost_reason", "tags", "deleted", "comment_mark")
#: At least one of each group must be there for a row to be whole.
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "leads": (("created_at",),),
    "appointments": (
        ("starts_at",),
        ("status", "came", "cancelled", "confirmed", "missed"),
        ("patient_id", "phone", "email", "patient_key", "person_key"),
    ),
    "payments": (
        ("paid_at",),
        ("amount", *WHOLES, *PARTS),
        ("patient_id", "phone", "email", "patient_key", "person_key"),
    ),
    "costs": (("date_from",), ("cost",), ("platform", "utm_source")),
    "calls": (("started_at",),),
    "touches": (("at",), ("ym_client_id", "phone", "email", "person_key")),
    "traffic": (("date",), ("visits", "reaches")),
    "reviews": (("at",), ("platform",), ("rating",)),
    "phrases": (("date",), ("platform",), ("keyword",), ("cost",)),
}


@cache
def _tables() -> dict[str, dict[str, Any]]:
    text = resources.files("sheets_sync.reading").joinpath("aliases.toml").read_text("utf-8")
    return tomllib.loads(text)


def canonical(entity: str) -> tuple[str, ...]:
    """Every name that a column of an export of this entity may have."""
    own = [c.name for c in ENTITIES[entity].columns if not c.ours]
    return tuple(dict.fromkeys((*own, *OUTSIDE, *_OUTSIDE_OF.get(entity, ()))))


@cache
def aliases(entity: str) -> dict[str, tuple[str, ...]]:
    """Canonical name -> its aliases, the preferred first, the canonical name itself before all."""
    own, common = _tables()[entity], _tables()["any"]
    merged = {**own, **{k: v for k, v in common.items() if k not in own}}
    names = [n for n in (*merged, *canonical(entity)) if n in canonical(entity)]
    words = {name: (name, *merged.get(name, ())) for name in names}
    return _by_means(words) if entity == "payments" else words


def _by_means(own: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Aliases of payments with those that a means of payment makes: «Возврат наличные»."""
    out = dict(own)
    for name in _MEANS:
        for of, words in _SAID_OF_MEANS.items():
            more = [t for word in words for a in own[name] for t in (f"{word} {a}", f"{a} {word}")]
            out[of or name] = (*out[of or name], *more)
    return out


@cache
def ranks(entity: str) -> dict[str, dict[str, int]]:
    """Canonical name -> plain alias -> how much it is preferred, 0 most."""
    return {
        name: {plain(word): place for place, word in reversed(list(enumerate(words)))}
        for name, words in aliases(entity).items()
    }


@cache
def other(kind: str) -> frozenset[str]:
    """Plain headers of `dates` or `sums` that are never those of an entity."""
    return frozenset(map(plain, _tables()["other"][kind]))


def alias_list(names: tuple[str, ...], entity: str) -> str:
    """Canonical names for people, each with the first of its aliases."""
    words = aliases(entity)
    return " или ".join(
        f"{name} («{'», «'.join(words[name][1:4])}»)" if words[name][1:] else name for name in names
    )
