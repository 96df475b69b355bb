"""Rows of a small clinic, written as a person would: for tests that go from rows to a report."""

from datetime import date
from typing import Any

from metrics.facts import Facts
from metrics.join.join import join
from metrics.settings import Settings
from tests.rows import frame

Row = dict[str, Any]


def utc(text: str) -> str:
    """«2026-06-01» is noon UTC, the same day in every zone of the tests."""
    return f"{text}Z" if ":" in text else f"{text}T12:00Z"


def lead(lead_id: str, at: str, person: str = "", **more: Any) -> Row:
    row = {"source": "file:leads", "lead_id": lead_id, "created_at": utc(at), "person_key": person}
    return row | more


def visit(appointment_id: str, at: str, patient: str = "", lead_id: str = "", **more: Any) -> Row:
    """An appointment that took place unless `status` says otherwise; booked when `booked` says."""
    booked = utc(more.pop("booked", at))
    return {
        "source": "file:visits",
        "appointment_id": appointment_id,
        "patient_key": patient,
        "lead_id": lead_id,
        "booked_at": booked,
        "starts_at": utc(at),
        "status": "completed",
    } | more


def paid(payment_id: str, at: str, patient: str, amount: int, **more: Any) -> Row:
    """A payment of `amount` roubles; `cost` in roubles too, unknown where it is not given."""
    cost = more.pop("cost", None)
    return {
        "source": "file:payments",
        "payment_id": payment_id,
        "patient_key": patient,
        "paid_at": utc(at),
        "amount": amount * 100,
        "cost": None if cost is None else cost * 100,
        "kind": "payment",
    } | more


def spent(first: str, last: str, roubles: int, platform: str = "Директ", **more: Any) -> Row:
    return {
        "source": "file:costs",
        "date_from": first,
        "date_to": last,
        "platform": platform,
        "cost": roubles * 100,
    } | more


def visited(day: str, visits: int, **more: Any) -> Row:
    row = {"source": "file:traffic", "date": day, "traffic_source": "ad", "visits": visits}
    return row | more


def touch(touch_id: str, at: str, client_id: str, **more: Any) -> Row:
    row = {"source": "metrica:logs", "touch_id": touch_id, "at": utc(at), "ym_client_id": client_id}
    return row | more


def call(call_id: str, at: str, person: str = "", **more: Any) -> Row:
    row = {"source": "file:calls", "call_id": call_id, "started_at": utc(at), "person_key": person}
    return row | more


def clinic(first: str, last: str, as_of: str, **more: Any) -> Facts:
    """Facts joined of lists of rows, by the names of `entities`; what else is given are settings."""
    entities = {n: n for n in ("leads", "payments", "costs", "touches")} | {
        "visits": "appointments"
    }
    frames = {
        entity: frame(entity, *more.pop(name))
        for name, entity in entities.items()
        if more.get(name)
    }
    days = [date.fromisoformat(day) for day in (as_of, first, last)]
    return join(frames, Settings(*days, **{k: v for k, v in more.items() if k not in entities}))
