"""Every kind of [[notify]]: the only list of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sheets_sync.delivery.channel import Channel, NotifyTable
from sheets_sync.kinds import Kinds

CHANNELS: Mapping[str, Channel[Any]] = Kinds(
    {
        "email": "sheets_sync.delivery.mail",
        "max": "sheets_sync.delivery.max",
        "telegram": "sheets_sync.delivery.telegram",
    },
    "CHANNEL",
)


def titles(tables: Sequence[NotifyTable]) -> dict[str, str]:
    """What people call each channel, by its name in the outbox: «Почта», «MAX № 2»."""
    named: dict[str, str] = {}
    for table in tables:
        ours = [other.name for other in tables if other.kind == table.kind]
        number = f" № {ours.index(table.name) + 1}" if len(ours) > 1 else ""
        named[table.name] = CHANNELS[table.kind].title + number
    return named
