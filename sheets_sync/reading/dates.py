"""Columns of dates: one order of day and month for a column, decided on all of its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.plain_dates import plain_dates
from sheets_sync.reading.spelled import FIRST_YEAR, LAST_YEAR, digits_of

Order = Literal["dmy", "mdy", "ymd"]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_DAY = 86_400_000_000
#: Hours of the zone of Moscow, and the farthest that any zone is from Greenwich.
_MOSCOW, _FARTHEST = 3 * 60, 14 * 60
#: Minutes of the longest slot that ends after midnight.
_NIGHT = 4 * 60
_NUMERIC = (
    r"^(?P<a>\d{1,4})(?P<p>[./-])(?P<b>\d{1,2})(?P<q>[./-])(?P<c>\d{4}|\d{2})(?: ?(?:г|Г)\.?)?"
    r"(?:(?:[ _]|(?P<t>T)|, ?| в )(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d+)?)?"
    r" ?(?P<x>[AaPp][Mm])?"
    r"(?: ?[-–—−] ?(?P<e>\d{1,2}(?::\d{2})?)(?P<f>:\d{2})?)?)?"
    r" ?\(?(?P<z>Z|UTC|GMT|(?:UTC|GMT)? ?[+-]\d{1,2}(?::?\d{2})?|(?:[Мм][Сс][Кк]|MSK)(?:[+-]\d)?)?\)?$"
)
_CLOCK = (
    r"^(?:с )?(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d+)?)? ?(?P<x>[AaPp][Mm])?"
    r"(?:(?: ?[-–—−] ?| (?:до|по) )\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?$"
)
#: The first days of all months, and of the one after them, since 1970.
_FIRSTS = np.arange(f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02", dtype="datetime64[M]")
_MONTHS = _FIRSTS.astype("datetime64[D]").astype(np.int64)
_FRACTION = re.compile(r"0[.,]\d+")
_ZONE = re.compile(r"(?P<base>[A-ZА-Я]*)(?P<sign>[+-]?)(?P<hours>\d{0,2}):?(?P<minutes>\d{0,2})")


class DateOrderError(ValueError):
    """A column whose day and month cannot be told apart. `reason` says why, in Russian."""

    def __init__(self, reason: str, rows: tuple[int, ...]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rows = rows


@dataclass(frozen=True)
class Moments:
    """A column as it was read. `local` is µs since 1970 on the wall clock; `offset` is µs east of
    UTC where `has_offset`; rows not `ok` are empty or unreadable and their numbers are 0."""

    local: Ints
    ok: Bools
    offset: Ints
    has_offset: Bools

    def part(self, start: int, stop: int) -> Moments:
        """The rows of one of several columns that were read together."""
        rows = slice(start, stop)
        return Moments(self.local[rows], self.ok[rows], self.offset[rows], self.has_offset[rows])

    def days(self) -> pd.Series:
        """The dates as written, datetime64[us], NaT where not ok."""
        return pd.Series(_stamps(self.local - self.local % _DAY, self.ok))

    def utc(self, zone: ZoneInfo) -> pd.Series:
        """Moments in UTC, datetime64[us, UTC]: of a wall-clock time that comes twice, the first;
        one that never comes is moved forward over the gap."""
        naive = pd.DatetimeIndex(_stamps(self.local, self.ok))
        first = np.ones(len(naive), dtype=bool)
        there = naive.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
        if not self.has_offset.any():
            return pd.Series(there.tz_convert("UTC"))
        by_offset = pd.DatetimeIndex(_stamps(self.local - self.offset, self.ok)).tz_localize("UTC")
        return pd.Series(there.tz_convert("UTC")).where(~self.has_offset, pd.Series(by_offset))


def _stamps(micros: Ints, ok: Bools) -> npt.NDArray[np.datetime64]:
    return np.where(ok, micros, np.iinfo(np.int64).min).astype("datetime64[us]")


def date_order(date_format: str) -> Order | None:
    """The order that a clinic's file names: `dd.mm.yyyy`, `ДД/ММ/ГГГГ`, `%m/%d/%Y`, `dmy`.

    None for an empty one. Raises ValueError where it names no order.
    """
    if not date_format:
        return None
    letters = date_format.replace("%M", "").lower().translate(str.maketrans("дмг", "dmy"))
    order = "".join(dict.fromkeys(c for c in letters if c in "dmy"))
    if order not in {"dmy", "mdy", "ymd"}:
        raise ValueError(date_format)
    return order  # type: ignore[return-value]


def moments(text: pa.Array, order: Order | None = None, clock: pa.Array | None = None) -> Moments:
    """Read a column of dates, with times or without; `clock` is a column of times beside it.

    Numeric dates, ISO with offsets, Russian words, Excel serials and yyyymmdd may stand side by
    side, for none of them is in doubt. The order of `01/02/2026` or `01-02-2026` is decided by all
    rows of the column, or by `order`; with dots it is day first.
    Raises DateOrderError where the column shows both orders, or neither.
    """
    local, ok, offset, has_offset = _all(text, order)
    if clock is not None:
        time, timed = clock_times(clock)
        ok &= timed
        local = np.where(local % _DAY == 0, local + time, local)
    return Moments(np.where(ok, local, 0), ok, offset, ok & has_offset)


def _all(text: pa.Array, order: Order | None) -> tuple[Ints, Bools, Ints, Bools]:
    """(µs on the wall clock, is readable, µs east of UTC, has such an offset) of every cell. Plain
    dates, nearly all, are read from their bytes, the rest by their parts."""
    local, offset = np.zeros(len(text), dtype=np.int64), np.zeros(len(text), dtype=np.int64)
    ok, has_offset = np.zeros(len(text), dtype=bool), np.zeros(len(text), dtype=bool)
    plain = plain_dates(text)
    if order == "mdy":  # then dots, too, are month first
        plain = plain.only(plain.year_first)
    days, exists = _days(plain.year, plain.month, plain.day)
    local[plain.rows] = days * _DAY + plain.seconds * 1_000_000
    ok[plain.rows] = exists
    rest = _truth(pc.not_equal(text, ""))
    rest[plain.rows] = False
    if rest.any():
        rows, iso = np.flatnonzero(rest), plain.rows[plain.year_first]
        other = text.take(pa.array(rows))
        parts = _DateParts(other, _NUMERIC)
        if not parts.there.all():
            parts = _DateParts(_in_digits(other, ~parts.there), _NUMERIC)
        local[rows], readable = _numeric(parts, order, rows, int(iso.min()) if len(iso) else -1)
        offset[rows], has_offset[rows], zones = _offsets(parts)
        ok[rows] = readable & zones
    return local, ok, offset, has_offset


def _in_digits(text: pa.Array, rest: Bools) -> pa.Array:
    """The cells of a mask rewritten in digits; "" where they are no moment."""
    spelled = text.filter(pa.array(rest)).dictionary_encode()
    digits = pa.array([digits_of(t) for t in spelled.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(text, pa.array(rest), digits.take(spelled.indices))


class _DateParts:
    """A column taken apart by an expression: every field of every row, "" where it is not."""

    def __init__(self, text: pa.Array, pattern: str) -> None:
        self._parts = pc.extract_regex(text, pattern)
        self.there = _truth(pc.is_valid(self._parts))

    def text(self, name: str) -> pa.Array:
        return pc.fill_null(pc.struct_field(self._parts, name), "")

    def number(self, name: str) -> Ints:
        digits = self.text(name)
        filled = pc.if_else(pc.equal(digits, ""), "0", digits)
        return _ints(pc.cast(filled, pa.int64()))

    def length(self, name: str) -> Ints:
        return _ints(pc.utf8_length(self.text(name)))

    def has(self, name: str, value: str | None = None) -> Bools:
        """Rows where the field is there, or equals `value` without case."""
        text = self.text(name)
        if value is None:
            return _truth(pc.not_equal(text, ""))
        return _truth(pc.equal(pc.utf8_lower(text), value))


def _truth(mask: Any) -> Bools:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=bool)


def _ints(numbers: Any) -> Ints:
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)


def _numeric(parts: _DateParts, setting: Order | None, rows: Ints, iso: int) -> tuple[Ints, Bools]:
    """Numeric dates of a column: (µs on the wall clock, is readable). `rows` are their numbers, `iso`
    is the first row among the others that has the year first, or -1."""
    a, b, c = (parts.number(name) for name in "abc")
    there = parts.there & _truth(pc.equal(parts.text("p"), parts.text("q")))
    year_first = there & (parts.length("a") == 4) & (parts.length("c") == 2)
    short = there & (parts.length("a") <= 2)
    dotted = short & parts.has("p", ".")
    order = setting or _decide(a, b, year_first, short & ~dotted, rows, iso)
    month_first = short & (order == "mdy") & (~dotted | (setting is not None))
    year = np.where(year_first, a, np.where(parts.length("c") == 2, c + 2000, c))
    month = np.where(month_first, a, b)
    day = np.where(year_first, c, np.where(month_first, b, a))
    days, exists = _days(year, month, day)
    time, timed = _time(parts)
    return days * _DAY + time, (year_first | short) & exists & timed


def _decide(a: Ints, b: Ints, year_first: Bools, doubtful: Bools, rows: Ints, iso: int) -> Order:
    """The order of a column's dates with slashes or dashes."""
    day_first = doubtful & (a > 12) & (b <= 12)
    month_first = doubtful & (b > 12) & (a <= 12)
    unclear = doubtful & (a != b)

    def first(mask: Bools) -> int:
        return int(rows[np.argmax(mask)])

    if day_first.any() and month_first.any():
        raise DateOrderError(
            "в одних строках первым стоит день, в других месяц",
            (first(day_first), first(month_first)),
        )
    isos = [first(year_first)] * bool(year_first.any()) + [iso] * (iso >= 0)
    if month_first.any() and isos:
        raise DateOrderError(
            "таблица уже переставила день и месяц в части дат", (first(month_first), min(isos))
        )
    if unclear.any() and not (day_first | month_first).any():
        raise DateOrderError("не видно, что стоит первым, день или месяц", (first(unclear),))
    return "mdy" if month_first.any() else "dmy"


def _days(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Bools]:
    """Days since 1970 of year, month and day, and whether there is such a day."""
    exists = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    months = np.where(exists, (year - FIRST_YEAR) * 12 + month - 1, 0)
    first, following = _MONTHS[months], _MONTHS[months + 1]
    exists &= (day >= 1) & (day <= following - first)
    return np.where(exists, first + day - 1, 0), exists


def _time(parts: _DateParts) -> tuple[Ints, Bools]:
    """µs since midnight, and whether the clock has such a time; midnight where none is given."""
    hour, minute, second = (parts.number(name) for name in "hms")
    half, evening = parts.has("x"), parts.has("x", "pm")
    good = (minute < 60) & (second < 60) & (hour < 24) & (~half | ((hour >= 1) & (hour <= 12)))
    hour = np.where(half, hour % 12, hour) + np.where(evening, 12, 0)
    return ((hour * 60 + minute) * 60 + second) * 1_000_000, good


def clock_times(text: pa.Array) -> tuple[Ints, Bools]:
    """A column of times of day: µs since midnight; an empty cell is midnight."""
    parts = _DateParts(text, _CLOCK)
    time, good = _time(parts)
    good &= parts.there | _truth(pc.equal(text, ""))
    rest = np.flatnonzero(~good & ~parts.there)
    for row in rest:
        fraction = text[int(row)].as_py().replace(",", ".")
        if _FRACTION.fullmatch(fraction):
            time[row] = round(float(fraction) * 86_400) * 1_000_000
            good[row] = True
    return time, good


def _offsets(parts: _DateParts) -> tuple[Ints, Bools, Bools]:
    """(µs east of UTC that each time was written with, where one was, whether there is such a zone).

    `15:00-15:30` is a slot: an end after the beginning, with seconds in both or in neither, and so
    is one over midnight. What else looks like an end is a zone west of Greenwich, unless the column
    holds slots.
    """
    end = parts.text("e").dictionary_encode()
    ends = [_minutes(t) for t in end.dictionary.to_pylist()]
    there = parts.has("e")
    until = np.array(ends, dtype=np.int64)[_ints(end.indices)]
    begun = parts.number("h") * 60 + parts.number("m")
    even = (parts.has("s") == parts.has("f")) | (until > _FARTHEST)
    slot = there & ~parts.has("t") & even
    late = ~parts.has("s") & (until + 24 * 60 - begun <= _NIGHT)
    sure = slot & ((until > begun) | late)
    slot = slot if sure.any() else sure
    zone = parts.text("z").dictionary_encode()
    east = [_zone_minutes(z) for z in zone.dictionary.to_pylist()]
    minutes = np.array(east, dtype=np.int64)[_ints(zone.indices)]
    minutes = np.where(there & ~slot, -until, minutes)
    return minutes * 60_000_000, parts.has("z") | (there & ~slot), np.abs(minutes) <= _FARTHEST


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours or 0) * 60 + int(minutes or 0)


def _zone_minutes(zone: str) -> int:
    """Minutes east of UTC of `Z`, `+03`, `UTC+3`, `+05:30`, `МСК`, `МСК+2`."""
    match = _ZONE.fullmatch(zone.upper().strip("() ").replace(" ", ""))
    if not match:
        return 0
    hours, minutes = match["hours"], match["minutes"]
    away = int(hours or 0) * 60 + int(minutes or 0)
    base = _MOSCOW if match["base"] in {"МСК", "MSK"} else 0
    return base - away if match["sign"] == "-" else base + away
