"""Which rows exist for a report, and when each of them happened (definitions 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from metrics.settings import Settings

Row = dict[str, Any]
Tables = dict[str, list[Row]]

VISITED = ("arrived", "completed")
REVENUE = ("payment", "prepayment", "insurance", "refund")
PAYING = ("payment", "prepayment", "insurance")


@dataclass(frozen=True)
class Group:
    """What a patient, a lead or a cost carries into every table."""

    channel: str
    campaign: str
    direction: str
    retarget: bool


def local_day(moment: datetime, settings: Settings) -> date:
    """«Times are stored in UTC; days, months and hours are the clinic's time zone.»"""
    return moment.astimezone(settings.zone).date()


def booked(appointment: Row) -> datetime:
    """«earliest appointment by `booked_at` (else `starts_at`)»"""
    moment: datetime = appointment["booked_at"] or appointment["starts_at"]
    return moment


class Rows:
    """The tables, without «Rows dated after `as_of`»: they «do not exist for a report»."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.settings = settings
        self.crm_rows = [r for r in tables.get("leads", []) if self._by_now(r["created_at"])]
        self.all_calls = [r for r in tables.get("calls", []) if self._by_now(r["started_at"])]
        self.calls = [
            r for r in self.all_calls if r["call_direction"] != "out" and r["status"] != "spam"
        ]
        self.appointment_rows = [
            r for r in tables.get("appointments", []) if self._by_now(booked(r))
        ]
        self.undated_ahead = [
            r
            for r in tables.get("appointments", [])
            if r["booked_at"] is None and not self._by_now(r["starts_at"])
        ]
        self.payments = [
            self._signed(r) for r in tables.get("payments", []) if self._by_now(r["paid_at"])
        ]
        self.cost_rows = [r for r in tables.get("costs", []) if r["date_from"] <= settings.as_of]
        self.touches = [r for r in tables.get("touches", []) if self._by_now(r["at"])]
        self.traffic = [r for r in tables.get("traffic", []) if r["date"] <= settings.as_of]
        self.reviews = [r for r in tables.get("reviews", []) if self._by_now(r["at"])]

    def day(self, moment: datetime) -> date:
        return local_day(moment, self.settings)

    def _by_now(self, moment: datetime) -> bool:
        """«`as_of` itself is included.»"""
        return self.day(moment) <= self.settings.as_of

    def _signed(self, payment: Row) -> Row:
        """«A refund counts as −|amount| and −|cost|, a bonus as |amount|, whichever sign the
        export gives them.» «a cost on a row that makes none [revenue] is ignored»"""
        amount, cost = payment["amount"], payment["cost"]
        if payment["kind"] == "refund":
            amount, cost = -abs(amount), None if cost is None else -abs(cost)
        if payment["kind"] == "bonus":
            amount = abs(amount)
        if payment["kind"] not in REVENUE:
            cost = None
        return payment | {"amount": amount, "cost": cost}

    def visited(self, appointment: Row) -> bool:
        """«**Visited** = an appointment with status arrived or completed.» «(an appointment
        exists from `booked_at`, its visit from `starts_at`)»"""
        return appointment["status"] in VISITED and self._by_now(appointment["starts_at"])
