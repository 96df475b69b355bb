"""Personal data in free text: recognised, cut out, masked."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

#: What stands where something was cut out.
HIDDEN = {"phone": "[телефон]", "email": "[e-mail]", "name": "[имя]"}
_KINDS = {"phone": "телефон", "email": "e-mail", "name": "ФИО"}
_LONGEST_SHOWN = 40

_GAP = r"[\s().\-\u2010-\u2015\u2212]"
_PHONES = re.compile(
    "|".join(
        (
            # +7 916 123-45-67, +375 (29) 123-45-67
            rf"\+\s?(?:\d{_GAP}{{0,2}}){{10,14}}\d(?!\d)",
            # 8 (916) 123-45-67 and 8916-123-45-67: something between the digits says "phone"
            rf"(?<![\d.,])[78]{_GAP}{{1,3}}[3489]\d\d{_GAP}{{0,3}}\d{{3}}{_GAP}{{0,2}}\d\d{_GAP}{{0,2}}\d\d(?!\d)",
            rf"(?<![\d.,])[78][3489]\d\d{_GAP}{{1,3}}\d{{3}}{_GAP}{{0,2}}\d\d{_GAP}{{0,2}}\d\d(?!\d)",
            # (916) 123-45-67, 916 123-45-67
            rf"(?<![\d.,])\(?[3489]\d\d\)?{_GAP}{{1,2}}\d{{3}}[\s\-]\d\d[\s\-]\d\d(?![\d.,])",
        )
    )
)
#: Eleven digits in a row: a phone where they stand alone, an id where they are part of a token.
_BARE = re.compile(r"(?<![\w\-|/=.,+])(?:[78][3489]\d{9})(?![\w\-|/=])|\A\s*9\d{9}\s*\Z")
#: A service account's address is nobody's: errors and logs name it, so that a table can be shared
#: with it.
_EMAIL = re.compile(
    r"[\w.+\-]+@(?![\w\-]+(?:\.[\w\-]+)*\.gserviceaccount\.com(?![\w\-]|\.\w))[\w\-]+(?:\.[\w\-]+)+"
)

_WORD = r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?"
_PATRONYMIC = (
    r"(?!(?:Царевн|Королевн|Поповн)[а-яё]+\b)[А-ЯЁ][а-яё]*"
    r"(?:(?:[ое]вич|ьич|мич|кич|нич)(?:а|у|ем|е)?|(?:[ое]вн|ичн|иничн)(?:а|ы|е|у|ой))\b"
)
_SURNAME = (
    r"[А-ЯЁ][а-яё]*(?:(?:[оеё]в|[иы]н)(?:а|ой|у|ым|е)?|[сц]к(?:ий|ой|ая|ого|ому|ую)"
    r"|ко|юк|чук|ян|швили|дзе|[иы]х)\b"
)
_FULL = re.compile(rf"\b(?:{_WORD}\s+){{1,2}}{_PATRONYMIC}(?:\s+{_SURNAME})?")
_AFTER_PLACE = r"(?<!им\. )(?<!имени )(?<!ул\. )(?<!улица )(?<!пр\. )(?<!пл\. )(?<!пер\. )"
_INITIALS = re.compile(
    rf"\b{_WORD}\s+[А-ЯЁ]\.\s?[А-ЯЁ]\.?(?![а-яё])|{_AFTER_PLACE}\b[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?{_WORD}"
    rf"|\b{_SURNAME}\s+[А-ЯЁ]\.(?!\s?[а-яё])"
)
_PAIR = re.compile(rf"\b({_WORD})\s+({_WORD})\b")
_ONE_SURNAME = re.compile(_SURNAME)


@cache
def _given_names() -> frozenset[str]:
    text = (
        resources.files("sheets_sync.privacy")
        .joinpath("given_names.txt")
        .read_text(encoding="utf-8")
    )
    return frozenset(text.split())


def find_personal(text: str, *, names: bool = True, bare: bool = True) -> str:
    """What kind of personal data a text carries: "телефон", "e-mail", "ФИО", or "" for none.

    `names` False allows names (a doctor's column); `bare` False allows eleven digits in a row
    (a column of ids). A surname or a given name alone is not recognised.
    """
    kinds = (kind for kind, _, _ in _pieces(text, names=names, bare=bare))
    return _KINDS.get(next(kinds, ""), "")


def redact(text: str, *, names: bool = True, bare: bool = True) -> str:
    """The text with phones, e-mails and full names replaced by their kind in brackets."""
    out, end = [], 0
    for kind, start, stop in sorted(_pieces(text, names=names, bare=bare), key=lambda p: p[1]):
        if start >= end:
            out += [text[end:start], HIDDEN[kind]]
        end = max(end, stop)
    return "".join((*out, text[end:]))


def scrub(text: str, *, names: bool = True, bare: bool = True) -> str:
    """What may be kept of an outside cell: "" if it carries a phone or e-mail, less any full name."""
    if find_personal(text, names=False, bare=bare):
        return ""
    if names and find_personal(text, bare=bare):
        return " ".join(redact(text, bare=bare).replace(HIDDEN["name"], "").split()).strip(
            " ,;:-–—"
        )
    return text


def mask(text: str) -> str:
    """A refused value as an example may show it: short, nothing personal, no long run of digits."""
    shown = redact(" ".join(text.split()))
    shown = _LONG_DIGITS.sub(lambda run: run[0] if _DATE.search(run[0]) else "•••", shown)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"


_LONG_DIGITS = re.compile(r"\d(?:[\s().\-/:]{0,2}\d){6,}")
_DATE = re.compile(r"^\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}(?:[\sT]+\d{1,2}:\d\d(?::\d\d)?)?$")


def _pieces(text: str, *, names: bool, bare: bool) -> list[tuple[str, int, int]]:
    """(kind, start, end) of everything personal, phones first."""
    found: list[tuple[str, int, int]] = []
    if _TEN_DIGITS.search(text):
        found += [("phone", *m.span()) for m in _PHONES.finditer(text)]
        if bare:
            found += [("phone", *m.span()) for m in _BARE.finditer(text)]
    if "@" in text:
        found += [("email", *m.span()) for m in _EMAIL.finditer(text)]
    if names and _TWO_CAPITALS.search(text):
        found += [("name", *span) for span in _names(text)]
    return found


#: Cheap tests that most cells fail: the patterns proper are asked only of the rest.
_TEN_DIGITS = re.compile(r"(?:\d\D*){10}")
_TWO_CAPITALS = re.compile(r"[А-ЯЁ][а-яё]*[.\s]\s*[А-ЯЁ]")


def _names(text: str) -> list[tuple[int, int]]:
    read = text.title() if text.isupper() and len(text.title()) == len(text) else text
    spans = [m.span() for pattern in (_FULL, _INITIALS) for m in pattern.finditer(read)]
    start = 0
    while pair := _PAIR.search(read, start):
        start = pair.start(2)
        for given, other in (pair.groups(), pair.groups()[::-1]):
            if given.lower().replace("ё", "е") in _given_names() and _ONE_SURNAME.fullmatch(other):
                spans.append(pair.span())
    return spans
