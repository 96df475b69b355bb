"""Sums as people and programs write them, to whole kopecks; currencies and thousands are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from itertools import pairwise

from sheets_sync.reading.words import letters

_SPACES = re.compile(r"[\s'\u2019\u02bc`]+")
_MINUSES = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\u2015", "-"))
_ROUBLES = re.compile(r"₽|руб(?:лей|ля|ль)?\.?|р\.?|rub|rur", re.IGNORECASE)
_SUM = re.compile(
    r"(?P<whole>\d+|\d{1,3}(?: \d{3})+"
    r"|\d{1,3}(?:,\d{3})+(?=\.)|\d{1,3}(?:\.\d{3})+(?=,)"
    r"|\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:\.\d{3}){2,}|(?=[.,]\d))"
    r"(?:(?P<sign>[.,])(?P<part>\d*))?"
)
_MANY = re.compile(r"(?P<sum>.*\d)\s*(?P<many>тыс(?:яч[аи]?)?|млн|mln|[кkт])\.?", re.IGNORECASE)
#: Kopecks apart from their roubles: `1 500 руб. 50 коп.`, `1500=00`, `1 500-50`.
_APART = re.compile(
    r"(?P<sum>.*\d)\s*(?:(?:руб(?:лей|ля|ль)?|р)?\.?\s+(?P<few>\d{1,2})\s*коп(?:еек|ейки|ейка)?\.?|(?<=\d{3})[-=](?P<two>\d{2}))",
    re.IGNORECASE,
)
#: Kopecks of a rouble and of what a header may count in.
ROUBLE = 100
_MANY_OF = {"к": 1_000, "т": 1_000, "k": 1_000, "тыс": 1_000, "млн": 1_000_000, "mln": 1_000_000}
_MOST_DIGITS = 13
#: No sum is written longer.
_LONGEST = 60

#: Words of a header or a cell that name a currency, `*` for any ending.
_CURRENCIES = {
    "RUB": ("₽", "rub", "rur", "руб", "рубл*", "р"),
    "USD": ("$", "usd", "cents", "cent", "цент*", "долл", "доллар*", "у е", "уе"),
    "EUR": ("€", "eur", "евро"),
    "KZT": ("₸", "kzt", "тенге", "тг"),
    "BYN": ("бел", "белорусск*", "byn", "byr"),
    "UAH": ("₴", "uah", "грн", "гривн*"),
    "UZS": ("uzs",),
    "KGS": ("kgs",),
    "AMD": ("amd", "драм", "драмов"),
    "GEL": ("gel", "лари"),
    "GBP": ("£", "gbp"),
    "CNY": ("¥", "cny", "юан*"),
}
#: Currencies by their numbers, as banks write them.
_NUMBERED = {
    "643": "RUB", "810": "RUB", "840": "USD", "978": "EUR", "398": "KZT", "933": "BYN", "974": "BYN",
    "980": "UAH", "860": "UZS", "417": "KGS", "051": "AMD", "981": "GEL", "826": "GBP", "156": "CNY",
}  # fmt: skip
_NAMES = {name: code for code, names in _CURRENCIES.items() for name in names}
_CODES = {name[:-1]: code for name, code in _NAMES.items() if name.endswith("*")}
_BEGINNINGS = tuple(_CODES)
_MINUTES = frozenset({"мин", "минут", "минуты", "минутах", "min", "minutes"})
_TIMES = _MINUTES | {
    "сек",
    "секунд",
    "секунды",
    "секундах",
    "sec",
    "seconds",
    "чч",
    "мм",
    "mm",
    "сс",
    "hh",
    "ss",
}
_SIZES = {
    "коп": 1,
    "копе": 1,
    "kop": 1,
    "kopec": 1,
    "kopek": 1,
    "тыс": 100_000,
    "тысяч": 100_000,
    "млн": 100_000_000,
    "mln": 100_000_000,
}


@dataclass(frozen=True)
class Signs:
    """What "." and "," were seen to do in a column of sums where there is no doubt about it."""

    decimal: frozenset[str] = frozenset()
    grouping: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unit:
    """What a header says its numbers are counted in: kopecks of one, a currency ("" = unsaid), and
    seconds of one, where they are durations."""

    kopecks: int = ROUBLE
    currency: str = ""
    seconds: int = 1

    @property
    def is_foreign(self) -> bool:
        return self.currency not in {"", "RUB"}


def unit(words: Sequence[str]) -> Unit:
    """The unit that the words of a header name: «Сумма, тыс. руб.», «Расход, $», «Сумма, коп.»."""
    size, money, time = ROUBLE, "", 1
    for word in (*words, *map(" ".join, pairwise(words))):
        size = _size(word) or size
        # «бел. руб.» is not «руб.», whichever stands first.
        money = _currency(word) if money in {"", "RUB"} and _currency(word) else money
        time = 60 if word in _MINUTES else time
    if size == 1 and any(word.startswith("руб") for word in words):
        size = ROUBLE  # «руб., коп.»
    return Unit(size, money, time)


def without_unit(words: Sequence[str]) -> list[str]:
    """The words of a header but those of its unit: «Сумма, тыс. руб.» is «сумма»."""
    text = " ".join(words).replace("у е", "уе") + " "
    kept = [w for w in text.split() if not (_currency(w) or _size(w) or w in _TIMES)]
    while len(kept) < len(words) and kept[-1:] == ["в"]:
        kept.pop()
    return kept


def _size(word: str) -> int:
    return next(
        (n for s, n in _SIZES.items() if word == s or (len(s) > 3 and word.startswith(s))), 0
    )


def currency(text: str) -> str:
    """The currency that a cell names, as an ISO code: `RUB`, `руб.`, `120 $`; "" for none, the text
    itself where it is a word that nobody knows."""
    words = letters(text)
    named = _NUMBERED.get(text.strip()) or next(filter(None, map(_currency, words)), "")
    return named or (text.strip() if words and not any(c.isdigit() for c in text) else "")


def _currency(word: str) -> str:
    if word.startswith(_BEGINNINGS):
        return next(code for name, code in _CODES.items() if word.startswith(name))
    return _NAMES.get(word, "")


def signs(texts: Iterable[str]) -> Signs:
    """Look through a whole column, so that its `1,234` is read as the rest of it is written."""
    decimal, grouping = set(), set()
    for text in texts:
        if not (parts := _sum(text)):
            continue
        whole, sign, part = parts[1:4]
        grouping |= set(whole) & {".", ","}
        if sign and not _is_doubtful(whole, part):
            decimal.add(sign)
    return Signs(frozenset(decimal), frozenset(grouping))


def kopecks(text: str, seen: Signs, size: int = ROUBLE) -> int | None:
    """A sum as whole kopecks: `1 234,50 ₽`, `1234.5`, `(1 200,00)`, `−500 руб.`, `12,5 тыс.`,
    `1 500 руб. 50 коп.`.

    `size` is what one is worth. More than two decimals are rounded half to even. `1,234` is a
    thousand or a fraction by what the rest of its column shows (`seen`), a fraction in a column of
    thousands; where neither says or both do, and for all that is no sum of roubles, it is None.
    """
    parts = _sum(text)
    if not parts:
        return None
    negative, whole, sign, part, many = parts
    if sign and many * size == ROUBLE and _is_doubtful(whole, part):
        fraction = seen.decimal == {sign} and sign not in seen.grouping
        groups = sign not in seen.decimal and bool(seen.decimal or seen.grouping == {sign})
        if fraction == groups:
            return None
        if groups:
            whole, part = whole + part, ""
    digits = re.sub(r"\D", "", whole)
    if len(digits) > _MOST_DIGITS:
        return None
    if len(part) <= 2 and many * size == ROUBLE:
        value = int(digits or "0") * ROUBLE + int(part.ljust(2, "0"))
    else:
        exact = Decimal(f"{digits or 0}.{part or 0}") * size * many
        value = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    return -value if negative else value


def is_doubtful(text: str) -> bool:
    """True for a sum such as `1,234`, which alone may be a thousand or a fraction."""
    parts = _sum(text)
    return parts is not None and bool(parts[2]) and _is_doubtful(parts[1], parts[3])


@lru_cache(maxsize=10_000)  # a column is looked through, then read
def _sum(text: str) -> tuple[bool, str, str, str, int] | None:
    """(is negative, whole part, decimal sign, part after it, how many) of a sum as it is written."""
    if len(text) > _LONGEST:
        return None
    text = text.translate(_MINUSES)
    if apart := _APART.fullmatch(text.strip()):
        text = f"{apart['sum']},{(apart['few'] or apart['two']).zfill(2)}"
    bare = _SPACES.sub(" ", _ROUBLES.sub("", text)).strip()
    many = 1
    if counted := _MANY.fullmatch(bare):
        bare, many = counted["sum"], _MANY_OF[counted["many"][:3].lower()]
    negative = bare.startswith("(") and bare.endswith(")")
    if negative:
        bare = bare[1:-1].strip()
    if bare.startswith("-") or bare.endswith("-"):
        negative = True
        bare = bare.removesuffix("-") if not bare.startswith("-") else bare[1:]
    match = _SUM.fullmatch(bare.strip().removeprefix("+").lstrip())
    if not match:
        return None
    return negative, match["whole"], match["sign"] or "", match["part"] or "", many


def _is_doubtful(whole: str, part: str) -> bool:
    """`1,234`: one to three digits, a sign, three digits."""
    return len(part) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"
