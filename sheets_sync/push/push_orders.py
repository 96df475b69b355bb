"""Sends CRM orders to Metrica and follows what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import SourceError
from sheets_sync.push.orders import OrderPlan, orders_csv
from sheets_sync.sources.metrica.api import CDP, Metrica
from sheets_sync.store import Order, Store
from sheets_sync.store.orders import ORDER

#: Orders of one upload: far under the service's gigabyte.
_ROWS = 100_000
#: Uploads that the service lists at once, the most it gives.
_LIST = 1000
#: An upload that is not in the list for so long is not there.
_LOST_AFTER = timedelta(hours=2)
#: The service's last words on an upload of orders, and ours on one that it does not know.
PASSED, FAILED, LOST = "PASSED", "FAILED", "LOST"
FINAL_OF_ORDERS = frozenset({PASSED, FAILED, LOST})


def send_orders(
    metrica: Metrica, clinic: Clinic, store: Store, planned: OrderPlan, now: datetime
) -> int:
    """Send what is planned; gives the number of orders that Metrica took.

    Raises SourceError: a refusal, or an upload that was found wrong as a whole. Orders that may not
    have arrived stay in doubt and go again next time.
    """
    accepted = 0
    zone = _zone(metrica) if planned.orders else None
    for start in range(0, len(planned.orders), _ROWS):
        assert zone is not None  # noqa: S101 - there are orders
        accepted += _send(metrica, clinic, store, planned.orders[start : start + _ROWS], zone, now)
    return accepted


def _send(
    metrica: Metrica,
    clinic: Clinic,
    store: Store,
    orders: tuple[Order, ...],
    zone: ZoneInfo,
    now: datetime,
) -> int:
    """One upload. SAVE replaces an order of that id whole, or makes it: safe to repeat.

    Source: yandex.ru/dev/metrika/ru/management/openapi/schema/uploadSimpleOrders.
    """
    store.orders.doubt(clinic.id, orders, now)
    answer = (
        metrica.post(
            "/data/simple_orders",
            {"merge_mode": "SAVE", "delimiter_type": "COMMA"},
            files={"file": ("orders.csv", orders_csv(orders, zone), "text/csv")},
            repeatable=True,
            api=CDP,
        ).get("uploading")
        or {}
    )
    name, status = (str(answer.get(k) or "") for k in ("uploading_id", "api_validation_status"))
    count = answer.get("elements_count")
    accepted = min(count, len(orders)) if isinstance(count, int) else len(orders)
    if not name or status == FAILED or accepted == 0:
        raise SourceError(
            f"Метрика не приняла заказы: {len(orders)} в одном файле.",
            where=f"{clinic.id}, счётчик {metrica.counter_id}",
            hint="Проверьте, что в счётчике включена загрузка данных из CRM и что ClientID лидов "
            "— его. Эти заказы уйдут снова при следующей отправке.",
        )
    store.orders.record(clinic.id, orders, name, status, now)
    return accepted


def _zone(metrica: Metrica) -> ZoneInfo:
    """The counter's zone: times of orders are told in it."""
    name = str(metrica.get("").get("counter", {}).get("time_zone_name") or "")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(
            f"Метрика не назвала часового пояса счётчика {metrica.counter_id}.",
            where=f"счётчик {metrica.counter_id}",
            hint="Выберите часовой пояс в настройках счётчика: без него время заказа неизвестно.",
        ) from None


def follow_orders(metrica: Metrica, clinic: Clinic, store: Store, now: datetime) -> Iterator[str]:
    """Ask what became of uploads that have no last word yet; notes on those that go again.

    Source: yandex.ru/dev/metrika/ru/management/openapi/schema/getLastUploadings.
    """
    unfinished = [
        u
        for u in store.pushes.uploads(clinic.id)
        if u.kind == ORDER and u.status not in FINAL_OF_ORDERS
    ]
    if not unfinished:
        return
    page = metrica.get("/last_uploadings", {"limit": _LIST, "source": "API"}, api=CDP)
    statuses = {
        str(u.get("uploading_id")): str(u.get("api_validation_status") or "")
        for u in page.get("uploadings") or []
    }
    for one in unfinished:
        missing = one.upload_id not in statuses
        status = statuses.get(one.upload_id, LOST)
        if missing and now - one.at <= _LOST_AFTER:
            continue
        store.pushes.set_status(clinic.id, one.upload_id, status, now)
        if status in {FAILED, LOST}:
            again = store.orders.doubt_upload(clinic.id, one.upload_id)
            why = "не прошли проверку Метрики" if status == FAILED else "не дошли"
            yield f"Заказы от {one.at:%d.%m.%Y} {why}, строк {again}: уйдут снова."
