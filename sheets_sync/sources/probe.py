"""What `check` asks of a connector, and when its token ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from metrics.wording import counted
from sheets_sync.net.jwt import jwt_end
from sheets_sync.sources.api import MOST_CALLS, Api, of_known_shape
from sheets_sync.sources.connector import Connector, window_of
from sheets_sync.sources.harvest import Harvest
from sheets_sync.sources.source import Context, Finding, SourceTable

Table = TypeVar("Table", bound=SourceTable)
#: Days before a token's end that it is warned of.
_WARNED = 30


def probe_of(connector: Connector[Table], table: Table, context: Context) -> Iterator[Finding]:
    """The token's end, what the connector itself asks, and the rows of the last days."""
    api = Api(connector, table, context, most=MOST_CALLS)
    end = token_end(api)
    if end is not None:
        left = (end - context.clock.now()).days
        yield Finding(
            "ключ",
            ok=left > _WARNED,
            seen=f"действует до {end.astimezone(context.zone):%d.%m.%Y}",
            hint=f"Осталось {counted(max(left, 0), 'день', 'дня', 'дней')}: выпустите новый заранее.",
        )
    with of_known_shape():
        yield from _findings(connector, table, context, api)


def _findings(
    connector: Connector[Table], table: Table, context: Context, api: Api[Table]
) -> Iterator[Finding]:
    if connector.probe is not None:
        yield from connector.probe(api)
        return
    today = context.clock.today(context.zone)
    first = today - timedelta(days=min(connector.longest, 7) - 1)
    window = window_of(first, today, today, context.zone)
    for crop in Harvest(connector, table, context, window).gather(connector.ask(api, window)):
        yield Finding(
            "",
            ok=crop.read.quarantine.count <= crop.count * 0.02,
            seen=f"отвечает; {crop.entity} с {first:%d.%m.%Y}: {crop.count}, "
            f"отказано {crop.read.quarantine.count}",
            hint="Посмотрите отказанные строки во вкладке «Журнал».",
        )


def token_end(api: Api[Any]) -> datetime | None:
    """When the first of the clinic's own tokens ends, by what it says itself."""
    return min((end for s in api.auth.secrets if (end := jwt_end(s))), default=None)


def token_notes(api: Api[Any], end: datetime | None) -> list[str]:
    """A sentence from thirty days before a token's end."""
    if end is None or (left := (end - api.clock.now()).days) > _WARNED:
        return []
    days = counted(max(left, 0), "день", "дня", "дней")
    return [f"Ключ действует до {end.astimezone(api.zone):%d.%m.%Y}, осталось {days}."]
