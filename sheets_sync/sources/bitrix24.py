"""Bitrix24: leads and deals, of which one made of the other is one row; stages by the clinic's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import Field as Setting

from sheets_sync.net.secrets import Lookup, NeededVariable, Path
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    Answer,
    Connector,
    Fault,
    Limit,
    Page,
    Reason,
    Record,
    Stream,
    Window,
    at,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.source import Finding, SourceTable
from sheets_sync.sources.stages import BOOKED, VISITED, StageWord, lead_status, unmapped

_LEAD, _DEAL, _CONTACT = 1, 2, 3
_PAGE = 50
_UTM = {
    "utm_source": "utmSource",
    "utm_medium": "utmMedium",
    "utm_campaign": "utmCampaign",
    "utm_content": "utmContent",
    "utm_term": "utmTerm",
}
_SELECT = (
    "id", "stageId", "stageSemanticId", "sourceId", "opportunity", "currencyId", "contactId",
    "createdTime", "updatedTime", *_UTM.values(),
)  # fmt: skip
_OF_DEALS = ("categoryId", "leadId", "closedate")
_SEMANTICS: dict[str, StageWord] = {"S": "won", "F": "lost"}
_REASONS: dict[str, Reason] = {
    "QUERY_LIMIT_EXCEEDED": "quota",
    "OPERATION_TIME_LIMIT": "quota",
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


class Bitrix24Table(SourceTable):
    """`stages`: id of a stage, "lead:NEW", "deal:C3:WON" or bare for both -> our word; `fields`: our
    column -> the portal's field."""

    kind: Literal["bitrix24"]
    webhook_env: NeededVariable
    leads: bool = True
    deals: bool = True
    categories: tuple[int, ...] = ()
    phones: bool = False
    payments: bool = False
    stages: dict[str, StageWord] = Setting(default={})
    fields: dict[str, str] = Setting(default={})

    @property
    def account(self) -> str:
        return self.webhook_env

    def word(self, what: str, stage: str, semantics: str = "") -> StageWord | None:
        """What a stage means to us; None where nobody said."""
        return (
            self.stages.get(f"{what}:{stage}")
            or self.stages.get(stage)
            or _SEMANTICS.get(semantics)
        )


def _sign(table: Bitrix24Table, secret: Lookup) -> Path:
    return Path((secret(table.webhook_env),))


def _call(api: Api[Bitrix24Table], method: str, params: dict[str, Any]) -> Any:
    return api.post(f"/{method}", params)


def _items(
    api: Api[Bitrix24Table], kind: int, filters: dict[str, Any], select: Sequence[str] = _SELECT
) -> Iterator[dict[str, Any]]:
    """Every row that the filter means, by rising id: with `start: -1` the portal counts nothing."""
    if select is _SELECT:
        select = (*select, *(_OF_DEALS if kind == _DEAL else ()), *api.table.fields.values())
    last = 0
    while True:
        body = _call(
            api,
            "crm.item.list",
            {
                "entityTypeId": kind,
                "select": list(select),
                "filter": {**filters, ">id": last},
                "order": {"id": "ASC"},
                "start": -1,
                "useOriginalUfNames": "Y",
            },
        )
        rows = at(body, "result.items") or []
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1]["id"]


def _changed(api: Api[Bitrix24Table], kind: int, window: Window) -> list[dict[str, Any]]:
    """Rows changed since the window began. Some portals look past a filter whose time has an offset
    (b24restdocs #215): then it is asked in the portal's own zone, and the filter is never trusted."""
    more = (
        {"@categoryId": list(api.table.categories)}
        if kind == _DEAL and api.table.categories
        else {}
    )
    since = window.begin
    if not api.memory.get("naive"):
        rows = list(_items(api, kind, {">=updatedTime": since.isoformat(), **more}))
        if all(_moment(row["updatedTime"]) >= since for row in rows):
            return rows
        api.memory["naive"] = True
    zone = _moment(at(_call(api, "profile", {}), "time.date_start")).tzinfo
    local = f"{since.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return list(_items(api, kind, {">=updatedTime": local, **more}))


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text))


def _by_ids(
    api: Api[Bitrix24Table], kind: int, name: str, ids: Iterable[Any]
) -> list[dict[str, Any]]:
    numbers = sorted({int(n) for n in ids if n})
    parts = [numbers[n : n + _PAGE] for n in range(0, len(numbers), _PAGE)]
    return [row for part in parts for row in _items(api, kind, {f"@{name}": part})]


@dataclass
class _Rows:
    """Leads and deals that belong together, by id."""

    leads: dict[int, dict[str, Any]] = field(default_factory=dict)
    deals: dict[int, dict[str, Any]] = field(default_factory=dict)


def _gather(api: Api[Bitrix24Table], window: Window) -> _Rows:
    """What changed, and of each lead its deals, of each deal its lead."""
    table, rows = api.table, _Rows()
    if table.leads:
        rows.leads = {row["id"]: row for row in _changed(api, _LEAD, window)}
    if table.deals:
        rows.deals = {row["id"]: row for row in _changed(api, _DEAL, window)}
        if table.leads:
            made = _by_ids(api, _DEAL, "leadId", rows.leads)
            chosen = table.categories
            rows.deals |= {r["id"]: r for r in made if not chosen or r["categoryId"] in chosen}
            missing = {r.get("leadId") for r in rows.deals.values()} - rows.leads.keys()
            rows.leads |= {r["id"]: r for r in _by_ids(api, _LEAD, "id", missing)}
    return rows


def _names(api: Api[Bitrix24Table]) -> dict[str, str]:
    body = _call(api, "crm.status.list", {"filter": {"ENTITY_ID": "SOURCE"}})
    return {str(s.get("STATUS_ID")): str(s.get("NAME") or "") for s in body.get("result") or ()}


def _phones(api: Api[Bitrix24Table], rows: _Rows) -> dict[int, Any]:
    """The first phone of each contact; it becomes a key at once. Not asked for unless wanted."""
    if not api.table.phones:
        return {}
    owners = [*rows.leads.values(), *rows.deals.values()]
    numbers = sorted({int(r["contactId"]) for r in owners if r.get("contactId")})
    phones: dict[int, Any] = {}
    for n in range(0, len(numbers), _PAGE):
        part = {"@id": numbers[n : n + _PAGE]}
        for contact in _items(api, _CONTACT, part, ("*",)):
            found = (f for f in contact.get("fm") or () if f.get("typeId") == "PHONE")
            phones[contact["id"]] = next((f.get("value") for f in found), None)
    return phones


def _steps(api: Api[Bitrix24Table], deals: Iterable[int]) -> dict[int, dict[StageWord, datetime]]:
    """When each deal first reached a stage called booked and one called visited."""
    table = api.table
    if not {BOOKED, VISITED} & set(table.stages.values()):
        return {}
    reached: dict[int, dict[StageWord, datetime]] = {}
    numbers = sorted(deals)
    for n in range(0, len(numbers), _PAGE):
        last = 0
        while True:
            body = _call(
                api,
                "crm.stagehistory.list",
                {
                    "entityTypeId": _DEAL,
                    "order": {"ID": "ASC"},
                    "filter": {"@OWNER_ID": numbers[n : n + _PAGE], ">ID": last},
                    "start": -1,
                },
            )
            items = at(body, "result.items") or []
            for step in items:
                word = table.word("deal", str(step.get("STAGE_ID")))
                if word in {BOOKED, VISITED}:
                    when = _moment(step["CREATED_TIME"])
                    mine = reached.setdefault(int(step["OWNER_ID"]), {})
                    mine[word] = min(when, mine.get(word, when))
            if len(items) < _PAGE:
                break
            last = items[-1]["ID"]
    return reached


def _ask(api: Api[Bitrix24Table], window: Window) -> Iterator[Page]:
    rows = _gather(api, window)
    names, phones = _names(api), _phones(api, rows)
    strange: Counter[str] = Counter()
    leads = [_row(api, row, names, phones, strange) for row in _merged(api.table, rows)]
    yield Page(leads, "leads", notes=unmapped(strange))
    steps = _steps(api, rows.deals)
    yield Page([_visit(rows.deals[n], mine, phones) for n, mine in steps.items()], "visits")
    if api.table.payments:
        won = [d for d in rows.deals.values() if _is_won(api.table, d)]
        paid = [{**d, "phone": phones.get(d.get("contactId") or 0)} for d in won]
        yield Page(paid, "payments", notes=("Оплаты Битрикс24 – по сделкам, не по кассе.",))


def _merged(table: Bitrix24Table, rows: _Rows) -> Iterator[dict[str, Any]]:
    """One row of a lead and the deals made of it; a deal without a lead is a row by itself."""
    of_lead: dict[int, list[dict[str, Any]]] = {}
    for deal in rows.deals.values():
        if deal.get("leadId") in rows.leads:
            of_lead.setdefault(deal["leadId"], []).append(deal)
        else:
            yield {**deal, "what": "deal", "number": f"D{deal['id']}", "aliases": str(deal["id"])}
    for number, lead in rows.leads.items():
        deals = sorted(of_lead.get(number, ()), key=lambda d: (str(d["updatedTime"]), d["id"]))
        if not deals and not table.leads:
            continue
        row = {**lead, "what": "lead", "number": f"L{number}", "aliases": f"?{number}"}
        if deals:
            last = deals[-1]
            stage = {n: last.get(n) for n in ("stageId", "stageSemanticId", "updatedTime")}
            contact = {"contactId": lead.get("contactId") or last.get("contactId")}
            marks = [*_UTM.values(), *table.fields.values()]
            bare = not any(lead.get(name) for name in marks)
            marked = {name: last.get(name) for name in marks} if bare else {}
            known = " ".join(f"D{d['id']} {d['id']}" for d in deals)
            row |= {**stage, **contact, **marked, "what": "deal", "aliases": f"{known} ?{number}"}
        yield row


def _row(
    api: Api[Bitrix24Table],
    row: dict[str, Any],
    names: dict[str, str],
    phones: dict[int, Any],
    strange: Counter[str],
) -> dict[str, Any]:
    """Our columns of a merged row."""
    stage = str(row.get("stageId") or "")
    word = api.table.word(row["what"], stage, str(row.get("stageSemanticId") or ""))
    if word is None:
        strange[f"{row['what']}:{stage}"] += 1
    own = {ours: row.get(theirs) for ours, theirs in api.table.fields.items()}
    return {
        "lead_id": row["number"],
        "created_at": row.get("createdTime"),
        "updated_at": row.get("updatedTime"),
        "status": lead_status(word),
        "source_raw": names.get(str(row.get("sourceId")), row.get("sourceId")),
        "aliases": row["aliases"],
        "phone": phones.get(row.get("contactId") or 0),
        **{ours: row.get(theirs) for ours, theirs in _UTM.items()},
        **own,
    }


def _patient(deal: Record) -> str:
    """The contact, else the lead that the deal was made of, else the deal."""
    if deal.get("contactId"):
        return f"C{deal['contactId']}"
    return f"L{deal['leadId']}" if deal.get("leadId") else f"D{deal['id']}"


def _visit(
    deal: dict[str, Any], reached: dict[StageWord, datetime], phones: dict[int, Any]
) -> dict[str, Any]:
    booked, visited = reached.get(BOOKED), reached.get(VISITED)
    return {
        **deal,
        "booked_at": booked or visited,
        "starts_at": visited or booked,
        "status": "completed" if visited else "booked",
        "phone": phones.get(deal.get("contactId") or 0),
    }


def _is_won(table: Bitrix24Table, deal: dict[str, Any]) -> bool:
    word = table.word("deal", str(deal.get("stageId")), str(deal.get("stageSemanticId") or ""))
    return word == "won" and bool(deal.get("opportunity"))


def _amount(deal: Record) -> Any:
    """Roubles; a sum in another currency is none, and its row is refused."""
    currency = str(deal.get("currencyId") or "RUB")
    return deal.get("opportunity") if currency == "RUB" else f"{deal.get('opportunity')} {currency}"


_OURS = (
    "lead_id", "created_at", "updated_at", "status", "source_raw", "aliases", "phone", *_UTM,
    "ym_client_id", "yclid", "direction", "service", "contact_type", "branch", "manager",
    "landing_path", "referrer_domain",
)  # fmt: skip
_STREAMS = (
    Stream("leads", "[]", {name: name for name in _OURS}, changed="updated_at", name="leads"),
    Stream(
        "appointments",
        "[]",
        {
            "appointment_id": "id",
            "lead_id": lambda deal: f"D{deal['id']}",
            "patient_id": _patient,
            "phone": "phone",
            "booked_at": "booked_at",
            "starts_at": "starts_at",
            "status": "status",
        },
        name="visits",
    ),
    Stream(
        "payments",
        "[]",
        {
            "payment_id": "id",
            "patient_id": _patient,
            "phone": "phone",
            "paid_at": "closedate",
            "amount": _amount,
            "kind": lambda _deal: "payment",
        },
        name="payments",
    ),
)


def _sweep(api: Api[Bitrix24Table]) -> Iterator[tuple[str, list[str]]]:
    """Ids of all rows there are: what was deleted or merged away is only no longer named."""
    table = api.table
    leads = list(_items(api, _LEAD, {}, ("id",))) if table.leads else []
    deals = list(_items(api, _DEAL, {}, ("id", "leadId"))) if table.deals else []
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
    wait = {"QUERY_LIMIT_EXCEEDED": 1.0, "OPERATION_TIME_LIMIT": 60.0}.get(code, 0.0)
    words = "" if reason == "quota" else f"отказ {code}: {answer.get('error_description') or ''}"
    return Fault(reason, words.rstrip(": "), _HINTS.get(reason, ""), wait)


def _probe(api: Api[Bitrix24Table]) -> Iterator[Finding]:
    """The stages of leads and of each funnel, how each is understood, and what has no word."""
    table = api.table
    funnels = (
        at(_call(api, "crm.category.list", {"entityTypeId": _DEAL}), "result.categories") or []
    )
    names = {"STATUS": ("lead", "лиды")}
    for funnel in funnels:
        if not table.categories or funnel["id"] in table.categories:
            entity = f"DEAL_STAGE_{funnel['id']}" if funnel["id"] else "DEAL_STAGE"
            names[entity] = ("deal", f"воронка {funnel['id']} «{funnel.get('name')}»")
    found = _call(api, "crm.status.list", {}).get("result") or []
    yield Finding("", ok=True, seen=f"отвечает; воронок: {len(funnels)}")
    for entity, (what, title) in names.items():
        stages = [s for s in found if s.get("ENTITY_ID") == entity]
        words = {
            str(s["STATUS_ID"]): table.word(
                what, str(s["STATUS_ID"]), str(s.get("SEMANTICS") or "")
            )
            for s in stages
        }
        listed = "; ".join(
            f"{s['STATUS_ID']} «{s.get('NAME')}» = {words[str(s['STATUS_ID'])] or 'in_work?'}"
            for s in stages
        )
        yield Finding(
            title,
            ok=all(words.values()),
            seen=listed or "стадий нет",
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
        streams=_STREAMS,
        limits=(Limit(2, 1.0),),
        fault=_fault,
        sweep=_sweep,
        probe=_probe,
        by="changes",
        longest=3650,
        parallel=1,
    )
)
