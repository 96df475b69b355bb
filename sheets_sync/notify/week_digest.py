"""This week's digest of a clinic: what the last sync kept, with what is known now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from metrics.measures.alert import Alert
from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import StoreError
from sheets_sync.notify.alarms import due_effect, effect_line
from sheets_sync.notify.digest import DIGEST, DigestWeek, digest_lines, last_week
from sheets_sync.notify.mute import book_link
from sheets_sync.privacy.personal import redact
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.store.freshness import freshness


@dataclass(frozen=True)
class Digest:
    """What goes once an ISO week; `effect` is the row of «Внимание» that it tells."""

    key: str
    lines: tuple[str, ...]
    week: DigestWeek
    effect: Alert | None


def digest_of(clinic: Clinic, store: Store, service: Service, now: datetime) -> Digest:
    """The digest as it would go at `now`. Raises StoreError where no sync left one."""
    memory = store.memory.read(clinic.id, DIGEST).get(DIGEST, {})
    week = last_week(memory)
    if week is None:
        raise StoreError(
            "сводки ещё нет: отчёт этой клиники не собирали.",
            where=clinic.id,
            hint="Сначала соберите его: romi-sheets sync.",
        )
    effect = due_effect(clinic, store, now)
    states = [freshness(s, clinic.zone) for s in store.sources.states(clinic.id)]
    lines = digest_lines(
        clinic.name,
        memory,
        week,
        stale=list(dict.fromkeys(redact(f"{s.name}: {s.since}") for s in states if s.stale)),
        alert=effect_line(effect) if effect else "",
        link=book_link(service, clinic),
    )
    year, number, _ = now.astimezone(clinic.zone).isocalendar()
    return Digest(f"digest:{year}-W{number:02d}", lines, week, effect)
