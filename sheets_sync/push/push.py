"""Bookings, visits and payments back to Metrica: conversions exactly once, orders as they change."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from metrics.join.join import prepare
from metrics.schema import ENTITIES
from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.errors import ConfigError, SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.http import HttpError
from sheets_sync.net.limiter import Limiter
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.push.conversions import KINDS, Conversion, Kind, Planned, plan, upload
from sheets_sync.push.orders import PlannedOrders, plan_orders
from sheets_sync.push.push_orders import FAILED, LOST, PASSED, follow_orders, send_orders
from sheets_sync.settings import Service
from sheets_sync.sources.metrica import MetricaTable
from sheets_sync.sources.metrica.api import ENDPOINT, Metrica
from sheets_sync.store import Store, Upload
from sheets_sync.store.orders import ORDER

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
    PASSED: "принята",
    FAILED: "не прошла проверку Метрики",
    LOST: "не дошла",
}


@dataclass(frozen=True)
class Pushed:
    """What went (or would go), what did not and why, and what became of earlier uploads."""

    planned: Planned
    sent: int
    uploads: tuple[Upload, ...]
    notes: tuple[str, ...] = ()
    #: None where the clinic does not send orders.
    orders: PlannedOrders | None = None
    orders_sent: int = 0


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

    Raises ConfigError where pushing is off or has no counter, SourceError where Metrica refuses,
    StoreError where the clinic is being pushed already.
    """
    if not dry_run and not clinic.push.enabled:
        raise ConfigError(
            "отправка в Метрику выключена.",
            where=clinic.id,
            hint="Посмотрите, что ушло бы: romi-sheets push … --dry-run; затем включите в файле "
            "клиники [push] enabled = true.",
        )
    if not _targets(clinic) and not clinic.push.orders:
        raise ConfigError(
            "не сказано, что передавать.",
            where=clinic.id,
            hint='Назовите в [push] идентификаторы целей: booking = "…", visit = "…", '
            'payment = "…"; или включите заказы: orders = true.',
        )
    if dry_run:
        planned, orders = _planned(clinic, store, service, now)
        return Pushed(planned, 0, tuple(store.pushes.uploads(clinic.id)), orders=orders)
    metrica = _metrica(clinic, store, service, clock or Clock())
    with store.pushes.alone(clinic.id):
        return _pushed(metrica, clinic, store, service, now)


def _pushed(
    metrica: Metrica, clinic: Clinic, store: Store, service: Service, now: datetime
) -> Pushed:
    _check_targets(metrica, clinic)
    notes = [
        *_follow(metrica, clinic, store, now),
        *follow_orders(metrica, clinic, store, now),
    ]
    planned, orders = _planned(clinic, store, service, now)
    sent = sum(_send(metrica, clinic, store, rows, now) for rows in _batches(planned))
    if sent < len(planned.conversions):
        notes.append(f"Метрика приняла {sent} из {len(planned.conversions)} строк.")
    taken = send_orders(metrica, clinic, store, orders, now) if orders else 0
    if orders and taken < len(orders.orders):
        notes.append(f"Метрика приняла {taken} из {len(orders.orders)} заказов.")
    return Pushed(
        planned, sent, tuple(store.pushes.uploads(clinic.id)), tuple(notes), orders, taken
    )


def _targets(clinic: Clinic) -> set[str]:
    return {getattr(clinic.push, kind) for kind in KINDS} - {""}


def _planned(
    clinic: Clinic, store: Store, service: Service, now: datetime
) -> tuple[Planned, PlannedOrders | None]:
    frames = {name: store.rows.read(clinic.id, name) for name in ENTITIES}
    settings = clinic.report.settings(now.astimezone(clinic.zone).date(), clinic.timezone)
    joined = prepare(frames, settings)
    sent: dict[Kind, set[str]] = {kind: store.pushes.ids(clinic.id, kind) for kind in KINDS}
    conversions = plan(joined, clinic.push, sent, now)
    if not clinic.push.orders:
        return conversions, None
    keyring = open_keyring(service, clinic.id)
    # Keyed: an id may be made of a phone, and two clinics of one counter may both have a № 1.
    orders = plan_orders(
        joined, store.orders.sent(clinic.id), lambda ids: keyring.keys("order:", ids), now
    )
    return conversions, orders


def _metrica(clinic: Clinic, store: Store, service: Service, clock: Clock) -> Metrica:
    source = next((s for s in clinic.source if isinstance(s, MetricaTable)), None)
    if source is None:
        raise ConfigError(
            "отправлять некуда: в файле клиники нет Метрики.",
            where=clinic.id,
            hint='Добавьте [[source]] kind = "metrica" с counter_id и token_env.',
        )
    return Metrica(
        service.endpoint("metrica", ENDPOINT),
        source.counter_id,
        Secrets(service.home, clinic.id).get(source.token_env, source.name),
        limiter=Limiter(store.limits, clock),
        clock=clock,
    )


def _check_targets(metrica: Metrica, clinic: Clinic) -> None:
    """A target that is no goal of the counter would be refused row by row, without a word."""
    targets = _targets(clinic)
    if not targets:
        return
    events = {
        str(condition.get("url", ""))
        for goal in metrica.get("/goals").get("goals", [])
        if goal.get("type") == "action"
        for condition in goal.get("conditions") or ()
    }
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
    store.pushes.record(clinic.id, rows[0].kind, [r.id for r in rows], name, now)
    try:
        answer = metrica.post(
            "/offline_conversions/upload",
            {"comment": name},
            files={"file": ("conversions.csv", upload(rows), "text/csv")},
            repeatable=False,
        ).get("uploading", {})
    except HttpError as error:
        if not error.sent:
            store.pushes.withdraw(clinic.id, name)
        raise
    except SourceError:
        store.pushes.withdraw(clinic.id, name)
        raise
    taken = int(answer.get("line_quantity") or 0)
    if taken == 0:
        store.pushes.withdraw(clinic.id, name)
        raise SourceError(
            f"Метрика не приняла ни одной из {len(rows)} конверсий.",
            where=clinic.id,
            hint="Проверьте, что ClientID и yclid лидов принадлежат этому счётчику.",
        )
    store.pushes.set_status(clinic.id, name, str(answer.get("status", "UPLOADED")), now)
    return taken


def _follow(metrica: Metrica, clinic: Clinic, store: Store, now: datetime) -> Iterator[str]:
    """Ask what became of uploads that have no last word yet; notes on those that went wrong."""
    uploads = [u for u in store.pushes.uploads(clinic.id) if u.kind != ORDER]
    unfinished = [u for u in uploads if u.status not in FINAL]
    if not unfinished:
        return
    listed = {str(u.get("comment", "")): u for u in _listed(metrica)}
    for one in unfinished:
        found = listed.get(one.upload_id)
        if found:
            status = str(found.get("status", ""))
            store.pushes.set_status(clinic.id, one.upload_id, status, now)
            if status == "LINKAGE_FAILURE":
                yield f"Отправка от {one.at:%d.%m.%Y}, строк {one.rows}: {status_in_words(status)}."
        elif one.status == "" and now - one.at > _LOST_AFTER:
            store.pushes.withdraw(clinic.id, one.upload_id)
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
