"""What a heading of a column or the label of a row says: a period, a platform, a source, a column's name."""

from __future__ import annotations

import re

from sheets_sync.reading.aliases import ranks
from sheets_sync.reading.periods import lacks_year, period
from sheets_sync.reading.systems import platform_names
from sheets_sync.reading.words import letters, meaning, plain

DAY = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)|\d{4}-\d\d-\d\d(?: 00:00:00)?")
TAIL = re.compile(r"[,(\[].*")


def is_period(cell: str) -> bool:
    text = cell.strip()
    return bool(DAY.fullmatch(text) or period(text)[1] or is_short(text))


def is_short(text: str) -> bool:
    """Whether a heading is a period without its year; a number with a dot may be anything."""
    return lacks_year(text) and not re.fullmatch(r"[\d.]+", text.strip())


def is_platform(cell: str) -> bool:
    return plain(TAIL.sub("", cell)) in platform_names()


def is_source(cell: str) -> bool:
    return len(letters(cell)) > 1 and bool(meaning(cell, "traffic_source"))


def canonical_of(entity: str, header: str) -> str:
    """What an entity calls a header, "" for a stranger."""
    word = plain(TAIL.sub("", header))
    return next((name for name, headers in ranks(entity).items() if word in headers), "")
