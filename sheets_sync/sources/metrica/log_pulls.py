"""Touches by the Logs API: a log at a time, each kept as soon as it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sheets_sync.sources.metrica.api import Metrica
from sheets_sync.sources.metrica.intents import Journal, LogQuery
from sheets_sync.sources.metrica.logs import MAX_DAYS, clean, fetch_log, living, possible_days
from sheets_sync.sources.metrica.spool import spooled, touches_frame
from sheets_sync.sources.metrica.touches import ATTRIBUTION, FIELDS, UnreadableLog, VisitLog
from sheets_sync.sources.source import Pulled
from sheets_sync.sources.window import TRAILING, DayWindow, after, pieces
from sheets_sync.sources.yandex import LOGS, refusal

#: Seconds after which touches of the last days are read again.
_SIX_HOURS = 6 * 3600


@dataclass
class History:
    """What touches are asked for.

    oldest, as_of  the days wanted; `zone` is the counter's. Logs have no current day
    state          of the last pull: since, until, at, attribution_asked
    trailing       days that are read again
    """

    metrica: Metrica
    journal: Journal
    source: str
    zone: ZoneInfo
    oldest: date
    as_of: date
    state: dict[str, Any]
    full: bool
    say: Callable[[str, float], None]
    trailing: int = TRAILING

    def pull(self) -> Iterator[Pulled]:
        """Touches of one log after another. Raises SourceError: what was given by then is good."""
        has_logs = False
        for piece, request_id in self._logs():
            has_logs = True
            yield self._pulled(piece, request_id)
        if not has_logs:
            yield Pulled("touches", None, state={"touches": self.state})

    def _logs(self) -> Iterator[tuple[DayWindow, int | None]]:
        """The days to read and the request that has them ready, if an earlier run made one."""
        held = living(self.metrica, self.journal, FIELDS)
        days = {_days(query): query for query in held}
        todo = self._pieces(MAX_DAYS, list(days))
        ready = todo[0] if todo and (todo[0].first, todo[0].last) in days else None
        request_id = held.pop(days[ready.first, ready.last]) if ready else None
        clean(self.metrica, self.journal, held)
        if ready:
            yield ready, request_id
            todo = todo[1:]
        if not todo:
            return
        first, last = min(p.first for p in todo), max(p.last for p in todo)
        size = possible_days(self.metrica, self.journal, first, last, FIELDS)
        if size < MAX_DAYS:
            todo = [p for p in self._pieces(size, []) if not (ready and _is_within(p, ready))]
        for piece in todo:
            yield piece, None

    def _pieces(self, size: int, ordered: list[tuple[date, date]]) -> list[DayWindow]:
        today = self.metrica.clock.today(self.zone)
        last = min(self.as_of, today - timedelta(days=1))
        # The state is that of the last log given: `_pulled` moves it.
        model = self.state.get("attribution_asked", "")
        full = bool(self.state) and (self.full or model != ATTRIBUTION)
        todo = pieces(
            self.oldest, last, today, self.state, self.trailing, size, full=full, ordered=ordered
        )
        if full or not self.state or self._is_due(last):
            return todo
        return [p for p in todo if p.last.isoformat() < self.state["since"]]

    def _is_due(self, last: date) -> bool:
        """Whether a day is new, or the last ones were read long enough ago."""
        age = self.metrica.clock.unix() - float(self.state.get("at", 0))
        return age >= _SIX_HOURS or last.isoformat() > self.state["until"]

    def _pulled(self, piece: DayWindow, request_id: int | None) -> Pulled:
        query = LogQuery(piece.first.isoformat(), piece.last.isoformat(), FIELDS)
        visits = VisitLog(self.zone)
        try:
            with spooled(
                fetch_log(self.metrica, self.journal, query, request_id, self.say), visits
            ) as spool:
                frame = touches_frame(spool, self.source)
        except UnreadableLog as error:
            raise refusal(LOGS, "unreadable", where=self.source, reason=error) from None
        at = self.metrica.clock.unix()
        newest = piece.whole or piece.last.isoformat() >= self.state.get("until", "")
        self.state = {
            "at": at if newest else self.state.get("at", at),
            "attribution_asked": ATTRIBUTION,
            **after(self.state, piece),
        }
        self.full = False
        broken = f"испорченных строк: {visits.refused_count} из {visits.read}."
        return Pulled(
            "touches",
            frame,
            read=visits.read,
            refused=tuple(visits.refused),
            refused_count=visits.refused_count,
            notes=(f"В журнале визитов Метрики {broken}",) if visits.refused_count else (),
            replace=(piece.first, piece.last),
            state={"touches": self.state},
        )


def _days(query: LogQuery) -> tuple[date, date]:
    return date.fromisoformat(query.first), date.fromisoformat(query.last)


def _is_within(piece: DayWindow, whole: DayWindow) -> bool:
    return whole.first <= piece.first and piece.last <= whole.last
