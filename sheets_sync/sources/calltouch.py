"""Calltouch: calls by pages and requests as one array; the two write dates in two orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from sheets_sync.net.secrets import NeededVariable, query
from sheets_sync.reading.records import is_yes
from sheets_sync.sources.access import Answer, Fault, Limit
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    Connector,
    Field,
    Page,
    Stream,
    Window,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.json_paths import (
    Record,
    at,
    list_at,
    records_at,
)
from sheets_sync.sources.paging import all_pages, told_rows
from sheets_sync.sources.source import Finding, SourceTable

_PAGE = 1000
#: What the service writes for what it does not know.
_UNKNOWN = "<не указано>"


class CalltouchTable(SourceTable):
    kind: Literal["calltouch"]
    site_id: int
    token_env: NeededVariable

    tracking: ClassVar[bool] = True

    @property
    def account(self) -> str:
        return str(self.site_id)


def _value(path: str) -> Field:
    """A field, empty where the service says that it does not know."""

    def value(record: Record) -> Any:
        text = at(record, path)
        return None if text == _UNKNOWN else text

    return value


def _marks(before: str = "") -> dict[str, Field]:
    names = ("source", "medium", "campaign", "content", "term")
    utm = {f"utm_{n}": _value(f"{before}utm{n.capitalize()}") for n in names}
    return {
        **utm,
        "source_raw": _value(f"{before}source"),
        "ym_client_id": _value(f"{before}yaClientId"),
    }


def _moment(call: Record) -> Any:
    """`dd/mm/yyyy HH:MM:SS` of the clinic's zone; of another kind it is refused, never guessed."""
    text = str(call.get("date")).strip()
    for form in ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
    return text.replace("/", "-") if call.get("date") else None


def _answered(call: Record) -> str:
    """Older answers say "True" and "False"; of what says neither nothing is told."""
    successful = is_yes(call.get("successful"))
    return "" if successful is None else "answered" if successful else "missed"


def _created(request: Record) -> Any:
    """Unix milliseconds, else the same as a text."""
    moment = request.get("date")
    if moment is not None and str(moment).isdigit():
        return datetime.fromtimestamp(int(moment) / 1000, UTC)
    return _moment({"date": request.get("dateStr") or moment})


def _phone(request: Record) -> Any:
    phones = records_at(request, "client.phones[]")
    return next((p["phoneNumber"] for p in phones if p.get("phoneNumber")), None)


_CALLS = Stream(
    "calls",
    "records[]",
    {
        "call_id": "callId",
        "started_at": _moment,
        "phone": "callerNumber",
        "status": _answered,
        "talk_duration": "duration",
        "wait_duration": "waitingConnect",
        "is_unique": "uniqueCall",
        "is_target": "targetCall",
        **_marks(),
    },
    name="calls",
)
_REQUESTS = Stream(
    "leads",
    "[]",
    {
        "lead_id": "requestId",
        "created_at": _created,
        "phone": _phone,
        "contact_type": lambda _request: "form",
        **_marks("session."),
    },
    name="requests",
)


def _ask(api: Api[CalltouchTable], window: Window) -> Iterator[Page]:
    site = api.table.site_id
    days = {"dateFrom": f"{window.first:%d/%m/%Y}", "dateTo": f"{window.last:%d/%m/%Y}"}

    def calls(page: int, before: int) -> tuple[Any, list[Record], int | None]:
        query = {**days, "page": page, "limit": _PAGE, "attribution": 1, "withCallTags": "true"}
        body = api.get(f"/calls-service/RestAPI/{site}/calls-diary/calls", query)
        rows = list_at(body, "records[]")
        # `pageTotal` counts pages, not rows.
        pages = told_rows(before + len(rows), page, body.get("pageTotal"))
        return body, rows, int(body.get("recordsTotal") or 0) or pages

    yield from (Page(body, "calls") for body in all_pages(calls, _PAGE, "callId"))
    # Only here the month stands first.
    days = {"dateFrom": f"{window.first:%m/%d/%Y}", "dateTo": f"{window.last:%m/%d/%Y}"}
    requests = api.get("/calls-service/RestAPI/requests", {"siteId": site, **days})
    yield Page(requests, "requests")


def _fault(answer: Answer) -> Fault | None:
    """A wrong path is answered with a page of help."""
    if answer.status < 300 and answer.text.lstrip().startswith("<"):
        return Fault("permanent", "ответил страницей вместо данных: адрес или номер сайта неверен.")
    return None


def _probe(api: Api[CalltouchTable]) -> Iterator[Finding]:
    today = api.clock.today(api.zone)
    day = f"{today:%d/%m/%Y}"
    body = api.get(
        f"/calls-service/RestAPI/{api.table.site_id}/calls-diary/calls",
        {"dateFrom": day, "dateTo": day, "page": 1, "limit": 1, "attribution": 1},
    )
    yield Finding(
        "", ok=True, seen=f"отвечает; звонков за сегодня: {body.get('recordsTotal') or 0}"
    )


SOURCE = source_of(
    Connector(
        kind="calltouch",
        title="Calltouch",
        noun="Calltouch",
        table=CalltouchTable,
        endpoint="https://api.calltouch.ru",
        auth=lambda table, secret: query(clientApiId=secret(table.token_env)),
        ask=_ask,
        streams=(_CALLS, _REQUESTS),
        limits=(Limit(5, 1.0, "service"),),
        fault=_fault,
        probe=_probe,
        longest=45,
    )
)
