"""Which days a source is asked for: all that the reports need at first, then a trailing window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

#: Days that are read again each time: visits close and costs settle within them.
TRAILING = 3
#: An offline conversion belongs to a visit of up to 21 days before, and takes a day to get there.
TRAILING_OFFLINE = 22


@dataclass(frozen=True)
class DayWindow:
    """The days `first` to `last`; `whole` if they are all that is known once they are read.

    `partial` is the day of them that is not over yet, if any.
    """

    first: date
    last: date
    whole: bool
    partial: date | None = None

    @property
    def until(self) -> date:
        """The last day that is complete."""
        return self.last - timedelta(days=1) if self.partial else self.last


def pieces(
    oldest: date,
    last: date,
    today: date,
    state: dict[str, Any],
    trailing: int,
    size: int,
    *,
    full: bool,
    ordered: Sequence[tuple[date, date]] = (),
) -> list[DayWindow]:
    """The days to ask for, in pieces of at most `size` days (`trailing` or more), in their order.

    `state` holds ISO dates: "since" and "until", the first and the last complete day that are
    stored. Each piece touches what is stored by then, so that a pull may end behind any of them and the
    next goes on: first what is new, with the trailing days before it, the oldest first; then what
    is older than all that is stored, the newest first. Where nothing is stored, or nothing stored
    is good (`full`), the first piece is `whole`: it alone is what is known afterwards.

    `ordered` are days that a service has been preparing since an earlier run: the latest of them
    that fit come first, as they are.
    """
    stored = None if full else _stored(state, oldest, last)
    for begin, end in sorted(ordered, key=lambda o: o[1], reverse=True):
        joins = stored is None or (begin <= _next(stored[1]) and _next(end) >= stored[0])
        if oldest <= begin and end <= last and joins:
            window = _window_of(begin, end, today, whole=stored is None)
            rest = pieces(oldest, last, today, after(state, window), trailing, size, full=False)
            return [window, *(p for p in rest if not begin <= p.first <= p.last <= end)]
    if stored:
        since = stored[0]
        first = max(oldest, since, min(stored[1], last) - timedelta(days=trailing - 1))
        ranges = spans(first, last, size)
    else:
        since = max(oldest, last - timedelta(days=size - 1))
        ranges = [(since, last)] if since <= last else []
    while oldest < since and ranges:
        ranges.append((max(oldest, since - timedelta(days=size)), since - timedelta(days=1)))
        since = ranges[-1][0]
    return [
        _window_of(begin, end, today, whole=stored is None and number == 0)
        for number, (begin, end) in enumerate(ranges)
    ]


def _stored(state: dict[str, Any], oldest: date, last: date) -> tuple[date, date] | None:
    """The days that are stored; None where there are none, or they lie apart from those wanted."""
    since, until = _day(state.get("since")), _day(state.get("until"))
    if since is None or until is None or since > last or oldest > _next(until):
        return None
    return since, until


def _window_of(first: date, last: date, today: date, *, whole: bool) -> DayWindow:
    return DayWindow(first, last, whole, partial=today if last == today else None)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def after(state: dict[str, Any], piece: DayWindow) -> dict[str, Any]:
    """`since` and `until` of a state once `piece` is stored."""
    first, until = piece.first.isoformat(), piece.until.isoformat()
    if piece.whole:
        return {"since": first, "until": until}
    return {"since": min(first, state["since"]), "until": max(until, state["until"])}


def history_note(first: date) -> str:
    """How far back a source is read, for «Журнал»."""
    return f"История читается с {first:%d.%m.%Y}."


def spans(first: date, last: date, days: int) -> list[tuple[date, date]]:
    """The range cut into pieces of at most `days` days."""
    count = (last - first).days + 1
    return [
        (first + timedelta(days=n), min(last, first + timedelta(days=n + days - 1)))
        for n in range(0, count, days)
    ]


def halves(first: date, last: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """A range of two days or more, cut in two."""
    middle = first + (last - first) // 2
    return (first, middle), (middle + timedelta(days=1), last)


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
