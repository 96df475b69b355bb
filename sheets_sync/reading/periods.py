"""Periods: a cell, a title or a name of a file or sheet that says a month, a quarter, a week, two days."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from sheets_sync.reading.spelled import FIRST_YEAR, LAST_YEAR, month_number

#: First and last day as texts, ISO where they were a month or longer.
Ends = tuple[str, str]

_LONGEST = 80
_FULL_MONTH = (
    r"январ[ьяею]|феврал[ьяею]|март[аеу]?|апрел[ьяею]|ма[йяею]|июн[ьяею]|июл[ьяею]|август[аеу]?|сентябр[ьяею]"
    r"|октябр[ьяею]|ноябр[ьяею]|декабр[ьяею]|january|february|march|april|may|june|july|august|september"
    r"|october|november|december"
)
#: A month's word whole: «Маркетинг» is no March.
_WORD = (
    rf"(?:{_FULL_MONTH}|янв|фев(?:р)?|мар|апр|июн|июл|авг|сент?|окт|нояб?|дек|jan|feb|mar|apr|jun|jul|aug|sept?"
    r"|oct|nov|dec)(?![^\W\d_])"
)
_MONTH_WORD = rf"(?P<month>{_WORD})"
_G = r"(?: ?г(?:од[а]?|\.)?)?"
_YEAR = rf"(?P<year>\d{{4}}|\d{{2}}){_G}"
_MONTHS = (
    re.compile(rf"{_MONTH_WORD}\.?[ ,.'’/_-]*{_YEAR}", re.IGNORECASE),
    re.compile(rf"(?P<year>\d{{4}}){_G}[ ,./_-]*{_MONTH_WORD}\.?", re.IGNORECASE),
    re.compile(r"(?P<month>\d{1,2})[./_](?P<year>\d{4})"),
    re.compile(r"(?P<year>\d{4})[./_-](?P<month>\d{2})"),
    re.compile(r"(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])"),
)
_MONTH_ALONE = re.compile(rf"{_MONTH_WORD}\.?", re.IGNORECASE)
_FULL_ALONE = re.compile(rf"(?:{_FULL_MONTH})\.?", re.IGNORECASE)
#: Quarters and halves of a year, by how many months they have.
_PARTS = {
    3: (
        re.compile(rf"(?P<part>[1-4]|I{{1,3}}|IV)(?:-?й)? ?кв(?:артал)?\.?[ ,]*{_YEAR}", re.IGNORECASE),
        re.compile(r"(?P<year>\d{4})[ -]?Q(?P<part>[1-4])"),
        re.compile(r"Q(?P<part>[1-4])[ -]?(?P<year>\d{4})"),
    ),
    6: (
        re.compile(rf"(?P<part>[12]|I{{1,2}})(?:-?е|-?ое)? ?(?:полугодие|п/?г)\.?[ ,]*{_YEAR}", re.IGNORECASE),
        re.compile(r"H(?P<part>[12])[ -]?(?P<year>\d{4})"),
        re.compile(r"(?P<year>\d{4})[ -]?H(?P<part>[12])"),
    ),
}  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_OF_YEAR = rf"(?:[ ,./_-]+(?P<year>\d{{4}}){_G})?"
#: Weeks by their number, as ISO counts them.
_WEEKS = (
    re.compile(r"(?P<year>\d{4})[ -]?W(?P<week>\d{1,2})", re.IGNORECASE),
    re.compile(rf"W(?P<week>\d{{1,2}}){_OF_YEAR}", re.IGNORECASE),
    re.compile(rf"(?:неделя|нед\.?|week) ?№? ?(?P<week>\d{{1,2}}){_OF_YEAR}", re.IGNORECASE),
    re.compile(rf"(?P<week>\d{{1,2}})(?:-?я)? ?(?:неделя|нед\.?|week){_OF_YEAR}", re.IGNORECASE),
)
_LEAD = re.compile(r"^(?:за |период:? ?|с |неделя )+", re.IGNORECASE)
_WHOLE_YEAR = re.compile(rf"(20\d{{2}}){_G}")
_ISO_PAIR = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")
_SLASHES = re.compile(r"(\d{1,2}/\d{1,2})\s*[-–—−]\s*(\d{1,2}/\d{1,2}(/\d{2,4}))")
_FULL_DAY = r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})|\d{4}[-.]\d{2}[-.]\d{2}"
_END = (
    rf"(?:{_FULL_DAY}|\d{{1,2}}(?:-?(?:е|го))? ?{_WORD}\.?(?:,? ?\d{{4}})?|{_WORD}\.? \d{{1,2}}(?!\d)(?:,? \d{{4}})?"
    rf"|{_WORD}\.?(?:,? ?\d{{4}})?|\d{{1,2}}\.\d{{1,2}}|\d{{1,2}})"
)
#: What stands between two days, without which there are none.
_TO = r"(?:[-–—−]|\.\.+|…|\bпо\b|\bдо\b|\bto\b)"
_TO_INSIDE = re.compile(_TO, re.IGNORECASE)
_FULL_END = re.compile(_FULL_DAY)
_SHORT_END = re.compile(
    rf"(?:(?P<day>\d{{1,2}})(?:-?(?:е|го))?(?:\.(?P<number>\d{{1,2}})| ?{_MONTH_WORD}\.?)?"
    rf"|(?P<word>{_WORD})\.?(?: (?P<then>\d{{1,2}})(?!\d))?)(?:,? ?(?P<year>\d{{4}}))?",
    re.IGNORECASE,
)


class _PeriodEnd(NamedTuple):
    """A day as far as it is said; 0 is what is not."""

    year: int
    month: int
    day: int


def period(text: str, year: int = 0, span: str = "") -> Ends:
    """A period's first and last day as texts: `01.02.2026 - 28.02.2026`, `01–15.03.2026`, `февраль 2026`,
    `фев.26`, `1 кв. 2026`, `2026-W06`, `2026-02-01/2026-02-28`, `с 1 по …`; any other text is its own
    first day, with no last one. What lacks a year is of `year`, where that is known; a bare number is
    one of what the header counts (`span`: month, week, quarter, year)."""
    bare = text.strip()
    if len(text) > _LONGEST or _FULL_END.fullmatch(bare):  # nearly every cell is a day
        return text, ""
    ends = _week(bare, year) or _counted(bare, year, span)
    bare = _LEAD.sub("", bare)
    return (
        ends or _whole(bare, year) or _between(bare, year) or _short_day(bare, year) or (text, "")
    )


@cache  # a third of all that this module compiles, and few files ask it
def _both() -> re.Pattern[str]:
    """Two days, or months, with something between them."""
    return re.compile(
        rf"(?<![\d./-])(?P<first>{_END}){_G}\s*{_TO}\s*(?P<last>{_END}){_G}(?![./]?\d)",
        re.IGNORECASE,
    )


def lacks_year(text: str, span: str = "") -> bool:
    """Whether a text is a period or day that only its year is missing of: «Январь», `05.02`."""
    return not period(text, 0, span)[1] and period(text, 2024, span) != (text, "")


def _week(bare: str, year: int) -> Ends | None:
    for pattern in _WEEKS:
        if match := pattern.fullmatch(bare):
            return _iso_week(int(match["year"] or year), int(match["week"]))
    return None


def _iso_week(year: int, week: int) -> Ends | None:
    try:
        first = date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
    return (str(first), str(first + timedelta(days=6))) if year >= FIRST_YEAR else None


def _counted(bare: str, year: int, span: str) -> Ends | None:
    """A bare number under a header that says what is counted."""
    if span == "year" and (whole := _WHOLE_YEAR.fullmatch(bare)):
        return months(int(whole[1]), 1, 12)
    number = bare.removesuffix(".0")
    if not (year and number.isdigit() and len(number) <= 2):
        return None
    if span == "week":
        return _iso_week(year, int(number))
    count = {"month": 1, "quarter": 3}.get(span)
    return months(year, (int(number) - 1) * count + 1, count) if count else None


def _whole(bare: str, year: int) -> Ends | None:
    for pattern in _MONTHS:
        if match := pattern.fullmatch(bare):
            return months(_full(match["year"]), month_number(match["month"]), 1)
    for count, patterns in _PARTS.items():
        for pattern in patterns:
            if match := pattern.fullmatch(bare):
                part = _ROMAN.get(match["part"].lower()) or int(match["part"])
                return months(_full(match["year"]), (part - 1) * count + 1, count)
    if year and (match := _MONTH_ALONE.fullmatch(bare)):
        return months(year, month_number(match["month"]), 1)
    return None


def _between(bare: str, year: int) -> Ends | None:
    """Two days with something between them; what one lacks the other says."""
    if (pair := _ISO_PAIR.fullmatch(bare)) and pair:
        return pair[1], pair[2]
    if pair := _SLASHES.fullmatch(bare):  # which of them is the month its column knows
        return f"{pair[1]}{pair[3]}", pair[2]
    match = _both().fullmatch(bare) if _TO_INSIDE.search(bare) else None
    return _ends(match["first"], match["last"], year) if match else None


def _ends(first: str, last: str, year: int) -> Ends | None:
    if _FULL_END.fullmatch(first) and _FULL_END.fullmatch(last):
        return first, last
    begin, end = _end_of(first), _end_of(last)
    if not begin or not end or bool(begin.day) != bool(end.day):
        return None
    month, of = end.month or begin.month, end.year or year
    if not month or not of:
        return None
    months_ = begin.month or month
    before = (months_, begin.day) > (month, end.day) and not begin.year
    start = _day(begin.year or of - before, months_, begin.day or 1)
    stop = _day(of, month, end.day or calendar.monthrange(of, month)[1] if 1 <= month <= 12 else 0)
    return (str(start), str(stop)) if start and stop else None


def _end_of(text: str) -> _PeriodEnd | None:
    """One end as far as it is said."""
    if _FULL_END.fullmatch(text):
        one, two, three = (int(part) for part in re.split(r"[./-]", text))
        return _PeriodEnd(one, two, three) if one > 31 else _PeriodEnd(_full(str(three)), two, one)
    match = _SHORT_END.fullmatch(text)
    if not match:
        return None
    word = match["month"] or match["word"] or match["number"] or ""
    day = match["day"] or match["then"] or 0
    return _PeriodEnd(int(match["year"] or 0), month_number(word) if word else 0, int(day))


def _short_day(bare: str, year: int) -> Ends | None:
    """A day without its year: `05.02`, «5 февраля»."""
    end = _end_of(bare) if year and _SHORT_END.fullmatch(bare) else None
    day = _day(year, end.month, end.day) if end and end.day and end.month and not end.year else None
    return (str(day), str(day)) if day else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def _full(year: str) -> int:
    return int(year) + 2000 if len(year) == 2 else int(year)


def months(year: int, month: int, count: int) -> Ends | None:
    """The first and last day of `count` months from one on; None where there is no such month."""
    end = month + count - 1
    if not (month >= 1 and end <= 12 and FIRST_YEAR <= year <= LAST_YEAR):
        return None
    last = calendar.monthrange(year, end)[1]
    return f"{year}-{month:02d}-01", f"{year}-{end:02d}-{last}"


def last_day(first: date, span: str) -> date:
    """The last day of a month, quarter, week or year that begins on a day."""
    if span == "week":
        return first + timedelta(days=6)
    count = {"month": 1, "quarter": 3, "year": 12}[span]
    end = first.month + count - 1
    return date(first.year, end, calendar.monthrange(first.year, end)[1])


_D = r"(?:\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})|\d{4}[-._]\d{2}[-._]\d{2}|\d{1,2} [а-яё]{3,8}\.? \d{4})"
_RANGE = re.compile(
    rf"(?<!\d)({_D})\s*(?:г\.)?\s*(?:-|–|—|по|до|\.\.|/|_|to)\s*({_D})(?!\d)", re.IGNORECASE
)
#: A month among other words; after a day's number it is that day, and no month.
_WORD_INSIDE = re.compile(rf"(?<![^\W_])(?<!\d )(?<!\d){_MONTH_WORD}", re.IGNORECASE)
_INSIDE = (
    re.compile(rf"{_WORD_INSIDE.pattern}\.?[ ,.'’/_-]*(?P<year>20\d{{2}})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?<!\d)(?P<year>20\d{{2}})[ ,./_-]*{_MONTH_WORD}", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<year>20\d{2})[-._](?P<month>0[1-9]|1[0-2])(?![-._]?\d)"),
    re.compile(r"(?<![\d.])(?P<month>0[1-9]|1[0-2])[-._](?P<year>20\d{2})(?!\d)"),
)
_ONE_DAY = re.compile(
    rf"(?:\bза|\bдата(?! (?:форм|созд|печат|выгр|отч|сост))[^:\d]{{0,30}}:)\s*({_D})(?!\d)",
    re.IGNORECASE,
)
_YEAR_INSIDE = re.compile(r"(?<!\d)20[0-4]\d(?!\d)")


def period_inside(text: str, year: int = 0) -> Ends | None:
    """The period that a title or a name of a file or sheet says among other words: «Отчёт за период
    с 01.02.2026 по 28.02.2026», «за 1–15 февраля 2026», `vk_2026-02`, «Февраль»; None where it says
    none, or several months and nothing between them."""
    text = text[: 4 * _LONGEST]
    if match := _RANGE.search(text):
        return match[1].replace("_", "-"), match[2].replace("_", "-")
    for match in _both().finditer(text) if _TO_INSIDE.search(text) else ():
        if ends := _ends(match["first"], match["last"], year):
            return ends
    if len({month_number(word["month"]) for word in _WORD_INSIDE.finditer(text)}) > 1:
        return None
    for pattern in _INSIDE:
        if match := pattern.search(text):
            return months(int(match["year"]), month_number(match["month"]), 1)
    if match := _ONE_DAY.search(text):
        return match[1], match[1]
    if year and (match := _WORD_INSIDE.search(text)) and _FULL_ALONE.fullmatch(match["month"]):
        return months(year, month_number(match["month"]), 1)
    return None


def year_inside(*texts: str) -> int:
    """The one year that some texts name; 0 where they name none or several."""
    years = years_inside(*texts)
    return int(years[0]) if len(years) == 1 else 0


def years_inside(*texts: str) -> tuple[str, ...]:
    """The years that some texts name, each once."""
    return tuple(sorted({y for text in texts for y in _YEAR_INSIDE.findall(text[: 4 * _LONGEST])}))
