"""MEDODS: appointments that changed, and the bills of those that are closed."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from pydantic import SecretStr, field_validator
from requests import PreparedRequest

from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.net.secrets import FreshHeader, Lookup, NeededVariable
from sheets_sync.reading.records import is_yes
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    REST,
    WALKED,
    Answer,
    Connector,
    Fault,
    Limit,
    Page,
    Record,
    Stream,
    Window,
    list_at,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.source import Finding
from sheets_sync.sources.visits import VisitTable, statuses_seen

_PAGE = 100
#: One of so many rows of a page is asked again with the next.
_AGAIN = 10
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


class MedodsTable(VisitTable):
    kind: Literal["medods"]
    host: str
    identity_env: NeededVariable
    secret_env: NeededVariable
    sum_field: str = "finalSum"

    @field_validator("host")
    @classmethod
    def _bare(cls, value: str) -> str:
        return value.strip().removeprefix("https://").removeprefix("http://").partition("/")[0]

    @property
    def account(self) -> str:
        return self.host


@dataclass(frozen=True)
class _OwnToken(FreshHeader):
    """Our own token of a minute; some servers want it without the word Bearer (`scheme`)."""

    scheme: list[str] = field(default_factory=lambda: ["Bearer "])

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self.scheme[0] + self.make(self.now())
        return request


def _sign(table: MedodsTable, secret: Lookup) -> _OwnToken:
    identity, key = secret(table.identity_env), secret(table.secret_env)
    return _OwnToken((identity, key), partial(_token, identity, key))


def _token(identity: SecretStr, key: SecretStr, now: float) -> str:
    """A JWT by HS512. Its beginning is ten seconds back, for clocks drift."""
    begin = int(now) - 10
    claims = {"iss": identity.get_secret_value(), "iat": begin, "exp": begin + 60}
    head, body = (
        _packed(json.dumps(part).encode()) for part in ({"alg": "HS512", "typ": "JWT"}, claims)
    )
    text = f"{head}.{body}"
    signature = hmac.digest(key.get_secret_value().encode(), text.encode(), "sha512")
    return f"{text}.{_packed(signature)}"


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _get(api: Api[MedodsTable], path: str, params: dict[str, Any] | None = None) -> Any:
    """A GET; on the first refusal of a token it is tried the other way, and the way is remembered."""
    auth = api.auth
    if not isinstance(auth, _OwnToken) or "scheme" in api.memory:
        return _remembered(api, path, params)
    try:
        body = api.get(path, params)
    except HttpError as error:
        if error.status not in {401, 403}:
            raise
        auth.scheme[0] = ""
        body = api.get(path, params)
    api.memory["scheme"] = auth.scheme[0]
    return body


def _remembered(api: Api[MedodsTable], path: str, params: dict[str, Any] | None) -> Any:
    if isinstance(api.auth, _OwnToken):
        api.auth.scheme[0] = str(api.memory["scheme"])
    return api.get(path, params)


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
    params = {
        "limit": _PAGE,
        "offset": rest["offset"],
        "updatedAtAfter": int(window.begin.timestamp()),
    }
    page = list_at(_get(api, "/api/v2/appointments", params), "data[]")
    visits = [visit for visit in page if visit.get("id") not in rest.get("last", ())]
    yield Page(visits, "appointments")
    yield Page(_bills(api, visits), "orders", notes=(_BILLED,))
    if visits:
        # Rows that leave while it is read move the rest: the last ones of a page are asked again.
        offset = rest["offset"] + len(page) - len(page) // _AGAIN
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
        order = _get(api, f"/api/v2/orders/{number}")
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
    params = {"limit": _PAGE, "offset": 0, "updatedAtAfter": since}
    visits = list_at(_get(api, "/api/v2/appointments", params), "data[]")
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
        auth=_sign,
        ask=_ask,
        streams=(_APPOINTMENTS, _ORDERS),
        limits=(Limit(2, 1.0),),
        fault=_fault,
        probe=_probe,
        by="changes",
        longest=3650,
        parallel=1,
    )
)
