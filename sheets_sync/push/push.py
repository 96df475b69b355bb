"""Bookings, visits and payments back to Metrica: conversions exactly once, orders as they change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from metrics.join.join import prepare
from metrics.schema import ENTITIES
from sheets_sync.books import must_own_book
from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.errors import ConfigError
from sheets_sync.net.clock import Clock
from sheets_sync.net.limiter import Limiter
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.push.conversions import KINDS, ConversionPlan, plan
from sheets_sync.push.orders import OrderPlan, plan_orders
from sheets_sync.push.push_conversions import WORDS, follow_conversions, send_conversions
from sheets_sync.push.push_orders import FAILED, LOST, PASSED, follow_orders, send_orders
from sheets_sync.settings import Service
from sheets_sync.sources.metrica.api import ENDPOINT, Metrica
from sheets_sync.sources.metrica.table import MetricaTable
from sheets_sync.store import Store, Upload

#: Conditions of a goal that is one event.
_EXACT = frozenset({"exact", "action"})
_WORDS = {**WORDS, PASSED: "принята", FAILED: "не прошла проверку Метрики", LOST: "не дошла"}


@dataclass(frozen=True)
class PushReport:
    """What went (or would go), what did not and why, and what became of earlier uploads."""

    planned: ConversionPlan
    sent: int
    uploads: tuple[Upload, ...]
    notes: tuple[str, ...] = ()
    #: None where the clinic does not send orders.
    orders: OrderPlan | None = None
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
) -> PushReport:
    """Send what has not gone yet. With `dry_run` nothing is sent, asked or written.

    Raises ConfigError where pushing is off, has no counter or the book is another clinic's, SourceError where Metrica refuses,
    StoreError where the clinic is being pushed already.
    """
    must_own_book(clinic, service)
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
        return PushReport(planned, 0, tuple(store.pushes.uploads(clinic.id)), orders=orders)
    metrica = _metrica(clinic, store, service, clock or Clock())
    with store.pushes.alone(clinic.id):
        return _pushed(metrica, clinic, store, service, now)


def _pushed(
    metrica: Metrica, clinic: Clinic, store: Store, service: Service, now: datetime
) -> PushReport:
    _check_targets(metrica, clinic)
    notes = [
        *follow_conversions(metrica, clinic, store, now),
        *follow_orders(metrica, clinic, store, now),
    ]
    planned, orders = _planned(clinic, store, service, now)
    sent = send_conversions(metrica, clinic, store, planned, now)
    if sent < len(planned.conversions):
        notes.append(f"Метрика приняла {sent} из {len(planned.conversions)} строк.")
    accepted = send_orders(metrica, clinic, store, orders, now) if orders else 0
    if orders and accepted < len(orders.orders):
        notes.append(f"Метрика приняла {accepted} из {len(orders.orders)} заказов.")
    return PushReport(
        planned, sent, tuple(store.pushes.uploads(clinic.id)), tuple(notes), orders, accepted
    )


def _targets(clinic: Clinic) -> set[str]:
    return {getattr(clinic.push, kind) for kind in KINDS} - {""}


def _planned(
    clinic: Clinic, store: Store, service: Service, now: datetime
) -> tuple[ConversionPlan, OrderPlan | None]:
    frames = {name: store.rows.read(clinic.id, name) for name in ENTITIES}
    settings = clinic.report.settings(now.astimezone(clinic.zone).date(), clinic.timezone)
    joined = prepare(frames, settings)
    sent = {kind: store.pushes.sent(clinic.id, kind) for kind in KINDS}
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
    """A target that is no goal of the counter would be refused row by row, without a word.

    Raises ConfigError. Source: yandex.ru/dev/metrika/ru/management/offline-conv: the goal is a
    JavaScript event whose condition is «совпадает».
    """
    targets = _targets(clinic)
    if not targets:
        return
    events = {
        str(condition.get("url", ""))
        for goal in metrica.get("/goals").get("goals", [])
        if goal.get("type") == "action"
        for condition in goal.get("conditions") or ()
        if condition.get("type") in _EXACT
    }
    if missing := sorted(targets - events):
        raise ConfigError(
            f"в счётчике {metrica.counter_id} нет цели-события: {', '.join(missing)}.",
            where=clinic.id,
            hint="Создайте в Метрике цель «JavaScript-событие» с таким идентификатором и условием "
            "«совпадает»: с другим условием Метрика офлайн-конверсий не принимает.",
        )
