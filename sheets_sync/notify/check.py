"""What `check` says of the channels: what is set, what is missing; nothing is sent or asked."""

from __future__ import annotations

from collections.abc import Iterator

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.delivery.channel import NotifyTable
from sheets_sync.delivery.registry import titles
from sheets_sync.settings import Service
from sheets_sync.sources.source import Finding


def channel_findings(clinic: Clinic, service: Service) -> Iterator[Finding]:
    """A finding for each [[notify]]. Raises ConfigError where a file of secrets cannot be read."""
    secrets, named = Secrets(service.home, clinic.id), titles(clinic.notify)
    for table in clinic.notify:
        missing = [name for name in table.needs if not secrets.find(name)]
        if missing:
            hint = f"Положите: romi-sheets secret {clinic.id}.toml {missing[0]}."
            seen = f"не задано: {', '.join(missing)}"
            yield Finding(named[table.name], ok=False, seen=seen, hint=hint)
        else:
            yield Finding(named[table.name], ok=True, seen=_set(table))


def _set(table: NotifyTable) -> str:
    """What goes there and when; whether it arrives only a message shows."""
    digest = f"сводка {table.digest}" if table.digest else "без сводки"
    alerts = "«Внимание» в тот же день" if table.alerts else "без «Внимания»"
    variables = f"; есть {', '.join(table.needs)}" if table.needs else ""
    return f"{digest}, {alerts}{variables}"
