"""Every kind of [[notify]]: the only list of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sheets_sync.delivery.channel import Channel, NotifyTable
from sheets_sync.delivery.mail import EMAIL
from sheets_sync.delivery.max import MAX
from sheets_sync.delivery.telegram import TELEGRAM

CHANNELS: dict[str, Channel[Any]] = {c.kind: c for c in (EMAIL, MAX, TELEGRAM)}


def titles(tables: Sequence[NotifyTable]) -> dict[str, str]:
    """What people call each channel, by its name in the outbox: «Почта», «MAX № 2»."""
    named: dict[str, str] = {}
    for kind, channel in CHANNELS.items():
        ours = [table.name for table in tables if table.kind == kind]
        for number, name in enumerate(ours, start=1):
            named[name] = channel.title if len(ours) == 1 else f"{channel.title} № {number}"
    return named
