"""Dates that are not digits and dots: in words, as a spreadsheet's serial, time first, with a weekday."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

FIRST_YEAR, LAST_YEAR = 1990, 2100
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: No date is written longer.
_LONGEST = 80

#: A day of the week, wherever it stands, with its comma or brackets.
_WEEKDAY = re.compile(
    r"[ ,(]*(?<![^\W_])(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]|воскресенье"
    r"|(?:mon|tue|tues|wed|wednes|thu|thurs|fri|sat|satur|sun)(?:day)?)(?![^\W_])[.,)]*",
    re.IGNORECASE,
)
#: The word «год» after a year, a zone's name in brackets after its hours.
_YEAR_WORD = re.compile(r"(?<=\d{4}) ?г(?:ода?)?(?![^\W\d_])\.?", re.IGNORECASE)
_SPACED = re.compile(r"^(\d{2}) (\d{2}) (\d{4})(?!\d)")
_TWICE = re.compile(r"([+-]\d\d:?\d\d) [A-Z]{2,5}$")
_NAMED_ZONE = re.compile(r"(?<=[\dZ])\[[A-Za-z_/+-]+\]$")
#: Hours east of Greenwich of a zone that a time is followed by: «10:00 (ЕКБ)», «10:00 по Москве».
_CITY = re.compile(
    r"(?<=:\d\d)[ ,]*\(?(?:по |время |вр\. )*(?:[a-z]+/)?(?P<city>[а-яёa-z]{2,})(?:[- ]?(?:время|вр\.|time))?\)?$",
    re.IGNORECASE,
)
_CITIES = {
    2: ("клд", "калинингр", "kalin"), 3: ("мск", "моск", "msk", "mosc", "спб", "санкт"),
    4: ("сам", "sam"), 5: ("екб", "ект", "екат", "yek", "челяб", "члб", "перм", "уфа", "тюм"),
    6: ("омс", "oms"), 7: ("нск", "новосиб", "novosib", "крс", "краснояр", "krasnoy", "кемер", "томск", "барнаул"),
    8: ("ирк", "irk"), 9: ("якт", "якут", "yak", "чита"), 10: ("влд", "владив", "vladiv", "хаб"),
    11: ("магад", "magad", "сахал"), 12: ("камч", "петроп", "kamch"),
}  # fmt: skip
_HERE = ("мест", "local")
_SAID_ZONE = re.compile(
    r"(?<![^\W_])(?P<base>utc|gmt|мск|msk|моск\w*)(?![^\W\d_])(?: ?(?P<sign>[+−-]) ?(?P<hours>\d{1,2}))?",
    re.IGNORECASE,
)
#: A zone in figures, whatever follows.
_OFFSET = re.compile(r"(?:\+|(?<!\d)-)\d{1,2}:\d\d$")
_TIME = r"(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]m)?)"
_ZONE = r"(?P<zone> ?\(?(?:z|utc|gmt|мск|msk)?(?: ?[+-]\d{1,2}(?::?\d{2})?)?\)?)"
_TIME_FIRST = re.compile(rf"^{_TIME},? +(?P<date>\d.*?)$", re.IGNORECASE)
_FROM_HOUR = re.compile(r"с (\d{1,2})(?::(\d\d))? (?:до|по) \d{1,2}(?::\d\d)?", re.IGNORECASE)
_SLOT_WORDS = re.compile(r"\bс (\d{1,2}:\d{2}) (?:до|по) (\d{1,2}:\d{2})$", re.IGNORECASE)
_AFTER = rf"(?:,? +(?:в |at )?{_TIME}(?: ?[-–—−/] ?\d{{1,2}}:\d{{2}}|{_ZONE}))?(?: \([^()]*\))?"
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:-е|-го|st|nd|rd|th)?[ ./-]?(?P<month>[^\W\d_]{3,9})\.?,?"
    rf"(?:[ ./-]?(?P<year>\d{{4}})|[ ./-]*[ ./'’-](?P<short>\d{{2}}))(?: ?г(?:ода|\.)?)?{_AFTER}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[^\W\d_]{3,9})\.? +(?P<day>\d{1,2})(?:st|nd|rd|th)?,? +"
    rf"(?:(?P<year>\d{{4}})|['’]?(?P<short>\d{{2}})){_AFTER}",
    re.IGNORECASE,
)
#: A day and month without a year, and the time after them; `3.1` may be a number that was 3.10.
_NO_YEAR = re.compile(
    r"(?P<day>\d{1,2})(?:-?е|-?го)?(?:[ ./-]?(?P<word>[^\W\d_]{3,9})\.?|[./](?P<number>\d{2}))(?P<rest>,?(?: .*)?)",
    re.IGNORECASE,
)
_AFTER_DAY = re.compile(rf",? (?:в |at )?{_TIME}.*", re.IGNORECASE)
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
    bare = _whole_hours(_UNTIL.sub(r"\1", _LASTS.sub("", _tidy(text))))
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


def _tidy(text: str) -> str:
    """A moment without what says nothing more of it: its weekday, «г.», a zone's second name."""
    bare = _WEEKDAY.sub(" ", _NAMED_ZONE.sub("", _TWICE.sub(r"\1", text.strip())))
    bare = _YEAR_WORD.sub("", " ".join(bare.split()).strip(" ,"))
    bare = _SPACED.sub(r"\1.\2.\3", bare)
    city = _CITY.search(bare)
    if city and (zone := _zone_of(city["city"].lower())):
        when = bare[: city.start()]
        bare = when if _OFFSET.search(when) else f"{when} {zone}".strip()
    return _SLOT_WORDS.sub(r"\1-\2", bare)


def zone_said(header: str) -> int | None:
    """Minutes east of UTC that a header names for its whole column: «Время (МСК)», `Created (UTC+5)`."""
    match = _SAID_ZONE.search(header)
    if not match:
        return None
    away = int(match["hours"] or 0) * 60
    away = away if match["sign"] == "+" else -away
    return away + (0 if match["base"].lower() in {"utc", "gmt"} else 180)


def _zone_of(city: str) -> str:
    """`+05:00` of «екб», a space of the clinic's own zone, "" for a word that is none."""
    if city.startswith(_HERE):
        return " "
    hours = next((h for h, names in _CITIES.items() if city.startswith(names)), 0)
    return f"+{hours:02d}:00" if hours else ""


def with_year(text: str, year: int) -> str:
    """A day and month that lack only a year, with this one: «вт, 3 фев», `03.02 10:30`; "" for any
    other text."""
    match = _NO_YEAR.fullmatch(_tidy(text)) if len(text) <= _LONGEST else None
    if not match:
        return ""
    month = month_number(match["word"] or match["number"])
    dated = f"{year}-{month:02d}-{int(match['day']):02d}{match['rest'].lstrip(',')}"
    is_moment = dated[10:].strip() == "" or digits_of(dated) or _AFTER_DAY.fullmatch(dated[10:])
    return dated if is_moment and 1 <= month <= 12 and int(match["day"]) <= 31 else ""


def clock(text: str) -> str:
    """A time of day as `hh:mm`, where it is written otherwise: `15-00`, `15 ч 00 мин`, `1500`,
    `с 15 до 16`, `30.12.1899 15:00:00`; any other text as it is."""
    if len(text) > _LONGEST:
        return text
    bare = _whole_hours(_LASTS.sub("", _NO_DAY.sub("", text.strip())))
    if slot := _FROM_HOUR.fullmatch(bare):
        return f"{slot[1]}:{slot[2] or '00'}"
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
    year = match["year"] or f"20{match['short']}"
    return f"{year}-{month:02d}-{int(match['day']):02d} {when}".strip() if month else ""


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
