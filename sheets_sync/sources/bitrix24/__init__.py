"""Bitrix24: leads and deals, of which one made of the other is one row; stages by the clinic's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sheets_sync.net.secrets import Lookup, Path
from sheets_sync.sources.api import Api
from sheets_sync.sources.bitrix24.portal import (
    DEAL,
    LEAD,
    WORN,
    Bitrix24Table,
    call,
    contact_phones,
    gather,
    items,
    source_names,
    stage_counts,
    stage_steps,
)
from sheets_sync.sources.bitrix24.rows import STREAMS, is_won, lead_row, merged, visit_row
from sheets_sync.sources.connector import Answer, Connector, Fault, Limit, Page, Reason, Window, at
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.source import Finding
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


def _sweep(api: Api[Bitrix24Table]) -> Iterator[tuple[str, list[str]]]:
    """Ids of all rows there are: what was deleted or merged away is only no longer named."""
    table = api.table
    leads = list(items(api, LEAD, {}, ("id",))) if table.leads else []
    chosen = {"@categoryId": list(table.categories)} if table.categories else {}
    deals = list(items(api, DEAL, chosen, ("id", "leadId"))) if table.deals else []
    there = {row["id"] for row in leads}
    own = [f"D{d['id']}" for d in deals if d.get("leadId") not in there]
    yield "leads", [*(f"L{number}" for number in there), *own]
    numbers = [str(d["id"]) for d in deals]
    yield "appointments", numbers
    yield "payments", numbers


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


def _probe(api: Api[Bitrix24Table]) -> Iterator[Finding]:
    """The stages of leads and of each funnel, how each is understood, and what has no word."""
    table = api.table
    funnels = at(call(api, "crm.category.list", {"entityTypeId": DEAL}), "result.categories") or []
    names = {"STATUS": ("lead", "лиды")}
    for funnel in funnels:
        if not table.categories or funnel["id"] in table.categories:
            entity = f"DEAL_STAGE_{funnel['id']}" if funnel["id"] else "DEAL_STAGE"
            names[entity] = ("deal", f"воронка {funnel['id']} «{funnel.get('name')}»")
    found = call(api, "crm.status.list", {}).get("result") or []
    yield Finding("", ok=True, seen=f"отвечает; воронок: {len(funnels)}")
    known = [
        (names[s["ENTITY_ID"]][0], str(s["STATUS_ID"])) for s in found if s["ENTITY_ID"] in names
    ]
    count = stage_counts(api, list(dict.fromkeys(known)))
    for entity, (what, title) in names.items():
        stages = [s for s in found if s.get("ENTITY_ID") == entity]
        words = {
            str(s["STATUS_ID"]): table.word(
                what, str(s["STATUS_ID"]), str(s.get("SEMANTICS") or "")
            )
            for s in stages
        }
        listed = "; ".join(
            f"{s['STATUS_ID']} «{s.get('NAME')}» = {words[str(s['STATUS_ID'])] or 'in_work?'}, "
            f"{count.get((what, str(s['STATUS_ID'])), 0)}"
            for s in stages
        )
        yield Finding(
            title,
            ok=all(words.values()),
            seen=f"за 90 дней: {listed}" if listed else "стадий нет",
            hint="Стадии с вопросом считаются «в работе»; объясните их в [source.stages].",
        )
    if not table.phones:
        yield Finding(
            "телефоны",
            ok=True,
            seen="не читаются: заявки находят визиты только по номеру сделки (phones = true включает)",
        )


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
        probe=_probe,
        by="changes",
        longest=31,
        parallel=1,
    )
)
