"""Periods: a cell, a title or a name of a file or sheet that says a month, a quarter, a week, two days."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from sheets_sync.reading.spelled import FIRST_YEAR, LAST_YEAR, month_number

#: First and last day as texts, ISO where they were a month or longer.
Ends = tuple[str, str]

_LONGEST = 80
_YEAR = r"(?P<year>\d{4}|\d{2})(?: ?г(?:од[а]?|\.)?)?"
_MONTH_WORD = r"(?P<month>янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[^\W\d_]*"
_MONTHS = (
    re.compile(rf"{_MONTH_WORD}\.?[ ,.'’/_-]*{_YEAR}", re.IGNORECASE),
    re.compile(rf"(?P<year>\d{{4}})(?: ?г(?:од[а]?|\.)?)?[ ,./_-]*{_MONTH_WORD}\.?", re.IGNORECASE),
    re.compile(r"(?P<month>\d{1,2})[./_](?P<year>\d{4})"),
    re.compile(r"(?P<year>\d{4})[./_-](?P<month>\d{2})"),
)
_MONTH_ALONE = re.compile(rf"{_MONTH_WORD}\.?", re.IGNORECASE)
_QUARTERS = (
    re.compile(
        rf"(?P<quarter>[1-4]|I{{1,3}}|IV)(?:-?й)? ?кв(?:артал)?\.?[ ,]*{_YEAR}", re.IGNORECASE
    ),
    re.compile(r"(?P<year>\d{4})[ -]?Q(?P<quarter>[1-4])|Q(?P<q>[1-4])[ -]?(?P<y>\d{4})"),
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_LEAD = re.compile(r"^(?:за |период:? ?|с |неделя )+", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\s+(?:по|до)\s+|\s*[–—−]\s*|\s+-\s+|(?<=\d{4}-\d\d-\d\d)/(?=\d)|(?<=\d[./]\d{4})-(?=\d\d?[./])"
    r"|(?<=\d[./]\d\d)-(?=\d\d?[./])"
)
_NO_YEAR = re.compile(r"(\d{1,2}[./]\d{1,2})\.?")


def period(text: str, year: int = 0) -> Ends:
    """A period's first and last day as texts: `01.02.2026 - 28.02.2026`, `февраль 2026`, `фев.26`,
    `1 кв. 2026`, `2026-02-01/2026-02-28`, `с 1 по …`; any other text is its own first day, with no
    last one. A month without a year is of `year`, where that is known."""
    if len(text) > _LONGEST:
        return text, ""
    bare = _LEAD.sub("", text.strip())
    if whole := _whole(bare, year):
        return whole
    ends = _BETWEEN.split(bare)
    if len(ends) != 2 or not all(any(c.isdigit() for c in end) for end in ends):
        return text, ""
    first, last = ends
    if short := _NO_YEAR.fullmatch(first):
        first = f"{short[1]}{last[-5:]}"
    return first, last


def is_month_alone(text: str) -> bool:
    """Whether a text is a month without a year: «Январь»."""
    return bool(_MONTH_ALONE.fullmatch(text.strip()) and _FULL_MONTHS.fullmatch(text.strip()))


def _whole(bare: str, year: int) -> Ends | None:
    for pattern in _MONTHS:
        if found := pattern.fullmatch(bare):
            return months(_full(found["year"]), month_number(found["month"]), 1)
    for pattern in _QUARTERS:
        if found := pattern.fullmatch(bare):
            parts = found.groupdict()
            of, number = parts["year"] or parts.get("y"), parts["quarter"] or parts.get("q")
            quarter = _ROMAN.get(str(number).lower()) or int(str(number))
            return months(_full(str(of)), quarter * 3 - 2, 3)
    if year and (found := _MONTH_ALONE.fullmatch(bare)):
        return months(year, month_number(found["month"]), 1)
    return None


def _full(year: str) -> int:
    return int(year) + 2000 if len(year) == 2 else int(year)


def months(year: int, month: int, count: int) -> Ends | None:
    """The first and last day of `count` months from one on; None where there is no such month."""
    if not (1 <= month <= 12 and FIRST_YEAR <= year <= LAST_YEAR):
        return None
    end = month + count - 1
    last = calendar.monthrange(year, end)[1]
    return f"{year}-{month:02d}-01", f"{year}-{end:02d}-{last}"


def stretched(first: date, span: str) -> date:
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
_INSIDE = (
    re.compile(rf"(?<![^\W_]){_MONTH_WORD}\.?[ ,.'’/_-]*(?P<year>20\d{{2}})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?<!\d)(?P<year>20\d{{2}})[ ,./_-]*{_MONTH_WORD}(?![^\W_])", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<year>20\d{2})[-._](?P<month>0[1-9]|1[0-2])(?![-._]?\d)"),
    re.compile(r"(?<![\d.])(?P<month>0[1-9]|1[0-2])[-._](?P<year>20\d{2})(?!\d)"),
)
_WORD_INSIDE = re.compile(rf"(?<![^\W_]){_MONTH_WORD}(?![^\W_])", re.IGNORECASE)
_ONE_DAY = re.compile(rf"(?:\bза|дата[^:]*:)\s*({_D})(?!\d)", re.IGNORECASE)
_YEAR_INSIDE = re.compile(r"(?<!\d)20[0-4]\d(?!\d)")
_FULL_MONTHS = re.compile(
    r"(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр"
    r"|january|february|march|april|june|july|august|september|october|november|december)[^\W\d_]*\.?",
    re.IGNORECASE,
)


def period_inside(text: str, year: int = 0) -> Ends | None:
    """The period that a title or a name of a file or sheet says among other words: «Отчёт за период
    с 01.02.2026 по 28.02.2026», `vk_2026-02`, «Февраль»; None where it says none."""
    text = text[: 4 * _LONGEST]
    if found := _RANGE.search(text):
        return found[1].replace("_", "-"), found[2].replace("_", "-")
    for pattern in _INSIDE:
        if found := pattern.search(text):
            return months(int(found["year"]), month_number(found["month"]), 1)
    if found := _ONE_DAY.search(text):
        return found[1], found[1]
    if year and (found := _WORD_INSIDE.search(text)) and _FULL_MONTHS.fullmatch(found[0]):
        return months(year, month_number(found["month"]), 1)
    return None


def year_inside(*texts: str) -> int:
    """The one year that some texts name; 0 where they name none or several."""
    found = {int(y) for text in texts for y in _YEAR_INSIDE.findall(text[: 4 * _LONGEST])}
    return found.pop() if len(found) == 1 else 0
