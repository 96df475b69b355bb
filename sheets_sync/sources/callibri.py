"""Callibri: calls, forms, chats and letters of a site; asked by weeks, errors come with HTTP 200."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Literal

from sheets_sync.net.secrets import NeededVariable, query
from sheets_sync.sources.access import (
    Answer,
    Fault,
    Limit,
    Reason,
)
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    Connector,
    Field,
    Page,
    Stream,
    Window,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.json_paths import Record
from sheets_sync.sources.source import Finding, SourceTable

_REASONS: dict[int, Reason] = {401: "auth", 403: "rights", 429: "quota"}
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


class CallibriTable(SourceTable):
    kind: Literal["callibri"]
    site_id: int
    email_env: NeededVariable
    token_env: NeededVariable

    tracking: ClassVar[bool] = True

    @property
    def account(self) -> str:
        return str(self.site_id)


def _number(appeal: Record) -> str:
    """One appeal stands in every channel that it fits; some rows have no number of their own."""
    number, visitor = appeal.get("appeal_id"), appeal.get("clbvid")
    return str(number or (visitor and f"{visitor} {appeal.get('date')}") or "")


def _first(appeal: Record) -> bool | None:
    number = str(appeal.get("conversations_number")).strip()
    return number == "1" if number.isdigit() else None


_MARKS: dict[str, Field] = {
    "phone": "phone",
    "source_raw": "source",
    **{name: name for name in _UTM},
    "ym_client_id": lambda appeal: appeal.get("metrika_client_id") or appeal.get("ym_uid"),
}


def _leads(records: str, contact_type: str) -> Stream:
    return Stream(
        "leads",
        f"channels_statistics[].{records}[]",
        {
            "lead_id": _number,
            "created_at": "date",
            "contact_type": lambda _appeal: contact_type,
            "email": "email",
            "landing_path": "landing_page",
            "referrer_domain": "site_referrer",
            **_MARKS,
        },
    )


_CALLS = Stream(
    "calls",
    "channels_statistics[].calls[]",
    {
        "call_id": _number,
        "started_at": "date",
        "talk_duration": "billsec",
        "is_unique": _first,
        "is_target": "is_lid",
        **_MARKS,
    },
)


def _ask(api: Api[CallibriTable], window: Window) -> Iterator[Page]:
    # In which zone the service counts days is nowhere said: a day more on both sides, then by time.
    first, last = window.first - timedelta(days=1), window.last + timedelta(days=1)
    days = {"date1": f"{first:%d.%m.%Y}", "date2": f"{last:%d.%m.%Y}"}
    yield Page(api.get("/site_get_statistics", {"site_id": api.table.site_id, **days}))


def _fault(answer: Answer) -> Fault | None:
    text = str(answer.get("code"))
    if answer.status >= 300 or not text.isdigit() or (code := int(text)) == 200:
        return None
    reason = _REASONS.get(code, "temporary" if code >= 500 else "permanent")
    return Fault(reason, f"{answer.get('message') or 'отказ без объяснения'} (код {code}).")


def _probe(api: Api[CallibriTable]) -> Iterator[Finding]:
    sites = {str(s.get("site_id")): s for s in api.get("/get_sites").get("sites") or ()}
    names = ", ".join(f"{n} {s.get('domains', '')}" for n, s in sites.items())
    yield Finding(
        "",
        ok=str(api.table.site_id) in sites,
        seen=f"отвечает; сайты: {names or 'ни одного'}",
        hint="Возьмите site_id из этого списка.",
    )


SOURCE = source_of(
    Connector(
        kind="callibri",
        title="Callibri",
        noun="Callibri",
        table=CallibriTable,
        endpoint="https://api.callibri.ru",
        auth=lambda table, secret: query(
            user_email=secret(table.email_env), user_token=secret(table.token_env)
        ),
        ask=_ask,
        streams=(
            _CALLS,
            _leads("feedbacks", "form"),
            _leads("chats", "chat"),
            _leads("emails", "other"),
        ),
        limits=(Limit(1, 0.6),),
        fault=_fault,
        probe=_probe,
        longest=5,
        parallel=1,
    )
)
