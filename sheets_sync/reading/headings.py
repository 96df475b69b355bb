"""What a heading over a group of rows says of them: a platform, a day, a month, a patient."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from metrics.schema import ENTITIES
from sheets_sync.privacy.personal import HIDDEN, redact
from sheets_sync.reading.aliases import ranks
from sheets_sync.reading.looks import KINDS
from sheets_sync.reading.periods import period
from sheets_sync.reading.systems import platform_names
from sheets_sync.reading.words import meaning, plain

#: Canonical name, header of its column, how a heading gives it.
Reader = tuple[str, str, Callable[[str], str]]

_DAY = re.compile(KINDS["date"].replace(r"\pL", r"[^\W\d_]"))
_CARD = re.compile(
    r"(?:(?:№|номер|код)?\s*(?:амб\w*\.?\s*|мед\w*\.?\s*)?карт[аы]\w*\s*(?:№|номер|:|пациента)*|№\s*(?:ИБ|карты)|(?:id|код|ид)\s+(?:пациента|клиента)\s*:?)\s*(?P<id>\w*\d[\w/-]*)",
    re.IGNORECASE,
)
#: What is left of a person's name and a number.
_NAME = rf"{re.escape(HIDDEN['name'])}"
_NUMBERED = re.compile(
    rf"\W*(?:№|n|#)?\s*(?P<before>\d[\w/-]{{2,}})\W+{_NAME}\W*|{_NAME}[\s,.;:№#(/|-]*(?P<after>\d[\w/-]{{2,}})\W*",
    re.IGNORECASE,
)
_YEAR = re.compile(r"19[2-9]\d|20[0-4]\d")
_PHONE = re.compile(r"(?:\+7|\b8|\b7)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]?\d\d[\s-]?\d\d\b")


def readers(entity: str, alone: Iterable[str]) -> list[Reader]:
    """(canonical name, header of its column, how a heading gives it), what headings of groups may
    hold. `alone` are cells that stand alone in a row."""
    ways: list[Reader] = [
        ("platform", "Площадка", _platform),
        (ENTITIES[entity].when, "Месяц" if entity == "costs" else "Дата", _month if entity == "costs" else day),
        (ENTITIES[entity].when, "Дата", day),
        ("patient_id", "Номер карты", card),
        ("patient_id", "Номер карты", numbered_person),
        ("phone", "Телефон", _phone),
    ]  # fmt: skip
    if entity == "appointments":
        ways.append(
            ("status", "Статус", lambda text: text if meaning(text, "appointment_status") else "")
        )
    titles = {text.partition(":")[0].strip() for text in alone}
    for title in sorted(titles):
        keys = ranks(entity)
        name = next((n for n in keys if plain(title) in keys[n]), "")
        if name:
            ways.append((name, title, partial(_after, title)))
    return ways


def _after(title: str, text: str) -> str:
    """What a heading says after its own header: «Площадка: Листовки»."""
    head, colon, value = text.partition(":")
    return value.strip() if colon and head.strip() == title else ""


def _platform(text: str) -> str:
    return text if plain(text) in platform_names() else ""


def day(text: str) -> str:
    return text if _DAY.match(text) else ""


def _month(text: str) -> str:
    return text if period(text)[1] else ""


def card(text: str) -> str:
    """The number that a text calls a patient's card, "" where it names none."""
    match = _CARD.search(text)
    return match["id"] if match else ""


def numbered_person(text: str) -> str:
    """The number beside a person's name and nothing else: «№ 00017 Иванова А.», «Петров П. (1018)»; a
    shorter one may be a row's or an age, and one like a year of birth is that."""
    match = _NUMBERED.fullmatch(redact(text)) if any(map(str.isdigit, text)) else None
    number = match["before"] or match["after"] if match else ""
    return "" if _YEAR.fullmatch(number) else number


def _phone(text: str) -> str:
    match = _PHONE.search(text)
    return match[0] if match else ""
