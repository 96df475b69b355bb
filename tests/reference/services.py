"""«Услуги и врачи»: what was sold, by the payment's own service and doctor (definitions 7)."""

from __future__ import annotations

from datetime import date

from metrics.settings import NO_DIRECTION
from tests.reference.clinic import Clinic
from tests.reference.money import Number, is_item, ratio, revenue, total
from tests.reference.rows import PAYING, REVENUE, Row

Place = tuple[str, str, str]


def service_rows(clinic: Clinic, first: date, last: date) -> dict[Place, dict[str, Number | None]]:
    """«paid visits, items, revenue, margin, share, average check, by the payment's own service and
    doctor; no acquisition cost». Keys: service, doctor, direction, all of the payment's own."""
    places: dict[Place, list[Row]] = {}
    for row in clinic.payments:
        if first <= clinic.day(row["paid_at"]) <= last and row["kind"] in REVENUE:
            place = (row["service"], row["doctor"], row["direction"] or NO_DIRECTION)
            places.setdefault(place, []).append(row)
    whole = total([clinic.margin_of[r["payment_id"]] for rows in places.values() for r in rows])
    return {place: _row(clinic, rows, whole) for place, rows in places.items()}


def _row(clinic: Clinic, rows: list[Row], whole: int | None) -> dict[str, Number | None]:
    paid_visits = {
        (clinic.patient(r), clinic.day(r["paid_at"]))
        for r in rows
        if r["amount"] > 0 and r["kind"] in PAYING
    }
    earned = sum(revenue(r) for r in rows)
    margin = total([clinic.margin_of[r["payment_id"]] for r in rows])
    return {
        "paid_visits": len(paid_visits),
        "items": sum(is_item(r) for r in rows),
        "revenue": earned,
        "margin": margin,
        "share": ratio(margin, whole),
        "avg_check_visit": ratio(earned, len(paid_visits)),
    }
