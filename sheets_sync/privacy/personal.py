"""Personal data in free text: recognised, cut out, masked. Time grows with the text."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from metrics.schema import ENTITIES
from sheets_sync.privacy.addresses import email_spans
from sheets_sync.privacy.documents import document_spans
from sheets_sync.privacy.morphology import is_verb
from sheets_sync.privacy.names import name_spans
from sheets_sync.privacy.phones_in_text import phone_spans
from sheets_sync.privacy.readable import readable

#: Columns of an export whose cells may hold a name: staff, not patients; and campaigns named
#: after a doctor.
NAMED = frozenset(c.name for e in ENTITIES.values() for c in e.columns if c.personal)
#: Columns of advertising, where ten or eleven digits in a row are an id of a campaign or an ad.
MARKED = frozenset(
    {
        "campaign",
        "campaign_id",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
    }
)
#: Characters of a text that are kept; nobody's campaign is longer.
LONGEST = 1_000
#: What stands where something was cut out.
HIDDEN = {"phone": "[телефон]", "email": "[e-mail]", "name": "[имя]", "private": "[личное]"}
_KINDS = {"phone": "телефон", "email": "e-mail", "name": "ФИО", "private": "личное"}
_HIDDEN_SIGN = re.compile(f"({'|'.join(map(re.escape, HIDDEN.values()))})")
#: Read beyond the cut, so that it does not part a phone or a name.
_BEYOND = 100
_LONGEST_SHOWN = 40
_LONG_DIGITS = re.compile(r"\d(?:[\s().\-/:]{0,2}\d){6,}")
_DATE = re.compile(r"^\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}(?:[\sT]+\d{1,2}:\d\d(?::\d\d)?)?$")
_WORD = re.compile(r"[^\W\d_]+")
#: Stands for a letter that is not shown.
DOT = "•"
_LONGEST_DOTS = 8


class _Piece(NamedTuple):
    kind: str
    start: int
    stop: int


def find_personal(text: str, *, names: bool = True, bare: bool = True) -> str:
    """What kind of personal data a text carries: "телефон", "e-mail", "ФИО", "личное" (a passport, a
    date of birth, a flat, a nickname), or "" for none.

    `names` False allows names (a doctor's column); `bare` False allows digits in a row (a column
    of ids). A surname or a given name alone is not recognised.
    """
    pieces = _pieces(readable(text), names=names, bare=bare)
    return _KINDS[pieces[0].kind] if pieces else ""


def personal_kinds(text: str) -> frozenset[str]:
    """Every kind of personal data that a text carries: keys of HIDDEN."""
    return frozenset(piece.kind for piece in _pieces(readable(text), names=True, bare=True))


def redact(text: str, *, names: bool = True, bare: bool = True) -> str:
    """The text with all that is personal replaced by its kind in brackets."""
    plain = readable(text)
    pieces = _pieces(plain, names=names, bare=bare)
    return _replaced(plain, pieces, HIDDEN) if pieces else text


def redact_title(text: str) -> str:
    """The name of a file or a sheet without phones, e-mails, full names and surnames alone."""
    plain = readable(text)
    pieces = _pieces(plain, names=True, bare=True, eager=True)
    return _replaced(plain, pieces, HIDDEN) if pieces else text


def mask_title(text: str) -> str:
    """The name of a sheet as it may be shown: as `mask`, and without surnames alone."""
    return mask(redact_title(text))


def scrub(text: str, *, names: bool = True, bare: bool = True, eager: bool = False) -> str:
    """What may be kept of an outside cell: "" if it carries a phone or e-mail, less any full name,
    and no more than LONGEST characters. `eager`: a cell of a column of people, where a surname alone
    is a name, too."""
    looked_at = text[: LONGEST + _BEYOND]
    plain = readable(looked_at)
    pieces = _pieces(plain, names=names, bare=bare, eager=eager)
    if any(piece.kind != "name" for piece in pieces):
        return ""
    if pieces:
        rest = _replaced(plain, pieces, {"name": " "})
        looked_at = " ".join(rest.split()).strip(" ,;:_-–—")
    return looked_at[:LONGEST]


def pared(text: str, *, names: bool = True, bare: bool = True) -> str:
    """What is left of a cell that a row cannot do without: its kind in brackets if nothing is."""
    shown = redact(text[: LONGEST + _BEYOND], names=names, bare=bare)
    rest = shown
    for sign in HIDDEN.values():
        rest = rest.replace(sign, " ")
    if rest == shown:
        return shown[:LONGEST]
    return (" ".join(rest.split()).strip(" ,;:_-–—+()") or shown)[:LONGEST]


def mask(text: str) -> str:
    """A refused value as an example may show it: short, nothing personal, no long run of digits."""
    shown = redact(" ".join(text[: LONGEST + _BEYOND].split()))
    shown = _LONG_DIGITS.sub(lambda run: run[0] if _DATE.search(run[0]) else "•••", shown)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"


def outline(text: str, words: Container[str]) -> str:
    """A refused value by its outline: digits and signs as in `mask`, a dot for each letter.

    Shown are `words` (lower case, ё = е), verbs and small words: a comment that got into a wrong
    column says what a person is ill with.
    """

    def dots(word: re.Match[str]) -> str:
        plain = word[0].lower().replace("ё", "е")
        shown = plain in words or is_verb(plain)
        return word[0] if shown else DOT * min(len(word[0]), _LONGEST_DOTS)

    shown = mask(text)
    return "".join(
        part if part in HIDDEN.values() else _WORD.sub(dots, part)
        for part in _HIDDEN_SIGN.split(shown)
    )


def _pieces(plain: str, *, names: bool, bare: bool, eager: bool = False) -> list[_Piece]:
    """Everything personal of a readable text, phones first."""
    spans = [("phone", span) for span in phone_spans(plain, bare=bare)]
    spans += [("email", span) for span in email_spans(plain, bare=bare)]
    if bare:
        spans += [("private", span) for span in document_spans(plain)]
    if names:
        spans += [("name", span) for span in name_spans(plain, eager=eager)]
    return [_Piece(kind, *span) for kind, span in spans]


def _replaced(plain: str, pieces: list[_Piece], words: dict[str, str]) -> str:
    out, end = [], 0
    for kind, start, stop in sorted(pieces, key=lambda piece: piece.start):
        if start >= end:
            out += [plain[end:start], words[kind]]
        end = max(end, stop)
    return "".join((*out, plain[end:]))
