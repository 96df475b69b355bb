"""Literal rows of a clinic that tells Metrica what became of its leads."""

from __future__ import annotations

from datetime import UTC, date, datetime

from metrics.settings import Settings
from tests.rows import frame

CLIENT, YCLID = "1700000000123456789", "12345678901234567890"
ORDERS_HEADER = "id,create_date_time,client_ids,order_status,revenue\n"
SETTINGS = Settings(date(2026, 11, 24), date(2026, 8, 1), date(2026, 11, 23))


def day(number, hour=12):
    return f"2026-11-{number:02d}T{hour:02d}:00:00+00:00"


def unix(number, hour=12):
    return int(datetime(2026, 11, number, hour, tzinfo=UTC).timestamp())


def lead(number, on=10, **more):
    return {"lead_id": f"L{number}", "created_at": day(on), "person_key": f"p{number}", **more}


def appointment(number, **more):
    given = {"appointment_id": f"A{number}", "lead_id": f"L{number}", "person_key": f"p{number}"}
    return {**given, "booked_at": day(11), "starts_at": day(12), "status": "completed", **more}


def payment(number, amount=450000, **more):
    given = {"payment_id": f"P{number}", "person_key": f"p{number}", "kind": "payment"}
    return {**given, "paid_at": day(12, 13), "amount": amount, **more}


def refund(number, amount, **more):
    """Money given back for the first appointment."""
    return payment(number, amount, kind="refund", appointment_id="A1", **more)


PAID = payment(1, appointment_id="A1")


def clinic_frames(leads, appointments=(), payments=(), touches=()):
    return {
        "leads": frame("leads", *leads),
        "appointments": frame("appointments", *appointments),
        "payments": frame("payments", *payments),
        "touches": frame("touches", *touches),
    }
