"""The page of all clinics: last run, freshness, errors, next sync, a button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from metrics.wording import counted
from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.folder import Broken, Clinics
from sheets_sync.store import Overview, Store

State = Literal["ошибка", "устарело", "идёт", "в очереди", "ещё не было", "свежо"]
_ORDER: tuple[State, ...] = ("ошибка", "устарело", "идёт", "в очереди", "ещё не было", "свежо")

TONES: dict[State, str] = {
    "ошибка": "bad",
    "устарело": "bad",
    "идёт": "wait",
    "в очереди": "wait",
    "ещё не было": "none",
    "свежо": "good",
}


@dataclass(frozen=True)
class ClinicRow:
    """One clinic on the page, in words and the clinic's own time."""

    id: str
    name: str
    state: State
    last_run: str
    fresh: str
    next_sync: str
    error: str
    hint: str
    can_refresh: bool


def page_rows(clinics: Clinics, store: Store) -> list[ClinicRow]:
    """Every clinic of the folder, those in trouble first."""
    overviews = {o.clinic: o for o in store.jobs.overview()}
    rows = [
        _broken(c) if isinstance(c, Broken) else _row(c, overviews.get(c.id))
        for c in clinics.every()
    ]
    return sorted(rows, key=lambda r: (_ORDER.index(r.state), r.name.casefold()))


def summary(rows: list[ClinicRow]) -> str:
    """How the clinics are, in one line."""
    trouble = sum(TONES[r.state] == "bad" for r in rows)
    count = counted(len(rows), "клиника", "клиники", "клиник")
    if not rows:
        return "Пока ни одной."
    new = sum(r.fresh == "—" for r in rows)
    if trouble:
        verdict = f"требуют внимания: {trouble}"
    elif new:
        verdict = f"ещё не обновлялись: {new}"
    else:
        verdict = "все данные свежие"
    return f"{count}, {verdict}."


def title(rows: list[ClinicRow]) -> str:
    """The tab's title: how many clinics need attention, seen without opening it."""
    trouble = sum(TONES[r.state] == "bad" for r in rows)
    return f"({trouble}) Клиники" if trouble else "Клиники"


def _row(clinic: Clinic, seen: Overview | None) -> ClinicRow:
    run = seen.last_run if seen else None
    error = (run.error or {}) if run else {}

    def local(moment: datetime | None) -> str:
        return f"{moment.astimezone(clinic.zone):%d.%m %H:%M}" if moment else "—"

    return ClinicRow(
        clinic.id,
        clinic.name,
        _state(seen),
        local(run.finished_at or run.started_at) if run else "—",
        local(seen.last_good_at) if seen else "—",
        local(seen.next_at) if seen else "—",
        str(error.get("message", "")),
        str(error.get("hint", "")),
        can_refresh=True,
    )


def _state(seen: Overview | None) -> State:
    if seen is None or (seen.last_run is None and not seen.queued):
        return "ещё не было"
    if seen.running:
        return "идёт"
    if seen.queued:
        return "в очереди"
    if seen.failing:
        return "устарело"
    return "свежо" if seen.last_run and seen.last_run.ok else "ошибка"


def _broken(broken: Broken) -> ClinicRow:
    return ClinicRow(
        broken.id,
        f"{broken.id}.toml",
        "ошибка",
        "—",
        "—",
        "—",
        broken.error.message,
        broken.error.hint or "Исправьте файл: он будет прочитан снова сам.",
        can_refresh=False,
    )
