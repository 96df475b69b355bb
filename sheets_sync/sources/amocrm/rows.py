"""Leads to our rows: marks, stages, visits by the events of stages, won deals as payments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sheets_sync.sources.amocrm.account import CODES, AmocrmTable, main_contact
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import Stream
from sheets_sync.sources.json_paths import Record, at, records_at
from sheets_sync.sources.stages import BOOKED, VISITED, StageWord, lead_status

#: Seconds for which a deletion is remembered.
_REMEMBERED = 30 * 86_400.0


def lead_row(
    table: AmocrmTable, lead: Record, phones: dict[int, Any], strange: Counter[str]
) -> dict[str, Any]:
    """Our columns of a lead."""
    word = lead.get("word") or table.word(lead.get("pipeline_id"), lead.get("status_id"))
    if word is None:
        strange[f"{lead.get('pipeline_id')}:{lead.get('status_id')}"] += 1
    own: dict[str, Any] = {}
    by_id: dict[int, Any] = {}
    for cell in records_at(lead, "custom_fields_values[]"):
        value = next((v.get("value") for v in records_at(cell, "values[]")), None)
        by_id[int(cell["field_id"])] = value
        if ours := CODES.get(str(cell.get("field_code") or cell.get("field_name")).upper()):
            own[ours] = value
    source = lead.get("source") or at(lead, "_embedded.source.name")
    return {
        "source_raw": source,
        **own,
        **{ours: by_id[n] for ours, n in table.fields.items() if by_id.get(n) is not None},
        "lead_id": lead["id"],
        "created_at": moment(lead.get("created_at")),
        "updated_at": moment(lead.get("updated_at")),
        "status": lead_status(word),
        "phone": phones.get(main_contact(lead) or 0),
    }


def moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def patient(lead: Record) -> str:
    """The contact, else the lead."""
    return f"C{main_contact(lead)}" if main_contact(lead) else f"L{lead['id']}"


def without_binned(
    api: Api[AmocrmTable], changed: Iterable[Record], binned: Iterable[Record]
) -> list[Record]:
    """Leads without those that went to the bin since. Changes and the bin are two lists: one of before
    the deletion may come after it and revives nobody, one of after it is a lead that was restored."""
    bin_: dict[str, int] = api.memory.setdefault("bin", {})
    bin_ |= {str(row["id"]): int(row.get("updated_at") or 0) for row in binned}
    leads = [lead for lead in changed if int(lead["updated_at"]) > bin_.get(str(lead["id"]), -1)]
    for lead in leads:
        bin_.pop(str(lead["id"]), None)
    oldest = api.clock.unix() - _REMEMBERED
    api.memory["bin"] = {number: at for number, at in bin_.items() if at > oldest}
    return leads


def remember(api: Api[AmocrmTable], steps: dict[int, dict[StageWord, int]]) -> None:
    """Keep stages reached until their lead comes: it changed then or later."""
    pending = api.memory.setdefault("steps", {})
    for number, reached in steps.items():
        mine = pending.setdefault(str(number), {})
        for word, when in reached.items():
            mine[word] = min(when, mine.get(word, when))


def visit_rows(
    api: Api[AmocrmTable], leads: dict[int, Record], phones: dict[int, Any]
) -> list[dict[str, Any]]:
    """An appointment of each lead that reached either stage, now or at an earlier pull."""
    pending = api.memory.get("steps", {})
    steps = {n: pending.pop(str(n)) for n in leads if str(n) in pending}
    earlier = _earlier(api, steps)
    visits = []
    for number, reached in steps.items():
        lead, was = leads[number], earlier.get(number, {})
        booked = _first(moment(reached.get(BOOKED)), was.get(BOOKED))
        came = _first(moment(reached.get(VISITED)), was.get(VISITED))
        visits.append(
            {
                "id": number,
                "patient": patient(lead),
                "booked_at": booked or came,
                "starts_at": came or booked,
                "status": "completed" if came else "booked",
                "phone": phones.get(main_contact(lead) or 0),
            }
        )
    return visits


def _first(*moments: datetime | None) -> datetime | None:
    return min((m for m in moments if m is not None), default=None)


def _earlier(api: Api[AmocrmTable], steps: Iterable[int]) -> dict[int, dict[StageWord, datetime]]:
    """What the store knows of the appointments of these leads."""
    stored = api.context.stored
    if stored is None:
        return {}
    prefix = api.table.origin("appointments").prefix("")
    rows = stored.read("appointments", [f"{prefix}{number}" for number in steps])
    moments: dict[int, dict[StageWord, datetime]] = {}
    for row in rows.to_dict("records"):
        number = int(str(row["appointment_id"]).removeprefix(prefix))
        moments[number] = {BOOKED: row["booked_at"]}
        if row["status"] == "completed":
            moments[number][VISITED] = row["starts_at"]
    return moments


def is_won(table: AmocrmTable, lead: Record) -> bool:
    won = table.word(lead.get("pipeline_id"), lead.get("status_id")) == "won"
    return won and bool(lead.get("price"))


_OURS = (
    "lead_id", "created_at", "updated_at", "status", "source_raw", "phone", *CODES.values(),
    "direction", "service", "contact_type", "branch", "manager", "landing_path", "referrer_domain",
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
            "lead_id": "id",
            "patient_id": "patient",
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
            "paid_at": lambda lead: moment(lead.get("closed_at")),
            "amount": "price",
            "kind": lambda _lead: "payment",
        },
        deleted="deleted",
        name="payments",
    ),
)
