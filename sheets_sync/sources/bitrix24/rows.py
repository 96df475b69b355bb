"""Leads and deals to our rows: a deal made of a lead is that lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sheets_sync.sources.api import Api
from sheets_sync.sources.bitrix24.portal import UTM, Bitrix24Table, LeadsDeals
from sheets_sync.sources.connector import Stream
from sheets_sync.sources.json_paths import Record
from sheets_sync.sources.stages import BOOKED, VISITED, StageWord, lead_status


def merged(table: Bitrix24Table, rows: LeadsDeals) -> Iterator[dict[str, Any]]:
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
            marks = [*UTM.values(), *table.fields.values()]
            bare = not any(lead.get(name) for name in marks)
            marked = {name: last.get(name) for name in marks} if bare else {}
            own_ids = " ".join(f"D{d['id']} {d['id']}" for d in deals)
            row |= {**stage, **contact, **marked, "what": "deal", "aliases": f"{own_ids} ?{number}"}
        yield row


def lead_row(
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
        **{ours: row.get(theirs) for ours, theirs in UTM.items()},
        **own,
    }


def patient(deal: Record) -> str:
    """The contact, else the lead that the deal was made of, else the deal."""
    if deal.get("contactId"):
        return f"C{deal['contactId']}"
    return f"L{deal['leadId']}" if deal.get("leadId") else f"D{deal['id']}"


def visit_row(
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


def is_won(table: Bitrix24Table, deal: dict[str, Any]) -> bool:
    word = table.word("deal", str(deal.get("stageId")), str(deal.get("stageSemanticId") or ""))
    return word == "won" and bool(deal.get("opportunity"))


def _amount(deal: Record) -> Any:
    """Roubles; a sum in another currency is none, and its row is refused."""
    currency = str(deal.get("currencyId") or "RUB")
    amount = deal.get("opportunity")
    return amount if currency in {"RUB", "RUR"} else f"{amount} {currency}"


def _closed(deal: Record) -> Any:
    """A day, which the portal writes as a midnight of its own zone: it is the clinic's all the same."""
    return str(deal.get("closedate") or "").partition("T00:00:00")[0]


_OURS = (
    "lead_id", "created_at", "updated_at", "status", "source_raw", "aliases", "phone", *UTM,
    "ym_client_id", "yclid", "direction", "service", "contact_type", "branch", "manager",
    "landing_path", "referrer_domain",
)  # fmt: skip
STREAMS = (
    Stream(
        "leads",
        "[]",
        {name: name for name in _OURS},
        deleted="deleted",
        changed="updated_at",
        name="leads",
    ),
    Stream(
        "appointments",
        "[]",
        {
            "appointment_id": "id",
            "lead_id": lambda deal: f"D{deal['id']}",
            "patient_id": patient,
            "phone": "phone",
            "booked_at": "booked_at",
            "starts_at": "starts_at",
            "status": "status",
        },
        deleted="deleted",
        name="visits",
    ),
    Stream(
        "payments",
        "[]",
        {
            "payment_id": "id",
            "patient_id": patient,
            "phone": "phone",
            "paid_at": _closed,
            "amount": _amount,
            "kind": lambda _deal: "payment",
        },
        deleted="deleted",
        name="payments",
    ),
)
