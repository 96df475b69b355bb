"""Yandex Metrica: traffic and goals by its reports, touches by its logs, costs if wanted.

Uses counter_id, token_env, goals, logs, costs, attribution and from of a [[source]].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sheets_sync.clinic.config import Source
from sheets_sync.errors import ConfigError, SourceError
from sheets_sync.net.secrets import secret_from
from sheets_sync.settings import Service
from sheets_sync.sources.metrica.api import ENDPOINT, Metrica
from sheets_sync.sources.metrica.expenses import fetch_expenses
from sheets_sync.sources.metrica.goals import Goal, chosen_goals, fetch_goals
from sheets_sync.sources.metrica.journal import Journal
from sheets_sync.sources.metrica.logs import clean_leftovers, fetch_logs
from sheets_sync.sources.metrica.spool import spooled, touches_frame
from sheets_sync.sources.metrica.touches import UnreadableLog, Visits, fields
from sheets_sync.sources.metrica.traffic import attribution_notes, fetch_traffic
from sheets_sync.sources.source import Context, Pulled
from sheets_sync.sources.window import TRAILING, TRAILING_OFFLINE, Window, needed_since, window

#: Seconds after which the counter and its goals are asked for again, and touches are read again.
_DAY, _WEEK, _SIX_HOURS = 86_400, 7 * 86_400, 6 * 3600
#: How old rows may be, in seconds, while the token's requests of the day run short: of a thousand
#: clinics on one token each is still read once a day.
_ENOUGH = {"traffic": _DAY, "touches": 3 * _DAY, "costs": _DAY}
_SPARED = "Запросов к Метрике сегодня уже много: берегу квоту, новых строк не спрашивал."


@dataclass(frozen=True)
class _Counter:
    """What a pull knows of the counter; kept in the state for a day, to spare the quota."""

    zone: ZoneInfo
    goals: list[Goal]
    at: float

    def state(self) -> dict[str, Any]:
        goals = [[g.id, g.name, g.type, g.step] for g in self.goals]
        return {"zone": self.zone.key, "goals": goals, "at": self.at}


def pull(source: Source, context: Context) -> Iterator[Pulled]:
    """Traffic, then touches and costs where they are wanted, each for its own days.

    Raises SourceError for whatever keeps one of them from being whole: then nothing of this pull
    is to be kept.
    """
    metrica = counter_of(source, context)
    sparing = metrica.is_ahead() and not context.full
    readers = {"traffic": _traffic}
    readers |= {"touches": _touches} if source.logs else {}
    readers |= {"costs": _costs} if source.costs else {}
    counter = None
    for entity, read in readers.items():
        state = context.state.get(entity, {})
        if sparing and context.clock.unix() - float(state.get("at", 0)) < _ENOUGH[entity]:
            yield Pulled(entity, None, notes=(_SPARED,), state={entity: state})
            continue
        counter = counter or _counter(metrica, source, context, sparing=sparing)
        yield read(metrica, source, context, counter)


def counter_of(source: Source, context: Context) -> Metrica:
    """The source's counter under the run's limiter. Raises ConfigError: no number, no token."""
    if source.counter_id is None:
        raise ConfigError("нужен counter_id: номер счётчика Метрики.", where=source.name)
    service = context.service or Service()
    return Metrica(
        service.endpoint("metrica", ENDPOINT),
        source.counter_id,
        secret_from(source.token_env, source.name),
        limiter=context.limiter,
        clock=context.clock,
        observe=context.observe,
    )


def _counter(metrica: Metrica, source: Source, context: Context, *, sparing: bool) -> _Counter:
    state = context.state.get("traffic", {})
    kept = state.get("counter", {})
    now = context.clock.unix()
    same = state.get("wanted") == list(source.goals) and not context.full
    if same and now - float(kept.get("at", 0)) < (_WEEK if sparing else _DAY):
        goals = [Goal(*g) for g in kept["goals"]]
        return _Counter(ZoneInfo(kept["zone"]), goals, float(kept["at"]))
    about = metrica.get("").get("counter", {})
    return _Counter(_zone(about, context), fetch_goals(metrica), now)


def _zone(about: dict[str, Any], context: Context) -> ZoneInfo:
    try:
        return ZoneInfo(str(about.get("time_zone_name") or context.clinic.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        return context.clinic.zone


def _window(
    source: Source, context: Context, counter: _Counter, entity: str, trailing: int
) -> Window | None:
    """Days of the counter's calendar, up to as_of; logs have no current day."""
    today = context.clock.today(counter.zone)
    last = min(context.as_of, today)
    if entity == "touches":
        last = min(last, today - timedelta(days=1))
    oldest = needed_since(context.clinic.report, context.as_of, source.first)
    state = context.state.get(entity, {})
    full = context.full or state.get("attribution_asked", source.attribution) != source.attribution
    return window(oldest, last, today, state, trailing, full=full)


def _kept_state(context: Context, entity: str, days: Window, **more: Any) -> dict[str, Any]:
    """The state of `entity` after those days were read."""
    before = {} if days.whole else context.state.get(entity, {})
    since = days.first.isoformat() if days.whole else before["since"]
    until = max(days.until.isoformat(), before.get("until", ""))
    return {entity: {**before, "since": since, "until": until, "at": context.clock.unix(), **more}}


def _traffic(metrica: Metrica, source: Source, context: Context, counter: _Counter) -> Pulled:
    goals, notes = chosen_goals(counter.goals, source.goals)
    offline = context.clinic.push.enabled or any(g.is_offline for g in goals)
    state = context.state.get("traffic", {})
    changed = state.get("wanted", list(source.goals)) != list(source.goals)
    asked = replace(context, full=context.full or changed)
    days = _window(source, asked, counter, "traffic", TRAILING_OFFLINE if offline else TRAILING)
    if days is None:
        return Pulled("traffic", None, state={"traffic": state})
    context.progress("Спрашиваю визиты и цели Метрики", 0.1)
    frame, said, told = fetch_traffic(metrica, source.name, days, source.attribution, goals)
    models = [] if days.whole else list(state.get("attributions", []))
    if said.attribution and said.attribution not in models[-1:]:
        models.append(said.attribution)
    kept = _kept_state(
        asked,
        "traffic",
        days,
        counter=counter.state(),
        wanted=list(source.goals),
        attributions=models,
        attribution_asked=source.attribution,
        **said.state(),
    )
    since = date.fromisoformat(kept["traffic"]["since"])
    told += attribution_notes(models, source.attribution, since, days.last)
    return Pulled(
        "traffic",
        frame,
        read=len(frame),
        notes=(*notes, *told),
        replace=(days.first, days.last),
        state=kept,
        partial_day=days.partial,
    )


def _touches(metrica: Metrica, source: Source, context: Context, counter: _Counter) -> Pulled:
    journal = Journal.open(
        (context.service or Service()).home / "metrica-logs",
        f"{context.clinic.id}-{source.counter_id}",
    )
    state = context.state.get("touches", {})
    days = _window(source, context, counter, "touches", TRAILING)
    stale = context.clock.unix() - float(state.get("at", 0)) >= _SIX_HOURS
    if days is None or not (days.whole or stale or days.until.isoformat() > state["until"]):
        clean_leftovers(metrica, journal)
        return Pulled("touches", None, state={"touches": state})
    visits = Visits(counter.zone)
    parts = fetch_logs(
        metrica,
        journal,
        days.first,
        days.last,
        fields(source.attribution),
        lambda text, share: context.progress(text, 0.3 + 0.6 * share),
    )
    try:
        with spooled(parts, visits) as spool:
            frame = touches_frame(spool, source.name)
    except UnreadableLog as error:
        raise SourceError(
            f"журнал визитов Метрики не разобрать: {error}.",
            where=source.name,
            hint="Следующая синхронизация попробует снова; если это повторяется, Метрика изменила "
            "имена полей: сообщите разработчику.",
            permanent=False,
        ) from None
    notes = []
    if visits.refused_count:
        notes.append(
            f"В журнале визитов Метрики испорченных строк: {visits.refused_count} из {visits.read}."
        )
    return Pulled(
        "touches",
        frame,
        read=visits.read,
        refused=tuple(visits.refused),
        refused_count=visits.refused_count,
        notes=tuple(notes),
        replace=(days.first, days.last),
        state=_kept_state(context, "touches", days, attribution_asked=source.attribution),
    )


def _costs(metrica: Metrica, source: Source, context: Context, counter: _Counter) -> Pulled:
    days = _window(source, context, counter, "costs", TRAILING)
    if days is None:
        return Pulled("costs", None, state={"costs": context.state.get("costs", {})})
    context.progress("Спрашиваю расходы Метрики", 0.95)
    frame, notes = fetch_expenses(metrica, source.name, days, source.attribution)
    return Pulled(
        "costs",
        frame,
        read=len(frame),
        notes=tuple(notes),
        replace=(days.first, days.last),
        state=_kept_state(context, "costs", days, attribution_asked=source.attribution),
        partial_day=days.partial,
    )
