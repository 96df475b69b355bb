"""The clinic's own calendar: UTC microseconds to local days, days to months and weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from metrics.coded import Ints
from metrics.facts import NEVER, day_number

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: A missing time; earlier than every real one.
MISSING = np.iinfo(np.int64).min


def microseconds(times: pd.Series) -> Ints:
    """A `time` column as int64 µs since 1970 UTC; MISSING where there is none."""
    return times.to_numpy(dtype="datetime64[us]").astype(np.int64)


def day_numbers(days: pd.Series) -> Ints:
    """A `day` column as int64 days since 1970."""
    return days.to_numpy(dtype="datetime64[D]").astype(np.int64)


def local_days(times: Ints, zone: ZoneInfo) -> Ints:
    """The local day of each UTC microsecond; NEVER where it is MISSING."""
    real = times != MISSING
    if not real.all():
        days = np.full(len(times), NEVER, dtype=np.int64)
        days[real] = local_days(times[real], zone)
        return days
    if not len(times):
        return times
    starts, offsets = _offsets(int(times.min()) // DAY, int(times.max()) // DAY, zone)
    if len(offsets) == 1:
        return (times + offsets) // DAY
    return (times + offsets[np.searchsorted(starts, times, side="right") - 1]) // DAY


def end_of(day: date, zone: ZoneInfo) -> int:
    """The UTC microsecond at which local `day` is over."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    return round(midnight.timestamp()) * SECOND


def months_before(day: date, months: int) -> date:
    """The same day `months` earlier, or that month's last day where it has no such day."""
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


def months_later(days: Ints, months: Ints) -> Ints:
    """Each day number `months` later: the same day of the month, or its last where it has none.

    Of many days only the distinct pairs are looked at: a clinic has few of them.
    """
    if not len(days):
        return days
    low, wide = int(days.min()), int(days.max() - days.min()) + 1
    if wide * (int(months.max()) + 1) < len(days):
        pairs, place = np.unique((days - low) + wide * months, return_inverse=True)
        return _months_later(low + pairs % wide, pairs // wide)[place]
    return _months_later(days, months)


def _months_later(days: Ints, months: Ints) -> Ints:
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    later = month + months.astype("timedelta64[M]")
    same = later.astype("datetime64[D]") + (date - month.astype("datetime64[D]"))
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    days_later: Ints = np.minimum(same, last).astype(np.int64)
    return days_later


def month_numbers(days: Ints) -> Ints:
    """Months since 1970-01 of day numbers (NEVER is not allowed)."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_number(day: date) -> int:
    """Months since 1970-01."""
    return (day.year - 1970) * 12 + day.month - 1


def month_first(month: int) -> date:
    """The first day of a month number."""
    return date(1970 + month // 12, month % 12 + 1, 1)


def month_last(month: int) -> date:
    """The last day of a month number."""
    return month_first(month + 1) - timedelta(days=1)


def monday(day: date) -> date:
    """The Monday of the ISO week."""
    return day - timedelta(days=day.weekday())


@lru_cache(maxsize=64)
def _offsets(first: int, last: int, zone: ZoneInfo) -> tuple[Ints, Ints]:
    """Where the zone's offset changes between two UTC days: starts (µs UTC) and offsets (µs)."""
    begin = first * DAY
    starts, offsets = [begin], [_offset(begin, zone)]
    for instant in range(begin + DAY, (last + 2) * DAY, DAY):
        if _offset(instant, zone) != offsets[-1]:
            low, high = instant - DAY, instant
            while high - low > SECOND:
                middle = (low + high) // (2 * SECOND) * SECOND
                if _offset(middle, zone) == offsets[-1]:
                    low = middle
                else:
                    high = middle
            starts.append(high)
            offsets.append(_offset(high, zone))
    return np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _offset(instant: int, zone: ZoneInfo) -> int:
    moment = datetime.fromtimestamp(instant // SECOND, tz=UTC).astimezone(zone)
    return int((moment.utcoffset() or timedelta()) / timedelta(microseconds=1))


__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "MISSING",
    "SECOND",
    "day_number",
    "day_numbers",
    "end_of",
    "local_days",
    "microseconds",
    "monday",
    "month_first",
    "month_last",
    "month_number",
    "month_numbers",
    "months_before",
    "months_later",
]
