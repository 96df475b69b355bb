"""Rows that a service deletes without a word: all its ids are asked for, and those missing go."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

from sheets_sync.errors import SourceError
from sheets_sync.sources.api import Api, of_known_shape
from sheets_sync.sources.connector import SWEEP, Connector
from sheets_sync.sources.doubt import MANY
from sheets_sync.sources.source import SourceTable

Table = TypeVar("Table", bound=SourceTable)
#: Seconds between two looks.
WEEK = 7 * 86_400.0
#: Of a run's time, seconds without which a long look is left to the next run.
ENOUGH = 30.0


def all_ids(
    connector: Connector[Table], api: Api[Table], table: Table
) -> Iterator[dict[str, set[str]] | None]:
    """Ids that the service names, as they are stored, by entity; None after each part before the last,
    where the look may be left and gone on with later."""
    if connector.sweep is None:
        return
    there: dict[str, set[str]] = {}
    while True:
        with of_known_shape():
            for entity, ids in connector.sweep(api):
                prefix = table.origin(entity).prefix("")
                there.setdefault(entity, set()).update(prefix + number for number in ids)
        if SWEEP not in api.memory:
            break
        yield None
    yield there


def missing(held: Collection[str], named: Collection[str], *, full: bool) -> tuple[str, ...]:
    """Those of the ids held that are not named any more.

    Raises SourceError where half of many would go, unless everything is asked anew (`full`): that
    is taken for a fault of the service.
    """
    gone = tuple(number for number in held if number not in named)
    if len(held) >= MANY and len(gone) * 2 > len(held) and not full:
        raise SourceError(
            f"из {len(held)} строк сервис больше не называет {len(gone)}: похоже на сбой, "
            "прежние строки оставлены.",
            hint="Если их и правда удалили, повторите с --full.",
            permanent=False,
        )
    return gone
