"""Kinds of payments by their words, those of one column together: an advance is money once, when it comes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sheets_sync.reading.aliases import USED
from sheets_sync.reading.words import letters, meaning, phrase, stem

#: What is paid first and used later: alone, such a word does not say which of the two it is.
_STORED = {
    "аванс": "аванс", "предоплата": "предоплат", "депозит": "депозит", "баланс": "баланс",
    "сертификат": "сертификат", "абонемент": "абонемент", "лицевой счет": "лицев",
}  # fmt: skip
_IN = ("пополн", "внес", "зачисл", "продаж", "покуп", "поступл", "прием")
#: How putting money into a store begins, and what stands before one that it is taken out of.
_PUTS, _OUT_OF = ("пополн", "внес", "зачисл", "поступл"), frozenset({"с", "со", "из"})


#: What one pays with, where a column says how it was paid.
_PAID_WITH = ("сертификат", "абонемент", "лицев")
_MEANS = ("карт", "нал", "безнал", "сбп", "терминал", "перевод", "qr", "эквайринг")
#: A receipt's «Покупка» is money that went out, beside its «Продажа»; in a bank's register it came in.
_SOLD, _BOUGHT = "продаж", "покупк"


#: What is billed, where what is paid stands beside it.
_BILLED = frozenset(
    ["счет", "счета", "заказ", "договор", "визит", "прием", "услуга", "услуги", "invoice", "bill"]
)
#: A sum's sign in a column of its own; beside pluses a dash is read as «нет».
_SIGNS = {"+": "payment", "нет": "refund"}
_PAYS = ("оплат", "плат", "поступл", "payment")


def payment_kinds(
    words: Sequence[str], *, is_means: bool = False
) -> tuple[dict[str, str], tuple[str, ...]]:
    """(word -> kind or "", words that alone do not say whether money comes or is used). `is_means`:
    their column is called how it was paid, which it says where cash or cards stand in it.

    «Депозит» beside «Пополнение депозита» is its use; «Аванс» beside «Оплата авансом» its coming
    in. Beside neither it is what it usually is, and told.
    """
    kinds = {word: _kind(word) for word in words}
    if "+" in words and set(words) <= _SIGNS.keys():  # the clinic's file says that they are kinds
        kinds = {word: _SIGNS[word] for word in words}
    stores = _stores(words)
    kinds |= {
        w: "balance_spend" for w in words
        if kinds[w] == "payment" and any(a in _OUT_OF and stem(b) in stores for a, b in pairwise(letters(w)))
    }  # fmt: skip
    doubtful = []
    if any(t.startswith(_SOLD) for word in words for t in letters(word)):
        kinds |= {w: "" for w in words if any(t.startswith(_BOUGHT) for t in letters(w))}
    if is_means and any(t.startswith(_MEANS) for word in words for t in letters(word)):
        with_it = [w for w in words if kinds[w] == "prepayment" and is_paid_with(w)]
        kinds |= dict.fromkeys(with_it, "balance_spend")
        doubtful += with_it
    for word in words:
        stored = _STORED.get(" ".join(letters(word)))
        if not stored or word in doubtful:
            continue
        others = [(letters(w), k) for w, k in kinds.items() if w != word]
        about = [(tokens, k) for tokens, k in others if any(t.startswith(stored) for t in tokens)]
        comes = any(any(t.startswith(_IN) for t in tokens) for tokens, _ in about)
        used = any(k == "balance_spend" for _, k in about)
        if comes:
            kinds[word] = "balance_spend"
        elif used:
            kinds[word] = "prepayment"
        if comes or not used:
            doubtful.append(word)
    return kinds, tuple(doubtful)


def _stores(words: Sequence[str]) -> set[str]:
    """What a column's words pay into, whatever it is called: «ЛС» of «Пополнение ЛС»."""
    into = [tokens for w in words if (tokens := letters(w))[1:] and tokens[0].startswith(_PUTS)]
    return {stem(tokens[-1]) for tokens in into if not tokens[-1].startswith(_MEANS)}


def is_paid_with(word: str) -> bool:
    """Whether one pays with what a word names and does not pay for it: «Подарочный сертификат»."""
    tokens = letters(word)
    return any(t.startswith(_PAID_WITH) for t in tokens) and not any(
        t.startswith(_IN) for t in tokens
    )


def no_payment(word: str, others: Sequence[str]) -> str:
    """Why a word of a column of kinds is no patient's money, "" where nothing says so: `outlay`, what
    went out or came of somebody else; `accrual`, what was billed. `others` are the column's words:
    «Счёт» beside «Оплата» is a bill, beside «Наличные» the clinic's account."""
    bare = " ".join(letters(word))
    if bare in _BILLED and any(t.startswith(_PAYS) for w in others for t in letters(w)[:1]):
        return "accrual"
    return phrase(word, "outlay")


def _kind(word: str) -> str:
    """What a word means; «Сертификат (погашение)» is its use, in whichever order it is written."""
    kind = meaning(word, "payment_kind")
    tokens = letters(word)
    is_used = any(t.startswith(USED) for t in tokens)
    is_stored = any(t.startswith(tuple(_STORED.values())) for t in tokens)
    return "balance_spend" if kind == "prepayment" and is_used and is_stored else kind
