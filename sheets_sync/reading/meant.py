"""Our words for statuses, kinds and networks, as a marketer says them."""

from __future__ import annotations

MEANT = {
    "new": "новый",
    "in_work": "в работе",
    "qualified": "целевой",
    "booked": "записан",
    "won": "успех: пришёл или оплатил",
    "lost": "отказ",
    "spam": "спам, нецелевой",
    "duplicate": "дубль",
    "confirmed": "подтвердил запись",
    "arrived": "пришёл",
    "completed": "приём состоялся",
    "no_show": "не пришёл",
    "cancelled": "отменён",
    "rescheduled": "перенесён",
    "payment": "оплата",
    "prepayment": "предоплата",
    "refund": "возврат",
    "insurance": "платит страховая",
    "balance_spend": "списано с баланса",
    "bonus": "бонусы",
    "paid": "оплачено",
    "unpaid": "не оплачено",
    "answered": "ответили",
    "missed": "пропущен",
    "search": "поиск",
    "ad_network": "рекламная сеть (РСЯ)",
    "form": "форма",
    "call": "звонок",
    "chat": "чат",
    "messenger": "мессенджер",
    "walk_in": "пришёл сам",
    "other": "другое",
    "in": "входящий",
    "out": "исходящий",
}


def meant(word: str) -> str:
    """«booked (записан)»: a word as a clinic's file wants it, and what it means."""
    return f"{word} ({MEANT[word]})"
