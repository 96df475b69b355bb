"""Bookings, visits and payments back to Metrica as offline conversions, each exactly once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from metrics.schema import ENTITIES
from sheets_sync.clock import Clock
from sheets_sync.config import Clinic, Service
from sheets_sync.conversions import KINDS, Conversion, Kind, Planned, plan, upload
from sheets_sync.errors import ConfigError, SourceError
from sheets_sync.http import HttpError
from sheets_sync.limiter import Limiter
from sheets_sync.metrica_api import Metrica
from sheets_sync.store import Store, Upload
from sheets_sync.tokens import secret_from

#: Rows of one upload: far under the service's gigabyte.
_ROWS = 100_000
#: Uploads of the service's list.
_LIST = 10_000
#: An upload that nobody has seen for so long has not arrived.
_LOST_AFTER = timedelta(hours=2)
#: The service's last words on an upload.
FINAL = frozenset({"PROCESSED", "LINKAGE_FAILURE", "MATCHED"})
_WORDS = {
    "": "неизвестно, дошла ли",
    "UPLOADED": "принята",
    "PREPARED": "готовится",
    "EXPORTED": "обрабатывается",
    "PROCESSED": "обработана",
    "MATCHED": "обработана",
    "LINKAGE_FAILURE": "не привязана: Метрика не нашла визитов этих посетителей",
}


@dataclass(frozen=True)
class Pushed:
    """What went (or would go), what did not and why, and what became of earlier uploads."""

    planned: Planned
    sent: int
    uploads: tuple[Upload, ...]
    notes: tuple[str, ...] = ()


def status_in_words(status: str) -> str:
    """The service's word on an upload, in Russian."""
    return _WORDS.get(status, status)


def push(
    clinic: Clinic,
    store: Store,
    service: Service,
    now: datetime,
    *,
    dry_run: bool = False,
    clock: Clock | None = None,
) -> Pushed:
    """Send what has not gone yet. With `dry_run` nothing is sent, asked or written.

    Raises ConfigError where pushing is off or has no counter, SourceError where Metrica refuses.
    """
    if not dry_run and not clinic.push.enabled:
        raise ConfigError(
            "отправка конверсий в Метрику выключена.",
            where=clinic.id,
            hint="Посмотрите, что ушло бы: romi-sheets push … --dry-run; затем включите в файле "
            "клиники [push] enabled = true.",
        )
    if not any(getattr(clinic.push, kind) for kind in KINDS):
        raise ConfigError(
            "не сказано, какие цели передавать.",
            where=clinic.id,
            hint='Назовите в [push] идентификаторы целей: booking = "…", visit = "…", '
            'payment = "…".',
        )
    if dry_run:
        return Pushed(_planned(clinic, store, now), 0, tuple(store.uploads(clinic.id)))
    metrica = _metrica(clinic, store, service, clock or Clock())
    _check_targets(metrica, clinic)
    notes = list(_follow(metrica, clinic, store, now))
    planned = _planned(clinic, store, now)
    sent = sum(_send(metrica, clinic, store, rows, now) for rows in _batches(planned))
    if sent < len(planned.conversions):
        notes.append(f"Метрика приняла {sent} из {len(planned.conversions)} строк.")
    return Pushed(planned, sent, tuple(store.uploads(clinic.id)), tuple(notes))


def _planned(clinic: Clinic, store: Store, now: datetime) -> Planned:
    frames = {name: store.read(clinic.id, name) for name in ENTITIES}
    settings = clinic.report.settings(now.astimezone(clinic.zone).date(), clinic.timezone)
    sent: dict[Kind, set[str]] = {kind: store.pushed(clinic.id, kind) for kind in KINDS}
    return plan(frames, settings, clinic.push, sent, now)


def _metrica(clinic: Clinic, store: Store, service: Service, clock: Clock) -> Metrica:
    source = next((s for s in clinic.source if s.kind == "metrica"), None)
    if source is None or source.counter_id is None:
        raise ConfigError(
            "конверсии некуда отправлять: в файле клиники нет Метрики.",
            where=clinic.id,
            hint='Добавьте [[source]] kind = "metrica" с counter_id и token_env.',
        )
    return Metrica(
        service.metrica_endpoint,
        source.counter_id,
        secret_from(source.token_env, source.name),
        limiter=Limiter(store, clock),
        clock=clock,
    )


def _check_targets(metrica: Metrica, clinic: Clinic) -> None:
    """A target that is no goal of the counter would be refused row by row, without a word."""
    events = {
        str(condition.get("url", ""))
        for goal in metrica.get("/goals").get("goals", [])
        if goal.get("type") == "action"
        for condition in goal.get("conditions") or ()
    }
    targets = {getattr(clinic.push, kind) for kind in KINDS} - {""}
    if missing := sorted(targets - events):
        raise ConfigError(
            f"в счётчике {metrica.counter_id} нет цели-события: {', '.join(missing)}.",
            where=clinic.id,
            hint="Создайте в Метрике цель «JavaScript-событие» с таким идентификатором.",
        )


def _batches(planned: Planned) -> Iterator[list[Conversion]]:
    """Conversions of one kind and one sort of client id, as they go into one upload."""
    rows = sorted(planned.conversions, key=lambda c: (KINDS.index(c.kind), c.by, c.at, c.id))
    for _, group in groupby(rows, key=lambda c: (c.kind, c.by)):
        batch = list(group)
        for start in range(0, len(batch), _ROWS):
            yield batch[start : start + _ROWS]


def _send(
    metrica: Metrica, clinic: Clinic, store: Store, rows: list[Conversion], now: datetime
) -> int:
    """Send one upload, written down before; gives the number of rows that Metrica took.

    The upload's own name goes with it as its comment: an upload whose answer is lost is found by
    it next time, and only one that is not there may go again.
    """
    name = f"romi-{uuid.uuid4().hex}"
    store.record_push(clinic.id, rows[0].kind, [r.id for r in rows], name, now)
    try:
        answer = metrica.post(
            "/offline_conversions/upload",
            {"comment": name},
            files={"file": ("conversions.csv", upload(rows), "text/csv")},
            repeatable=False,
        ).get("uploading", {})
    except HttpError as error:
        if not error.sent:
            store.withdraw_push(clinic.id, name)
        raise
    except SourceError:
        store.withdraw_push(clinic.id, name)
        raise
    taken = int(answer.get("line_quantity") or 0)
    if taken == 0:
        store.withdraw_push(clinic.id, name)
        raise SourceError(
            f"Метрика не приняла ни одной из {len(rows)} конверсий.",
            where=clinic.id,
            hint="Проверьте, что ClientID и yclid лидов принадлежат этому счётчику.",
        )
    store.set_upload_status(clinic.id, name, str(answer.get("status", "UPLOADED")), now)
    return taken


def _follow(metrica: Metrica, clinic: Clinic, store: Store, now: datetime) -> Iterator[str]:
    """Ask what became of uploads that have no last word yet; notes on those that went wrong."""
    unfinished = [u for u in store.uploads(clinic.id) if u.status not in FINAL]
    if not unfinished:
        return
    listed = {str(u.get("comment", "")): u for u in _listed(metrica)}
    for one in unfinished:
        found = listed.get(one.upload_id)
        if found:
            status = str(found.get("status", ""))
            store.set_upload_status(clinic.id, one.upload_id, status, now)
            if status == "LINKAGE_FAILURE":
                yield f"Отправка от {one.at:%d.%m.%Y}, строк {one.rows}: {status_in_words(status)}."
        elif one.status == "" and now - one.at > _LOST_AFTER:
            store.withdraw_push(clinic.id, one.upload_id)
            yield f"Отправка от {one.at:%d.%m.%Y} не дошла: строк {one.rows}, они уйдут снова."


def _listed(metrica: Metrica) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        page = metrica.get("/offline_conversions/uploadings", {"limit": _LIST, "offset": offset})
        uploads = page.get("uploadings") or []
        yield from uploads
        if len(uploads) < _LIST:
            return
        offset += _LIST
