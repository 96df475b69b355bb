"""A kind of [[source]] out of a connector, or of several that are asked one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from sheets_sync.errors import SourceError
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import Connector
from sheets_sync.sources.probe import probe_of
from sheets_sync.sources.pull import Pull
from sheets_sync.sources.source import Context, Pulled, Source, SourceTable

Table = TypeVar("Table", bound=SourceTable)


def source_of(connector: Connector[Table], *more: Connector[Table]) -> Source[Table]:
    """The kind of [[source]] that a connector makes.

    Several of them, each of one entity, are pulled one after another, with windows and state of
    their own: one that is refused leaves the others. The first one tells kind, names and probe.
    """
    pull = partial(_pull_each, (connector, *more)) if more else partial(_pull, connector)
    return Source(
        connector.kind,
        connector.title,
        connector.noun,
        connector.table,
        tuple(entity for each in (connector, *more) for entity in each.entities),
        pull,
        partial(probe_of, connector),
        connector.endpoint if isinstance(connector.endpoint, str) else "",
        in_parts=True,
    )


def _pull(connector: Connector[Table], table: Table, context: Context) -> Iterator[Pulled]:
    """What a service has, window by window: each is kept as it comes.

    Raises SourceError where the rest could not be had, ConfigError where a secret is missing.
    """
    pull = Pull(connector, table, context, Api(connector, table, context))
    try:
        yield from pull.run()
    except SourceError as error:
        if pull.is_late:
            state = pull.given_state()
            yield Pulled(connector.entities[0], None, state=state, error=error)
        raise


def _pull_each(
    connectors: Sequence[Connector[Table]], table: Table, context: Context
) -> Iterator[Pulled]:
    """The same of several; what kept one from being whole comes last, as an error of its entity.

    Raises ConfigError where a secret is missing.
    """
    failed: list[Pulled] = []
    for connector in connectors:
        if not connector.applies(table):
            continue
        entity = connector.entities[0]
        names = {"pull": entity, "memory": f"{entity}_memory"}
        mine = {ours: context.state.get(theirs, {}) for ours, theirs in names.items()}
        own = replace(context, state=mine)
        pull = Pull(connector, table, own, Api(connector, table, own))
        try:
            for pulled in pull.run():
                yield replace(pulled, state=_renamed(pulled.state, names))
        except SourceError as error:
            state = _renamed(pull.given_state(), names)
            failed.append(Pulled(entity, None, state=state, error=error))
    yield from failed


def _renamed(state: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in state.items()}
