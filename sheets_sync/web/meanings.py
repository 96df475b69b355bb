"""What a file's columns and words may mean, in a marketer's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metrics.schema import APPOINTMENT_STATUSES, LEAD_STATUSES, PAYMENT_KINDS
from sheets_sync.privacy.personal import redact
from sheets_sync.reading.aliases import aliases, canonical
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.meant import MEANT
from sheets_sync.reading.payment_status import payment_word
from sheets_sync.reading.quarantine import stack
from sheets_sync.reading.values import distinct
from sheets_sync.reading.word_columns import unexplained

#: Words to be explained that a page has room for.
_MOST_WORDS = 40
_COLUMNS = {
    "amount": "сумма",
    "email": "e-mail",
    "ym_client_id": "ClientID Метрики",
    "utm_source": "utm_source",
    "utm_medium": "utm_medium",
    "utm_campaign": "utm_campaign",
    "utm_content": "utm_content",
    "utm_term": "utm_term",
    "source_engine": "источник по Метрике",
    "adv_engine": "рекламная система по Метрике",
    "person_key": "ключ человека",
    "patient_key": "ключ пациента",
}
#: What only our own tables have.
_OURS = {"person_key", "patient_key"}
_UNSAID = {
    "leads": "не знаю: считать «в работе»",
    "appointments": "не знаю: строки не брать",
    "payments": "не знаю",
    "calls": "не знаю: оставить пустым",
    "costs": "не знаю: оставить пустым",
}
_ALLOWED: Mapping[str, Sequence[str]] = {
    "leads": LEAD_STATUSES,
    "appointments": APPOINTMENT_STATUSES,
    "payments": ("paid", "unpaid", *PAYMENT_KINDS),
    "calls": ("answered", "missed"),
    "costs": ("search", "ad_network"),
}


@dataclass(frozen=True)
class StrangeWord:
    """A status, stage or kind that nobody understands, and how many rows have it."""

    word: str
    rows: int


def column_choices(entity: str) -> list[tuple[str, str]]:
    """What a column may mean: canonical name and title."""
    return [(name, column_title(name, entity)) for name in canonical(entity) if name not in _OURS]


def column_title(name: str, entity: str) -> str:
    """A canonical column as a marketer calls it."""
    words = aliases(entity).get(name, (name,))
    return _COLUMNS.get(name) or next((w for w in words if not w.isascii()), name)


def word_choices(entity: str) -> list[tuple[str, str]]:
    """What a strange word may mean; the first choice leaves it as it is."""
    return [("", _UNSAID.get(entity, "не знаю")), *((w, MEANT[w]) for w in _ALLOWED[entity])]


def strange_words(grids: Sequence[Grid], entity: str) -> list[StrangeWord]:
    """Words of a file that are to be explained, the commonest first: each of those that hold
    nothing personal, whether somebody has explained it by now or not.
    """
    if entity not in _ALLOWED:
        return []
    rows = stack(grids)
    unclear = dict(unexplained(entity, rows))
    if entity == "payments" and "status" in rows.columns:
        texts = rows.columns["status"]
        counts = {c["values"]: c["counts"] for c in texts.value_counts().to_pylist()}
        unclear |= {w: counts[w] for w in distinct(texts) if w and not payment_word(w, {})}
    ranked = sorted(unclear.items(), key=lambda pair: (-pair[1], pair[0]))
    words = [StrangeWord(word, count) for word, count in ranked if redact(word) == word]
    return words[:_MOST_WORDS]
