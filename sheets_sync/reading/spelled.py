"""Dates that are not digits and dots: in words, as a spreadsheet's serial, a month, a period."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta

FIRST_YEAR, LAST_YEAR = 1990, 2100
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_WORDS = re.compile(
    r"(?P<day>\d{1,2}) ?(?P<month>[а-яё]{3,8})\.?,? (?P<year>\d{4})(?: ?г(?:ода|\.)?)?"
    r"(?:,? (?:в )?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?"
)
#: A day number of Excel, with the time of day as a fraction.
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_SERIALS = (20_000, 60_000)
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock knows no zone
_EPOCH, _MICROSECOND = datetime(1970, 1, 1), timedelta(microseconds=1)  # noqa: DTZ001

_MONTH_WORD = re.compile(
    r"(?P<month>[а-яё]{3,8}),? (?P<year>\d{4})(?: ?г(?:од|\.)?)?", re.IGNORECASE
)
_MONTH_DIGITS = (
    re.compile(r"(?P<month>\d{1,2})[./](?P<year>\d{4})"),
    re.compile(r"(?P<year>\d{4})[.-](?P<month>\d{2})"),
)
_LEAD = re.compile(r"^(?:за |период:? ?|с )+", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\s+по\s+|\s*[–—−]\s*|\s+-\s+|(?<=\d{4}-\d\d-\d\d)/(?=\d)|(?<=\d[./]\d{4})-(?=\d\d?[./])"
    r"|(?<=\d[./]\d\d)-(?=\d\d?[./])"
)
_NO_YEAR = re.compile(r"(\d{1,2}[./]\d{1,2})\.?")


def wall_clock(text: str) -> int | None:
    """µs since 1970 of `1 февраля 2026 г. 10:30`, `20260201`, `46054.4375`; None for anything else."""
    if found := _COMPACT.fullmatch(text) or _WORDS.fullmatch(text):
        return _micros(found)
    if not _SERIAL.fullmatch(text):
        return None
    serial = float(text.replace(",", "."))
    if not _SERIALS[0] <= serial <= _SERIALS[1]:
        return None
    at = _SERIAL_EPOCH + timedelta(seconds=round(serial * 86_400))
    return (at - _EPOCH) // _MICROSECOND


def _micros(found: re.Match[str]) -> int | None:
    parts = found.groupdict()
    month = _month(parts["month"])
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    try:
        day = datetime(int(parts["year"]), month, int(parts["day"]))  # noqa: DTZ001
        at = day.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None
    return (at - _EPOCH) // _MICROSECOND if FIRST_YEAR <= at.year <= LAST_YEAR else None


def _month(text: str) -> int:
    """1 … 12 of a number or a Russian word in any case; 0 for another word."""
    if text.isdigit():
        return int(text)
    starts = (n for n, start in enumerate(_MONTHS, 1) if text.lower().startswith(start))
    return next(starts, 0)


def period(text: str) -> tuple[str, str]:
    """A period's first and last day as texts: `01.02.2026 - 28.02.2026`, `февраль 2026`,
    `2026-02-01/2026-02-28`, `с 1 по …`; any other text is its own first day, with no last one."""
    bare = _LEAD.sub("", text.strip())
    for pattern in (_MONTH_WORD, *_MONTH_DIGITS):
        if found := pattern.fullmatch(bare):
            return _whole_month(found) or (text, "")
    ends = _BETWEEN.split(bare)
    if len(ends) != 2 or not all(any(c.isdigit() for c in end) for end in ends):
        return text, ""
    first, last = ends
    if short := _NO_YEAR.fullmatch(first):
        first = f"{short[1]}{last[-5:]}"
    return first, last


def _whole_month(found: re.Match[str]) -> tuple[str, str] | None:
    year, month = int(found["year"]), _month(found["month"])
    if not (1 <= month <= 12 and FIRST_YEAR <= year <= LAST_YEAR):
        return None
    last = calendar.monthrange(year, month)[1]
    return f"{year}-{month:02d}-01", f"{year}-{month:02d}-{last}"
