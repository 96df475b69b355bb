"""Outside cells to values, one text at a time: money, counts, ids, words, addresses. Pure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib import resources
from urllib.parse import unquote, urlsplit

#: Cyrillic letters that look like Latin ones: `CАЙТ` typed with a Latin C is the same word.
_LOOK_ALIKES = str.maketrans("авекмнорстух", "abekmhopctyx")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NOT_WORD = re.compile(r"[\W_]+")

_SPACES = re.compile(r"[\s'\u2019\u02bc`]+")
_MINUSES = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\u2015", "-"))
_CURRENCY = re.compile(r"₽|руб(?:лей|ля|ль)?\.?|р\.?|rub|rur", re.IGNORECASE)
_SUM = re.compile(
    r"(?P<whole>\d+|\d{1,3}(?: \d{3})+"
    r"|\d{1,3}(?:,\d{3})+(?=\.)|\d{1,3}(?:\.\d{3})+(?=,)"
    r"|\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:\.\d{3}){2,}|(?=[.,]\d))"
    r"(?:(?P<sign>[.,])(?P<part>\d*))?"
)
_MOST_DIGITS = 13

_FLOAT_ID = re.compile(r"(\d+)\.0+")
_COUNT = re.compile(r"(\d+)(?:[.,]0+)?")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:\.\d+)?")
_SECONDS = re.compile(r"(\d+)(?:[.,]\d+)?(?: ?(?:с|сек|s|sec)\.?)?", re.IGNORECASE)
_DOMAIN = re.compile(r"[\w\-]+(?:\.[\w\-]+)+")
#: A ClientID or yclid; an expression of RE2, too.
MARKETING_ID = r"^\d{5,25}$"
#: An id that a spreadsheet has shortened: `1.03293E+19`. An expression of RE2, too.
SHORTENED = r"^[+-]?\d(?:[.,]\d+)?[eE]\+?\d+$"

Vocabulary = Mapping[str, str]


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    text = resources.files("sheets_sync.reading").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def nothing() -> frozenset[str]:
    """Cells that mean "not given", in lower case."""
    return frozenset(_words()["nothing"]["cells"])


def plain(text: str) -> str:
    """A header or word as it is compared: NFC, no case, ё = е, № = номер, no punctuation, and
    Cyrillic and Latin letters that look the same made one."""
    text = unicodedata.normalize("NFC", text).casefold().replace("ё", "е").replace("№", " номер ")
    return " ".join(_NOT_WORD.sub(" ", text).split()).translate(_LOOK_ALIKES)


@cache
def vocabulary(name: str) -> Vocabulary:
    """Plain word -> canonical word, of one table of `words.toml`; canonical words mean themselves."""
    table = _words()[name]
    return {plain(word): meaning for meaning in table for word in (*table[meaning], meaning)}


def word(text: str, words: Vocabulary) -> str:
    """The canonical word that a cell means, or "" where it is unknown."""
    return words.get(plain(text)) or words.get(plain(_BRACKETS.sub(" ", text))) or ""


@cache
def _kind_parts() -> tuple[tuple[str, str], ...]:
    table = _words()["payment_kind"]
    return tuple((plain(part), kind) for kind, parts in table.items() for part in (*parts, kind))


def payment_kind(text: str) -> str:
    """The kind of a payment by a part of a word in its cell («Возврат аванса» = refund), or ""."""
    found = plain(text)
    return next((kind for part, kind in _kind_parts() if part in found), "")


@dataclass(frozen=True)
class Signs:
    """What "." and "," were seen to do in a column of sums where there is no doubt about it."""

    decimal: frozenset[str] = frozenset()
    grouping: frozenset[str] = frozenset()


def signs(texts: Iterable[str]) -> Signs:
    """Look through a whole column, so that its `1,234` is read as the rest of it is written."""
    decimal, grouping = set(), set()
    for text in texts:
        if not (found := _sum(text)):
            continue
        whole, sign, part = found[1:]
        grouping |= set(whole) & {".", ","}
        if sign and not _is_doubtful(whole, part):
            decimal.add(sign)
    return Signs(frozenset(decimal), frozenset(grouping))


def kopecks(text: str, seen: Signs) -> int | None:
    """A sum as whole kopecks: `1 234,50 ₽`, `1234.5`, `(1 200,00)`, `−500 руб.`; else None.

    More than two decimals are rounded half to even. `1,234` is a thousand or a fraction by what
    the rest of its column shows (`seen`); where that shows neither or both it is None.
    """
    found = _sum(text)
    if not found:
        return None
    negative, whole, sign, part = found
    if sign and _is_doubtful(whole, part):
        fraction = seen.decimal == {sign} and sign not in seen.grouping
        groups = sign not in seen.decimal and bool(seen.decimal or seen.grouping == {sign})
        if fraction == groups:
            return None
        if groups:
            whole, part = whole + part, ""
    digits = re.sub(r"\D", "", whole)
    if len(digits) > _MOST_DIGITS:
        return None
    if len(part) <= 2:
        value = int(digits or "0") * 100 + int(part.ljust(2, "0"))
    else:
        exact = Decimal(f"{digits or 0}.{part}") * 100
        value = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    return -value if negative else value


def is_doubtful(text: str) -> bool:
    """True for a sum such as `1,234`, which alone may be a thousand or a fraction."""
    found = _sum(text)
    return found is not None and bool(found[2]) and _is_doubtful(found[1], found[3])


def _sum(text: str) -> tuple[bool, str, str, str] | None:
    """(is negative, whole part, decimal sign, part after it) of a sum as it is written."""
    bare = _SPACES.sub(" ", _CURRENCY.sub("", text.translate(_MINUSES))).strip()
    negative = bare.startswith("(") and bare.endswith(")")
    if negative:
        bare = bare[1:-1].strip()
    if bare.startswith("-") or bare.endswith("-"):
        negative = True
        bare = bare.removesuffix("-") if not bare.startswith("-") else bare[1:]
    found = _SUM.fullmatch(bare.strip().removeprefix("+"))
    return (negative, found["whole"], found["sign"] or "", found["part"] or "") if found else None


def _is_doubtful(whole: str, part: str) -> bool:
    """`1,234`: one to three digits, a sign, three digits."""
    return len(part) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"


def count(text: str) -> int | None:
    """A whole number of things: `1 234`, `12.0`."""
    found = _COUNT.fullmatch(_SPACES.sub("", text))
    return int(found[1]) if found and len(found[1]) <= _MOST_DIGITS else None


def seconds(text: str) -> int | None:
    """A duration in seconds: `95`, `1:35`, `00:01:35`, `95 сек`."""
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in clock.groups())
        return hours * 3600 + minutes * 60 + rest
    found = _SECONDS.fullmatch(text)
    return int(found[1]) if found and len(found[1]) <= _MOST_DIGITS else None


def native_id(text: str) -> str:
    """An id as text; a whole number that a spreadsheet wrote as `124.0` loses its `.0`."""
    found = _FLOAT_ID.fullmatch(text)
    return found[1] if found else text


def utm(text: str) -> str:
    """A utm value, with `%D0%B8` read as letters."""
    return unquote(text) if "%" in text else text


def landing_path(text: str) -> str:
    """The path of a page's address: no site, no query, no fragment, which may name a person."""
    if "://" in text or text.startswith("//"):
        try:
            path = urlsplit(text).path or "/"
        except ValueError:
            return ""
    else:
        path = re.split(r"[?#;]", text, maxsplit=1)[0]
        head, slash, rest = path.partition("/")
        path = slash + rest if _DOMAIN.fullmatch(head) and slash else path
    return unquote(path)


def referrer_domain(text: str) -> str:
    """The site of a referrer's address, without `www.`, or "" where there is none."""
    _, _, rest = text.lower().rpartition("://")
    site = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    site = site.partition(":")[0].removeprefix("www.")
    return site if _DOMAIN.fullmatch(site) else ""
