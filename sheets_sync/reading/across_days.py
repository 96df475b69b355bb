"""Days as column headings without their month: 1, 2, 3 … on a sheet of a month, Пн … Вс beside a week."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from sheets_sync.reading.periods import Ends, period, period_inside
from sheets_sync.reading.words import letters

_NUMBER = re.compile(r"(?P<day>0?[1-9]|[12]\d|3[01])(?:\.0)?")
_DAY = re.compile(
    r"(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4})|(?P<iso>\d{4}-\d\d-\d\d)(?:[ T]00:00:00)?"
)
_WEEKDAYS = (
    "пн",
    "вт",
    "ср",
    "чт",
    "пт",
    "сб",
    "вс",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
)
_WEEKDAY_WORDS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
#: So many days of a month or of a week in a row are headings.
_LEAST_DAYS, _LEAST_WEEKDAYS = 3, 5


def month_of(texts: Sequence[str], year: int) -> tuple[int, int]:
    """(year, month) that a sheet, a title or a file names and no other period; (0, 0) where none does."""
    for text in texts:
        whole = period(text, year)
        first, last = (
            whole if whole[0][4:5] == "-" and whole[1] else period_inside(text, year) or ("", "")
        )
        if is_month((first, last)):
            return int(first[:4]), int(first[5:7])
    return 0, 0


def is_month(ends: Ends) -> bool:
    """Whether two days are the first and the last one of a month."""
    first, last = ends
    if not re.fullmatch(r"\d{4}-\d\d-01", first) or first[:8] != last[:8]:
        return False
    return (date.fromisoformat(last) + timedelta(days=1)).day == 1


def with_month(cells: Sequence[str], month: tuple[int, int]) -> list[str]:
    """A row whose cells number the days of a month, with the dates of these days; else the row."""
    there = [
        (place, int(m["day"]))
        for place, cell in enumerate(cells)
        if (m := _NUMBER.fullmatch(cell.strip()))
    ]
    others = "".join(cell for place, cell in enumerate(cells) if place not in dict(there))
    steps = {(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(there)}
    if (
        len(there) < _LEAST_DAYS
        or there[0][1] != 1
        or steps != {(1, 1)}
        or any(map(str.isdigit, others))
    ):
        return list(cells)
    try:
        days = {place: date(*month, day) for place, day in there}
    except ValueError:  # no month has so many days
        return list(cells)
    return [
        f"{days[place]:%d.%m.%Y}" if place in days else cell for place, cell in enumerate(cells)
    ]


def weekday(text: str) -> int:
    """0 for «Пн» … 6 for «Воскресенье»; -1 for another text."""
    words = letters(text)
    if len(words) != 1:
        return -1
    names = (*_WEEKDAYS, *_WEEKDAY_WORDS)
    return names.index(words[0]) % 7 if words[0] in names else -1


def are_weekdays(cells: Sequence[str]) -> list[int]:
    """The columns whose headings are days of a week in their order; none where they are too few."""
    there = [(place, weekday(cell)) for place, cell in enumerate(cells) if weekday(cell) >= 0]
    in_order = [day for _, day in there] == sorted({day for _, day in there})
    return [place for place, _ in there] if len(there) >= _LEAST_WEEKDAYS and in_order else []


def day_of_week(week: str, heading: str, year: int) -> str:
    """The day that a weekday is in a week: that which a cell says by its first day or both of its ends;
    "" where the cell says none."""
    first, last = period(week, year)
    match = _DAY.fullmatch(first.strip())
    if not match:
        return ""
    begin = date.fromisoformat(match["iso"]) if match["iso"] else _day(match)
    if begin is None or (last and (end := _DAY.fullmatch(last)) and not _is_week(begin, end)):
        return ""
    day = begin + timedelta(days=(weekday(heading) - begin.weekday()) % 7)
    return f"{day:%d.%m.%Y}"


def _is_week(begin: date, end: re.Match[str]) -> bool:
    last = date.fromisoformat(end["iso"]) if end["iso"] else _day(end)
    return last is not None and (last - begin).days < 7


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
