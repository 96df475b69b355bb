"""Traffic, costs and touches of a counter: a stretch of days at a time, each kept as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sheets_sync.sources.metrica.api import Metrica
from sheets_sync.sources.metrica.expenses import fetch_expenses
from sheets_sync.sources.metrica.goals import chosen_goals
from sheets_sync.sources.metrica.intents import Journal
from sheets_sync.sources.metrica.log_pulls import History
from sheets_sync.sources.metrica.table import Counter, MetricaTable
from sheets_sync.sources.metrica.traffic import attribution_notes, fetch_traffic
from sheets_sync.sources.source import Context, Pulled
from sheets_sync.sources.window import (
    TRAILING,
    TRAILING_OFFLINE,
    DayWindow,
    after,
    history_note,
    pieces,
)

#: Days of reports that are kept together. A quarter of 254 goals is 15 requests.
_QUARTER = 92


def pull_traffic(
    metrica: Metrica, table: MetricaTable, context: Context, counter: Counter
) -> Iterator[Pulled]:
    """Visits and reaches. Raises SourceError: what was given by then is good."""
    goals, notes = chosen_goals(counter.goals, table.goals)
    offline = context.is_pushed or any(g.is_offline for g in goals)
    state = context.state.get("traffic", {})
    anew = state.get("wanted", list(table.goals)) != list(table.goals)
    trailing = max(table.trailing_days or TRAILING, TRAILING_OFFLINE if offline else 1)
    todo = _todo(table, context, counter, "traffic", trailing, anew=anew)
    if not todo:
        yield Pulled("traffic", None, state={"traffic": state})
    for place, days in enumerate(todo):
        context.progress("Спрашиваю визиты и цели Метрики", 0.1 + 0.2 * place / len(todo))
        frame, remarks, remarks_notes = fetch_traffic(
            metrica, table.name, days, table.attribution, goals
        )
        models = [] if days.whole else list(state.get("attributions", []))
        if remarks.attribution and remarks.attribution not in models[-1:]:
            models.append(remarks.attribution)
        state = {
            "at": context.clock.unix(),
            "counter": counter.state(),
            "wanted": list(table.goals),
            "attributions": models,
            "attribution_asked": table.attribution,
            **remarks.state(),
            **after(state, days),
        }
        since = date.fromisoformat(state["since"])
        remarks_notes += attribution_notes(models, table.attribution, since, todo[0].last)
        yield Pulled(
            "traffic",
            frame,
            read=len(frame),
            notes=(history_note(table.first or context.needed), *notes, *remarks_notes),
            replace=(days.first, days.last),
            state={"traffic": state},
            partial_day=days.partial,
        )


def pull_costs(
    metrica: Metrica, table: MetricaTable, context: Context, counter: Counter
) -> Iterator[Pulled]:
    """Costs as Metrica knows them. Raises SourceError: what was given by then is good."""
    state = context.state.get("costs", {})
    todo = _todo(table, context, counter, "costs", table.trailing_days or TRAILING)
    if not todo:
        yield Pulled("costs", None, state={"costs": state})
    for days in todo:
        context.progress("Спрашиваю расходы Метрики", 0.3)
        frame, notes = fetch_expenses(metrica, table.name, days, table.attribution)
        state = {
            "at": context.clock.unix(),
            "attribution_asked": table.attribution,
            **after(state, days),
        }
        yield Pulled(
            "costs",
            frame,
            read=len(frame),
            notes=tuple(notes),
            replace=(days.first, days.last),
            state={"costs": state},
            partial_day=days.partial,
        )


def pull_touches(
    metrica: Metrica, table: MetricaTable, context: Context, counter: Counter
) -> Iterator[Pulled]:
    """Histories of visitors. Raises SourceError: what was given by then is good."""
    journal = Journal.open(context.home / "metrica-logs", f"{context.clinic}-{table.counter_id}")
    yield from History(
        metrica,
        journal,
        table.name,
        counter.zone,
        table.first or context.needed,
        context.as_of,
        dict(context.state.get("touches", {})),
        context.full,
        lambda text, share: context.progress(text, 0.4 + 0.5 * share),
        table.trailing_days or TRAILING,
    ).pull()


def _todo(
    table: MetricaTable,
    context: Context,
    counter: Counter,
    entity: str,
    trailing: int,
    *,
    anew: bool = False,
) -> list[DayWindow]:
    """Days of the counter's calendar, up to as_of."""
    today = context.clock.today(counter.zone)
    state = context.state.get(entity, {})
    other = state.get("attribution_asked", table.attribution) != table.attribution
    return pieces(
        table.first or context.needed,
        min(context.as_of, today),
        today,
        state,
        trailing,
        _QUARTER,
        full=context.full or anew or other,
    )
