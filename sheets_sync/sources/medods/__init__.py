"""MEDODS: appointments that changed, and the bills of those that are closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.reading.records import is_yes
from sheets_sync.sources.access import Answer, Fault, Limit
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    REST,
    WALKED,
    Connector,
    Page,
    Stream,
    Window,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.json_paths import Record
from sheets_sync.sources.medods.account import MedodsTable, appointments, fetch, sign, step
from sheets_sync.sources.medods.gone import sweep
from sheets_sync.sources.source import Finding
from sheets_sync.sources.visits import statuses_seen

_NOT_FOUND = 404
_WORDS = {
    "billed": "completed",
    "finished": "completed",
    "arrived": "arrived",
    "confirmed": "confirmed",
    "new": "booked",
    "planned": "booked",
    "missed": "no_show",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}


def _starts(visit: Record) -> str:
    return f"{visit.get('date') or ''}T{visit.get('time') or ''}".strip("T")


_APPOINTMENTS = Stream(
    "appointments",
    "[]",
    {
        "appointment_id": "id",
        "patient_id": "clientId",
        "booked_at": lambda visit: visit.get("createdAt") or _starts(visit),
        "starts_at": _starts,
        "status": "status",
    },
    words=_WORDS,
    deleted="deleted",
    changed="updatedAt",
    name="appointments",
)
_ORDERS = Stream(
    "payments",
    "[]",
    {
        "payment_id": "order.id",
        "appointment_id": "visit.id",
        "patient_id": "visit.clientId",
        "paid_at": lambda bill: _starts(bill["visit"]),
        "amount": "sum",
        "kind": lambda _bill: "payment",
    },
    deleted="deleted",
    name="orders",
)
_BILLED = "Оплаты MEDODS – по выставленным счетам: платежей кассы сервис не отдаёт."


def _ask(api: Api[MedodsTable], window: Window) -> Iterator[Page]:
    # The service knows only «changed since», and bills come one by one: a page is a portion that is
    # kept by itself, or the first pull of some years would begin anew each night.
    rest = api.memory.get(REST) or {"offset": 0, "since": window.end.isoformat()}
    since = int(window.begin.timestamp())
    api.memory["since"] = min(since, int(api.memory.get("since", since)))
    page = appointments(api, since, rest["offset"])
    visits = [visit for visit in page if visit.get("id") not in rest.get("last", ())]
    yield Page(visits, "appointments")
    yield Page(_bills(api, visits), "orders", notes=(_BILLED,))
    if visits:
        offset = rest["offset"] + step(page)
        api.memory[REST] = {**rest, "offset": offset, "last": [v.get("id") for v in page]}
    else:
        api.memory.pop(REST, None)
        api.memory[WALKED] = rest["since"]


def _bills(api: Api[MedodsTable], visits: list[Record]) -> list[dict[str, Any]]:
    """A bill of each closed visit: what was asked for, as the service does not tell what was paid."""
    bills: list[dict[str, Any]] = []
    for visit in visits:
        if not visit.get("orderId"):
            continue
        bill = {"order": {"id": visit["orderId"]}, "visit": visit}
        is_closed = visit.get("status") == "billed" and not is_yes(visit.get("deleted"))
        order = _order(api, visit["orderId"]) if is_closed else None
        if order is None:
            bills.append({**bill, "deleted": True})
            continue
        if api.table.sum_field not in order:
            raise SourceError(
                f"в счёте {visit['orderId']} нет поля {api.table.sum_field}.",
                hint=f"Есть поля: {', '.join(sorted(order))[:200]}. Назовите сумму в sum_field.",
            )
        bills.append({**bill, "sum": order[api.table.sum_field]})
    return bills


def _order(api: Api[MedodsTable], number: Any) -> Record | None:
    """One bill, None where it is no more."""
    try:
        order = fetch(api, f"/api/v2/orders/{number}")
    except HttpError as error:
        if error.status != _NOT_FOUND:
            raise
        api.notes.append(f"Счёта {number} в MEDODS больше нет: его оплата убрана.")
        return None
    held = order.get("data", order)
    return next(iter(held), {}) if isinstance(held, list) else held


def _fault(answer: Answer) -> Fault | None:
    if answer.status == 422:
        return Fault("permanent", "не понял вопроса (ответ 422).")
    return None


def _probe(api: Api[MedodsTable]) -> Iterator[Finding]:
    since = int(api.clock.unix() - 7 * 86_400)
    visits = appointments(api, since, 0)
    seen = "отвечает" if visits else "отвечает, но за неделю приёмы не менялись"
    yield Finding("", ok=True, seen=f"{seen}; оплаты – по выставленным счетам")
    yield statuses_seen("статусы", (v.get("status") for v in visits), _WORDS, api.table)


SOURCE = source_of(
    Connector(
        kind="medods",
        title="MEDODS",
        noun="MEDODS",
        table=MedodsTable,
        endpoint=lambda table: f"https://{table.host}",
        auth=sign,
        ask=_ask,
        streams=(_APPOINTMENTS, _ORDERS),
        limits=(Limit(2, 1.0),),
        fault=_fault,
        sweep=sweep,
        probe=_probe,
        by="changes",
        longest=3650,
        parallel=1,
    )
)
