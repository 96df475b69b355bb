"""Yandex Metrica: traffic and goals by its reports, touches by its logs, costs if wanted.

Uses counter_id, token_env, goals, logs, costs, attribution and from of a [[source]].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from metrics.wording import counted
from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import NeededVariable
from sheets_sync.sources.metrica.api import ENDPOINT, Metrica
from sheets_sync.sources.metrica.expenses import fetch_expenses
from sheets_sync.sources.metrica.goals import Goal, chosen_goals, fetch_goals
from sheets_sync.sources.metrica.journal import Journal
from sheets_sync.sources.metrica.logs import clean_leftovers, fetch_logs
from sheets_sync.sources.metrica.spool import spooled, touches_frame
from sheets_sync.sources.metrica.touches import UnreadableLog, Visits, fields
from sheets_sync.sources.metrica.traffic import attribution_notes, fetch_traffic
from sheets_sync.sources.source import Context, Finding, Pulled, Source, SourceTable
from sheets_sync.sources.window import TRAILING, TRAILING_OFFLINE, Window, window

#: Seconds after which the counter and its goals are asked for again, and touches are read again.
_DAY, _WEEK, _SIX_HOURS = 86_400, 7 * 86_400, 6 * 3600
#: How old rows may be, in seconds, while the token's requests of the day run short: of a thousand
#: clinics on one token each is still read once a day.
_ENOUGH = {"traffic": _DAY, "touches": 3 * _DAY, "costs": _DAY}
_SPARED = "Запросов к Метрике сегодня уже много: берегу квоту, новых строк не спрашивал."


class MetricaTable(SourceTable):
    """A counter; which goals count as «Достижения целей» is chosen by id or name, () = all."""

    kind: Literal["metrica"]
    counter_id: int
    token_env: NeededVariable
    logs: bool = True
    costs: bool = False
    goals: tuple[int | str, ...] = ()
    attribution: str = "lastsign"

    gives_ids: ClassVar[bool] = False

    @property
    def account(self) -> str:
        return str(self.counter_id)

    def with_goals(self, goals: tuple[int | str, ...]) -> MetricaTable:
        return self.model_copy(update={"goals": goals}) if goals else self


@dataclass(frozen=True)
class _Counter:
    """What a pull knows of the counter; kept in the state for a day, to spare the quota."""

    zone: ZoneInfo
    goals: list[Goal]
    at: float

    def state(self) -> dict[str, Any]:
        goals = [[g.id, g.name, g.type, g.step] for g in self.goals]
        return {"zone": self.zone.key, "goals": goals, "at": self.at}


def pull(table: MetricaTable, context: Context) -> Iterator[Pulled]:
    """Traffic, then touches and costs where they are wanted, each for its own days.

    Raises SourceError for whatever keeps one of them from being whole: then nothing of this pull
    is to be kept.
    """
    metrica = counter_of(table, context)
    sparing = metrica.is_ahead() and not context.full
    readers = {"traffic": _traffic}
    readers |= {"touches": _touches} if table.logs else {}
    readers |= {"costs": _costs} if table.costs else {}
    counter = None
    for entity, read in readers.items():
        state = context.state.get(entity, {})
        if sparing and context.clock.unix() - float(state.get("at", 0)) < _ENOUGH[entity]:
            yield Pulled(entity, None, notes=(_SPARED,), state={entity: state})
            continue
        counter = counter or _counter(metrica, table, context, sparing=sparing)
        yield read(metrica, table, context, counter)


def probe(table: MetricaTable, context: Context) -> Iterator[Finding]:
    """The counter, the right to it, and the goals that will be counted."""
    metrica = counter_of(table, context)
    about: dict[str, Any] = metrica.get("").get("counter", {})
    right = about.get("permission", "неизвестен")
    yield Finding("", ok=True, seen=f"счётчик «{about.get('name', '')}», доступ: {right}")
    goals, notes = chosen_goals(fetch_goals(metrica), table.goals)
    names = ", ".join(g.name for g in islice(goals, 8))
    yield Finding(
        "цели",
        ok=bool(goals) and not notes,
        seen=f"{counted(len(goals), 'цель', 'цели', 'целей')}: {names}" if goals else "целей нет",
        hint=" ".join(notes) or "Заведите в Метрике цели: отправка заявки, звонок.",
    )


def counter_of(table: MetricaTable, context: Context) -> Metrica:
    """The source's counter under the run's limiter. Raises ConfigError: there is no token."""
    return Metrica(
        context.endpoint("metrica", ENDPOINT),
        table.counter_id,
        context.secret(table.token_env),
        limiter=context.limiter,
        clock=context.clock,
        observe=context.observe,
    )


def _counter(metrica: Metrica, table: MetricaTable, context: Context, *, sparing: bool) -> _Counter:
    state = context.state.get("traffic", {})
    kept = state.get("counter", {})
    now = context.clock.unix()
    same = state.get("wanted") == list(table.goals) and not context.full
    if same and now - float(kept.get("at", 0)) < (_WEEK if sparing else _DAY):
        goals = [Goal(*g) for g in kept["goals"]]
        return _Counter(ZoneInfo(kept["zone"]), goals, float(kept["at"]))
    about = metrica.get("").get("counter", {})
    return _Counter(_zone(about, context), fetch_goals(metrica), now)


def _zone(about: dict[str, Any], context: Context) -> ZoneInfo:
    try:
        return ZoneInfo(str(about.get("time_zone_name") or context.zone.key))
    except (ZoneInfoNotFoundError, ValueError):
        return context.zone


def _window(
    table: MetricaTable, context: Context, counter: _Counter, entity: str, trailing: int
) -> Window | None:
    """Days of the counter's calendar, up to as_of; logs have no current day."""
    today = context.clock.today(counter.zone)
    last = min(context.as_of, today)
    if entity == "touches":
        last = min(last, today - timedelta(days=1))
    oldest = table.first or context.needed
    state = context.state.get(entity, {})
    full = context.full or state.get("attribution_asked", table.attribution) != table.attribution
    return window(oldest, last, today, state, trailing, full=full)


def _kept_state(context: Context, entity: str, days: Window, **more: Any) -> dict[str, Any]:
    """The state of `entity` after those days were read."""
    before = {} if days.whole else context.state.get(entity, {})
    since = days.first.isoformat() if days.whole else before["since"]
    until = max(days.until.isoformat(), before.get("until", ""))
    return {entity: {**before, "since": since, "until": until, "at": context.clock.unix(), **more}}


def _traffic(metrica: Metrica, table: MetricaTable, context: Context, counter: _Counter) -> Pulled:
    goals, notes = chosen_goals(counter.goals, table.goals)
    offline = context.is_pushed or any(g.is_offline for g in goals)
    state = context.state.get("traffic", {})
    changed = state.get("wanted", list(table.goals)) != list(table.goals)
    asked = replace(context, full=context.full or changed)
    days = _window(table, asked, counter, "traffic", TRAILING_OFFLINE if offline else TRAILING)
    if days is None:
        return Pulled("traffic", None, state={"traffic": state})
    context.progress("Спрашиваю визиты и цели Метрики", 0.1)
    frame, said, told = fetch_traffic(metrica, table.name, days, table.attribution, goals)
    models = [] if days.whole else list(state.get("attributions", []))
    if said.attribution and said.attribution not in models[-1:]:
        models.append(said.attribution)
    kept = _kept_state(
        asked,
        "traffic",
        days,
        counter=counter.state(),
        wanted=list(table.goals),
        attributions=models,
        attribution_asked=table.attribution,
        **said.state(),
    )
    since = date.fromisoformat(kept["traffic"]["since"])
    told += attribution_notes(models, table.attribution, since, days.last)
    return Pulled(
        "traffic",
        frame,
        read=len(frame),
        notes=(*notes, *told),
        replace=(days.first, days.last),
        state=kept,
        partial_day=days.partial,
    )


def _touches(metrica: Metrica, table: MetricaTable, context: Context, counter: _Counter) -> Pulled:
    journal = Journal.open(
        context.home / "metrica-logs",
        f"{context.clinic}-{table.counter_id}",
    )
    state = context.state.get("touches", {})
    days = _window(table, context, counter, "touches", TRAILING)
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
        fields(table.attribution),
        lambda text, share: context.progress(text, 0.3 + 0.6 * share),
    )
    try:
        with spooled(parts, visits) as spool:
            frame = touches_frame(spool, table.name)
    except UnreadableLog as error:
        raise SourceError(
            f"журнал визитов Метрики не разобрать: {error}.",
            where=table.name,
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
        state=_kept_state(context, "touches", days, attribution_asked=table.attribution),
    )


def _costs(metrica: Metrica, table: MetricaTable, context: Context, counter: _Counter) -> Pulled:
    days = _window(table, context, counter, "costs", TRAILING)
    if days is None:
        return Pulled("costs", None, state={"costs": context.state.get("costs", {})})
    context.progress("Спрашиваю расходы Метрики", 0.95)
    frame, notes = fetch_expenses(metrica, table.name, days, table.attribution)
    return Pulled(
        "costs",
        frame,
        read=len(frame),
        notes=tuple(notes),
        replace=(days.first, days.last),
        state=_kept_state(context, "costs", days, attribution_asked=table.attribution),
        partial_day=days.partial,
    )


SOURCE: Source[MetricaTable] = Source(
    "metrica",
    "Метрика",
    "Метрика",
    MetricaTable,
    ("traffic", "touches", "costs"),
    pull,
    probe,
    ENDPOINT,
)
