"""UIS and CoMagic: JSON-RPC reports in the account's own zone; refusals come with HTTP 200."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import NeededVariable, body
from sheets_sync.reading.records import is_yes
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
from sheets_sync.sources.json_paths import Record, at, list_at
from sheets_sync.sources.paging import all_pages
from sheets_sync.sources.source import Finding, SourceTable

_HOSTS = {"uiscom": "https://dataapi.uiscom.ru", "comagic": "https://dataapi.comagic.ru"}
_PAGE = 10_000
#: No offset goes beyond; a report of more rows is asked in parts.
_FARTHEST = 100_000
_TOO_MANY = "за один день строк больше, чем UIS отдаёт."
_RETIRED = "UIS скоро отключит версию интерфейса, по которой читаются звонки: обновите программу."
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_MARKS = (*_UTM, "ym_client_id", "yclid")
_FIELDS = {
    "get.calls_report": (
        "id", "start_time", "direction", "is_lost", "contact_phone_number", "talk_duration",
        "wait_duration", "communication_number", "source", *_MARKS,
    ),
    "get.offline_messages_report": (
        "id", "date_time", "visitor_phone_number", "visitor_email", *_MARKS,
    ),
    "get.chats_report": (
        "id", "date_time", "visitor_phone_number", "visitor_email", *_MARKS,
    ),
}  # fmt: skip
_STREAMS = {
    "get.calls_report": ("calls", "start_time"),
    "get.offline_messages_report": ("forms", "date_time"),
    "get.chats_report": ("chats", "date_time"),
}
_REASONS: dict[str, Reason] = {
    "limit_exceeded": "quota",
    "access_token_expired": "auth",
    "access_token_blocked": "auth",
    "access_token_invalid": "auth",
    "auth_error": "auth",
    "account_inactive": "auth",
    "ip_not_whitelisted": "rights",
    "forbidden": "rights",
    "method_component_disabled": "rights",
    "parameter_component_disabled": "rights",
    "internal_error": "temporary",
}
_HINTS = {
    "ip_not_whitelisted": "Добавьте адрес сервера в личном кабинете: Аккаунт → Доступ к API → "
    "разрешённые IP-адреса.",
    "account_inactive": "Аккаунт отключён: проверьте оплату в личном кабинете.",
    "method_component_disabled": "Подключите в тарифе отчёты по звонкам, заявкам и чатам.",
    "parameter_component_disabled": "Подключите в тарифе сквозную аналитику: нужны метки utm и yclid.",
    "forbidden": "Дайте пользователю ключа право на отчёты в личном кабинете.",
}


class UisTable(SourceTable):
    kind: Literal["uis"]
    token_env: NeededVariable
    host: Literal["uiscom", "comagic"] = "uiscom"

    tracking: ClassVar[bool] = True

    @property
    def account(self) -> str:
        return self.token_env


def _leads(name: str, letter: str, contact_type: str) -> Stream:
    """Numbers of forms and of chats meet, so that each has a letter before it."""
    fields: dict[str, Field] = {
        "lead_id": lambda r: r.get("id") and f"{letter}{r['id']}",
        "created_at": "date_time",
        "phone": "visitor_phone_number",
        "email": "visitor_email",
        "contact_type": lambda _r: contact_type,
        **{mark: mark for mark in _MARKS},
    }
    return Stream("leads", "result.data[]", fields, name=name)


def _is_first(call: Record) -> bool | None:
    number = str(call.get("communication_number")).strip()
    return number == "1" if number.isdigit() else None


def _answered(call: Record) -> str:
    is_lost = is_yes(call.get("is_lost"))
    return "" if is_lost is None else "missed" if is_lost else "answered"


_CALLS = Stream(
    "calls",
    "result.data[]",
    {
        "call_id": "id",
        "started_at": "start_time",
        "phone": "contact_phone_number",
        "status": _answered,
        "talk_duration": "talk_duration",
        "wait_duration": "wait_duration",
        "is_unique": _is_first,
        "call_direction": lambda call: "out" if call.get("direction") == "out" else "in",
        "source_raw": "source",
        **{mark: mark for mark in _MARKS},
    },
    name="calls",
)


def _call(api: Api[UisTable], method: str, **params: Any) -> Any:
    # Without an id the service takes a call for a notification and refuses it.
    answer = api.post("/v2.0", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    # The service speaks of its version only when it is about to take it away.
    if at(answer, "result.metadata.api_version") and _RETIRED not in api.notes:
        api.notes.append(_RETIRED)
    return answer


def _zone(api: Api[UisTable]) -> ZoneInfo:
    """The zone that the account names; the clinic's where it names none that is known."""
    accounts = at(_call(api, "get.account"), "result.data") or []
    name = str(accounts[0].get("timezone") or "") if accounts else ""
    try:
        return ZoneInfo(name) if name else api.zone
    except (ZoneInfoNotFoundError, ValueError):
        return api.zone


def _ask(api: Api[UisTable], window: Window) -> Iterator[Page]:
    zone = _zone(api)
    for method in _FIELDS:
        yield from _report(api, method, window.begin, window.end, zone)


def _report(
    api: Api[UisTable], method: str, begin: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[Page]:
    """The pages of a report. A time that has more rows than an offset reaches is asked in halves; the
    second that both have comes twice, under one id."""
    name, order = _STREAMS[method]
    days = {
        "date_from": f"{begin.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        "date_till": f"{end.astimezone(zone):%Y-%m-%d %H:%M:%S}",
    }

    def ask_page(_page: int, before: int) -> tuple[Any, list[Record], int | None]:
        if before > _FARTHEST:
            raise SourceError(_TOO_MANY, permanent=False)
        sort = [{"field": order, "order": "asc"}]
        fields = list(_FIELDS[method])
        answer = _call(api, method, **days, limit=_PAGE, offset=before, fields=fields, sort=sort)
        total = at(answer, "result.metadata.total_items")
        return answer, list_at(answer, "result.data[]"), total and int(total)

    for answer in all_pages(ask_page, _PAGE):
        total = int(at(answer, "result.metadata.total_items") or 0)
        if total > _FARTHEST and end - begin > timedelta(seconds=2):
            middle = begin + (end - begin) / 2
            yield from _report(api, method, begin, middle, zone)
            yield from _report(api, method, middle, end, zone)
            return
        yield Page(answer, name, zone)


def _fault(answer: Answer) -> Fault | None:
    error = answer.get("error")
    if not isinstance(error, dict):
        return None
    data = error.get("data") or {}
    mnemonic = str(data.get("mnemonic") or "")
    reason = _REASONS.get(mnemonic, "permanent")
    limits = at(data, "metadata.limits") or {}
    wait = float(limits.get("minute_reset") or 0) if reason == "quota" else 0.0
    if reason == "quota" and limits.get("day_remaining") == 0:
        wait = float(limits.get("day_reset") or 0)
    words = f"отказ {mnemonic or error.get('code')}: {error.get('message') or ''}".strip(": ")
    return Fault(reason, "" if reason == "quota" else f"{words}.", _HINTS.get(mnemonic, ""), wait)


def _probe(api: Api[UisTable]) -> Iterator[Finding]:
    zone = _zone(api)
    now = api.clock.now().astimezone(zone)
    same = now.utcoffset() == now.astimezone(api.zone).utcoffset()
    yield Finding(
        "",
        ok=same,
        seen=f"отвечает; пояс кабинета {zone.key}, клиники {api.zone.key}",
        hint="Время звонков читается в поясе кабинета; если он неверен, исправьте его там.",
    )
    for note in api.notes:
        yield Finding("версия", ok=False, seen=note, hint="Обновите программу.")


SOURCE = source_of(
    Connector(
        kind="uis",
        title="UIS",
        noun="UIS",
        table=UisTable,
        endpoint=lambda table: _HOSTS[table.host],
        auth=lambda table, secret: body("params.access_token", secret(table.token_env)),
        ask=_ask,
        streams=(_CALLS, _leads("forms", "F", "form"), _leads("chats", "C", "chat")),
        limits=(Limit(4, 1.0),),
        fault=_fault,
        probe=_probe,
        longest=45,
        parallel=1,
    )
)
