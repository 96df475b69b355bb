"""Yandex Metrica: traffic and goals by its reports, touches by its logs, costs if wanted.

Uses counter_id, token_env, goals, logs, costs, attribution and from of a [[source]].
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from metrics.wording import counted
from sheets_sync.errors import SourceError
from sheets_sync.sources.api import of_known_shape
from sheets_sync.sources.metrica.api import ENDPOINT
from sheets_sync.sources.metrica.goals import chosen_goals, fetch_goals
from sheets_sync.sources.metrica.pulls import pull_costs, pull_touches, pull_traffic
from sheets_sync.sources.metrica.table import MetricaTable, counter_of, metrica_of
from sheets_sync.sources.source import Context, Finding, Pulled, Source, counted_on

#: How old rows may be, in seconds, while the token's requests of the day run short: of a thousand
#: clinics on one token each is still read once a day.
_DAY = 86_400
_ENOUGH = {"traffic": _DAY, "touches": 3 * _DAY, "costs": _DAY}
_SPARED = "Запросов к Метрике сегодня уже много: берегу квоту, новых строк не спрашивал."


def pull(table: MetricaTable, context: Context) -> Iterator[Pulled]:
    """Traffic, then costs and touches where they are wanted, each for its own days.

    What keeps one of them from being whole takes nothing from the others, nor from what was read of
    it before: it is said of that one at last. Raises SourceError where the counter itself is not to
    be read.
    """
    metrica = metrica_of(table, context)
    sparing = metrica.is_ahead() and not context.full
    readers = {"traffic": pull_traffic}
    readers |= {"costs": pull_costs} if table.costs else {}
    readers |= {"touches": pull_touches} if table.logs else {}
    states = {entity: context.state.get(entity, {}) for entity in readers}
    failed: dict[str, SourceError] = {}
    counter = None
    for entity, read in readers.items():
        if sparing and context.clock.unix() - float(states[entity].get("at", 0)) < _ENOUGH[entity]:
            yield Pulled(entity, None, notes=(_SPARED,), state={entity: states[entity]})
            continue
        counter = counter or counter_of(metrica, table, context, sparing=sparing)
        try:
            with of_known_shape():
                for pulled in counted_on(read(metrica, table, context, counter)):
                    states |= pulled.state
                    yield pulled
        except SourceError as error:
            failed[entity] = error
    for entity, reason in failed.items():
        yield Pulled(entity, None, state={entity: states[entity]}, error=reason)


def probe(table: MetricaTable, context: Context) -> Iterator[Finding]:
    """The counter, the right to it, and the goals that will be counted."""
    metrica = metrica_of(table, context)
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


SOURCE: Source[MetricaTable] = Source(
    "metrica",
    "Метрика",
    "Метрика",
    MetricaTable,
    ("traffic", "costs", "touches"),
    pull,
    probe,
    ENDPOINT,
    in_parts=True,
)
