"""Dates that are not digits and dots: in words, as a spreadsheet's serial, time first, with a weekday."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

FIRST_YEAR, LAST_YEAR = 1990, 2100
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: No date is written longer.
_LONGEST = 80

_WEEKDAY = re.compile(
    r"^(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье"
    r"|(?:mon|tue|tues|wed|wednes|thu|thurs|fri|sat|satur|sun)(?:day)?)\.?,? +",
    re.IGNORECASE,
)
_TIME = r"(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]m)?)"
_ZONE = r"(?P<zone> ?\(?(?:z|utc|gmt|мск|msk)?(?: ?[+-]\d{1,2}(?::?\d{2})?)?\)?)"
_TIME_FIRST = re.compile(rf"^{_TIME},? +(?P<date>\d.*?)$", re.IGNORECASE)
_SLOT_WORDS = re.compile(r"\bс (\d{1,2}:\d{2}) (?:до|по) (\d{1,2}:\d{2})$", re.IGNORECASE)
_AFTER = rf"(?:,? +(?:в |at )?{_TIME}(?: ?[-–—−/] ?\d{{1,2}}:\d{{2}}|{_ZONE}))?(?: \([^()]*\))?"
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:-е|-го|st|nd|rd|th)?[ -]?(?P<month>[^\W\d_]{3,9})\.?,?[ -]"
    rf"?(?P<year>\d{{4}})(?: ?г(?:ода|\.)?)?{_AFTER}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"(?P<month>[^\W\d_]{{3,9}})\.? +(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<year>\d{{4}}){_AFTER}",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?"
)
_NUMERIC_DAY = r"(?P<date>\d{1,4}[./-]\d{1,2}[./-]\d{2,4})"
_HOURS = r"(?P<hour>\d{1,2})(?:[:.-]| ?ч\.? ?)(?P<minute>\d{2})(?: ?м(?:ин)?\.?)?"
_END = r"(?: ?[-–—−/] ?\d{1,2}(?:[:.]\d{2})?)?"
#: How long it lasts, after the moment; a second moment, where the first one ends.
_LASTS = re.compile(r"(?<![чсЧС.])[ ,(]+\d{1,3} ?мин[^()]{0,10}\)?$", re.IGNORECASE)
_UNTIL = re.compile(
    r"(\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}:\d{2}\S*) ?(?:[-–—−/]|до|по) ?\d{1,4}[./-]\d{1,2}[./-]\d.*"
)
#: Two hours of a day: `15-16`.
_TWO_HOURS = re.compile(r"(?P<day>.*?)\b(?P<from>\d{1,2}) ?[-–—−] ?(?P<to>\d{1,2})")
#: A day's time in brackets, with dots or letters, an end without minutes; and a slot before its day.
_ODD_SLOT = re.compile(rf"{_NUMERIC_DAY},? \(?{_HOURS}{_END}\)?")
_SLOT_FIRST = re.compile(rf"{_HOURS} ?[-–—−] ?\d{{1,2}}[:.]\d{{2}},? {_NUMERIC_DAY}")
_BARE_HOURS = re.compile(rf"{_HOURS}{_END}|(?P<h>[012]?\d)(?P<m>[0-5]\d)")
#: What a spreadsheet writes before a time that has no day.
_NO_DAY = re.compile(r"(?:3[01]\.12\.1899|0?[01]\.01\.1900|1899-12-3[01]|1900-01-0[01])[T ]")
#: What may stand before the hours of a day.
_DAY_BEFORE = re.compile(r"[./-]\d{2,4},? $")
#: Seconds or milliseconds since 1970, of 2008 to 2033.
_UNIX = re.compile(r"1[2-9]\d{8}(?:\d{3})?")
_MONTH_CELL = re.compile(r"\d{4}-\d\d")
#: A day number of Excel, with the time of day as a fraction.
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_SERIALS = (20_000, 60_000)
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock knows no zone


def digits_of(text: str) -> str:
    """A moment in digits, year first where it was in words; "" for what is no moment.

    `1 февраля 2026 г. 10:30`, `Feb 3, 2026 10:30 AM`, `вт, 03.02.2026`, `10:30 03.02.2026`,
    `03.02.2026 с 15:00 до 15:30`, `03.02.2026 15-16`, `20260201`, `46054.4375`, `1770103800`.
    """
    if len(text) > _LONGEST:
        return ""
    if _UNIX.fullmatch(text):
        return f"{datetime.fromtimestamp(int(text[:10]), UTC):%Y-%m-%d %H:%M:%S}Z"
    bare = _SLOT_WORDS.sub(r"\1-\2", _WEEKDAY.sub("", text.strip()))
    bare = _whole_hours(_UNTIL.sub(r"\1", _LASTS.sub("", bare)))
    if first := _TIME_FIRST.match(bare):
        bare = f"{first['date']} {first['time']}"
    if match := _ODD_SLOT.fullmatch(bare) or _SLOT_FIRST.fullmatch(bare):
        return f"{match['date']} {match['hour']}:{match['minute']}"
    if match := _COMPACT.fullmatch(bare):
        clock = ":".join(filter(None, match.group("hour", "minute", "second")))
        return f"{match['year']}-{match['month']}-{match['day']} {clock}".strip()
    if match := _DAY_FIRST.fullmatch(bare) or _MONTH_FIRST.fullmatch(bare):
        return _in_digits(match)
    if _MONTH_CELL.fullmatch(bare):  # a workbook's date that is shown as a month
        return f"{bare}-01"
    if _SERIAL.fullmatch(bare):
        return _of_serial(float(bare.replace(",", ".")))
    return bare if bare != text and bare[:1].isdigit() else ""


def clock(text: str) -> str:
    """A time of day as `hh:mm`, where it is written otherwise: `15-00`, `15 ч 00 мин`, `1500`,
    `30.12.1899 15:00:00`; any other text as it is."""
    if len(text) > _LONGEST:
        return text
    bare = _whole_hours(_LASTS.sub("", _NO_DAY.sub("", text.strip())))
    match = _BARE_HOURS.fullmatch(bare)
    return f"{match['hour'] or match['h']}:{match['minute'] or match['m']}" if match else bare


def _whole_hours(text: str) -> str:
    """`15-16` as its beginning, `15:00`, where the second number is the next hour or no minute that
    anybody writes; `15-30` is a time and stays."""
    match = _TWO_HOURS.fullmatch(text)
    if not match or (match["day"] and not _DAY_BEFORE.search(match["day"])):
        return text
    begins, ends = int(match["from"]), int(match["to"])
    if begins < ends <= 24 and (ends == begins + 1 or ends % 5):
        return f"{match['day']}{begins}:00"
    return text


def _in_digits(match: re.Match[str]) -> str:
    month = month_number(match["month"])
    zone = (match["zone"] or "").strip(" ()")
    when = f"{match['time']} {zone}".strip() if match["time"] else ""
    return f"{match['year']}-{month:02d}-{int(match['day']):02d} {when}".strip() if month else ""


def _of_serial(serial: float) -> str:
    if not _SERIALS[0] <= serial <= _SERIALS[1]:
        return ""
    return str(_SERIAL_EPOCH + timedelta(seconds=round(serial * 86_400)))


def month_number(text: str) -> int:
    """1 … 12 of a number or a Russian or English word in any case; 0 for another word."""
    if text.isdigit():
        return int(text)
    word = text.lower()
    for months in (_MONTHS, _ENGLISH):
        for number, start in enumerate(months, 1):
            if word.startswith(start):
                return number
    return 0
