"""Bitrix24: leads and deals, of which one made of the other is one row; stages by the clinic's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sheets_sync.net.secrets import Lookup, Path
from sheets_sync.sources.access import (
    Answer,
    Fault,
    Limit,
    Reason,
)
from sheets_sync.sources.api import Api
from sheets_sync.sources.bitrix24.calls import WORN
from sheets_sync.sources.bitrix24.portal import (
    DEAL,
    LEAD,
    Bitrix24Table,
    contact_phones,
    gather,
    source_names,
    stage_steps,
    there,
)
from sheets_sync.sources.bitrix24.probe import probe
from sheets_sync.sources.bitrix24.rows import STREAMS, is_won, lead_row, merged, visit_row
from sheets_sync.sources.connector import Connector, Page, Window
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.stages import unmapped

_REASONS: dict[str, Reason] = {
    "QUERY_LIMIT_EXCEEDED": "quota",
    WORN: "quota",
    "OVERLOAD_LIMIT": "rights",
    "NO_AUTH_FOUND": "auth",
    "expired_token": "auth",
    "INVALID_CREDENTIALS": "auth",
    "user_access_error": "auth",
    "allowed_only_intranet_user": "auth",
    "insufficient_scope": "rights",
    "ACCESS_DENIED": "rights",
    "INTERNAL_SERVER_ERROR": "temporary",
    "ERROR_UNEXPECTED_ANSWER": "temporary",
    "PORTAL_DELETED": "permanent",
}
_HINTS: dict[Reason, str] = {
    "auth": "Создайте входящий вебхук заново (Разработчикам → Другое → Входящий вебхук, права CRM) и "
    "положите его адрес командой romi-sheets secret: прежний отозван или сменил владельца.",
    "rights": "Дайте вебхуку права CRM; REST есть только на платных тарифах. Если портал "
    "заблокирован за нагрузку, напишите в поддержку Битрикс24.",
}


def _sign(table: Bitrix24Table, secret: Lookup) -> Path:
    return Path((secret(table.webhook_env),))


def _ask(api: Api[Bitrix24Table], window: Window) -> Iterator[Page]:
    rows = gather(api, window)
    names, phones = source_names(api), contact_phones(api, rows)
    strange: Counter[str] = Counter()
    leads = [lead_row(api, row, names, phones, strange) for row in merged(api.table, rows)]
    yield Page(leads, "leads", notes=unmapped(strange))
    steps = stage_steps(api, rows.deals)
    yield Page([visit_row(rows.deals[n], mine, phones) for n, mine in steps.items()], "visits")
    if api.table.payments:
        paid = [
            {**deal, "phone": phones.get(deal.get("contactId") or 0)}
            if is_won(api.table, deal)
            else {"id": deal["id"], "deleted": True}
            for deal in rows.deals.values()
        ]
        yield Page(paid, "payments", notes=("Оплаты Битрикс24 – по сделкам, не по кассе.",))
    gone = [{"lead_id": f"D{n}", "id": n, "deleted": True} for n in rows.elsewhere]
    for name in ("leads", "visits", "payments"):
        yield Page(gone, name)


def _sweep(api: Api[Bitrix24Table]) -> Iterator[tuple[str, list[str]]]:
    """Which of the rows that are held there are: what was deleted or merged away is only no longer named."""
    table, stored = api.table, api.context.stored
    held: dict[str, list[str]] = {
        entity: [
            number.removeprefix(table.origin(entity).prefix(""))
            for number in (stored.ids(entity) if stored else ())
        ]
        for entity in ("leads", "appointments", "payments")
    }
    numbers = {
        letter: [int(n[1:]) for n in held["leads"] if n[0] == letter] for letter in ("L", "D")
    }
    leads = there(api, LEAD, numbers["L"]) if table.leads else {}
    candidates = [*numbers["D"], *map(int, held["appointments"]), *map(int, held["payments"])]
    rows = there(api, DEAL, candidates, ("id", "leadId", "categoryId")) if table.deals else {}
    chosen = table.categories
    deals = {n: d for n, d in rows.items() if not chosen or d.get("categoryId") in chosen}
    own = [f"D{n}" for n, deal in deals.items() if deal.get("leadId") not in leads]
    yield "leads", [*(f"L{n}" for n in leads), *own]
    yield "appointments", list(map(str, deals))
    yield "payments", list(map(str, deals))


def _fault(answer: Answer) -> Fault | None:
    """`error` may be a text, 0 or a number: that it is there is what counts."""
    if not isinstance(answer.body, dict) or "error" not in answer.body:
        return None
    code = str(answer.body["error"])
    usual: Reason = "permanent" if answer.status < 500 else "temporary"
    reason = _REASONS.get(code, usual)
    wait = {"QUERY_LIMIT_EXCEEDED": 1.0, WORN: None}.get(code, 0.0)
    words = "" if reason == "quota" else f"отказ {code}: {answer.get('error_description') or ''}"
    return Fault(reason, words.rstrip(": "), _HINTS.get(reason, ""), wait)


SOURCE = source_of(
    Connector(
        kind="bitrix24",
        title="Битрикс24",
        noun="Битрикс24",
        table=Bitrix24Table,
        endpoint="",
        auth=_sign,
        ask=_ask,
        streams=STREAMS,
        limits=(Limit(2, 1.0),),
        fault=_fault,
        sweep=_sweep,
        probe=probe,
        by="changes",
        longest=31,
        parallel=1,
    )
)
