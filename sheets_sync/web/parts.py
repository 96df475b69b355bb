"""What the routes stand on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sheets_sync.clinic.folder import Clinics
from sheets_sync.home import admin_password, clinics_folder, page_key
from sheets_sync.service.jobs import JobQueue, open_queue
from sheets_sync.settings import Service
from sheets_sync.store import Limits, Store, open_limits
from sheets_sync.web.door import Door
from sheets_sync.web.links import Links
from sheets_sync.web.throttle import Throttle
from sheets_sync.web.viewers import Viewers


@dataclass(frozen=True)
class WebParts:
    """What the routes stand on."""

    service: Service
    store: Store
    clinics: Clinics
    jobs: JobQueue
    door: Door
    links: Links
    throttle: Throttle
    viewers: Viewers
    clock: Callable[[], datetime]
    #: What sessions and links are signed with; another one when the admin's password is changed.
    key: bytes


def parts_of(
    service: Service,
    store: Store,
    clock: Callable[[], datetime],
    certificates: Callable[..., Any],
) -> WebParts:
    """Put the parts together. Raises ConfigError, StoreError."""

    def seconds() -> float:
        return clock().timestamp()

    password, key = admin_password(service), page_key(service)
    clinics = Clinics(clinics_folder(service))
    throttle = Throttle(_ledger(service, store), seconds)
    return WebParts(
        service,
        store,
        clinics,
        JobQueue(service, store, clinics, open_queue(service, store), clock),
        Door(service, store, clinics, seconds, certificates),
        Links(store, seconds, key),
        throttle,
        Viewers(password, throttle, seconds),
        clock,
        key,
    )


def _ledger(service: Service, store: Store) -> Limits:
    """Where requests are counted: in the store; but SQLite has one writer, and while it takes in a
    big clinic no request may wait for it.
    """
    if service.store_url.startswith("sqlite"):
        return open_limits(service.home / "limits.sqlite3")
    return store.limits
