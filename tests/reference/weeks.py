"""The weekly ten lines (definitions 9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.reference.clinic import Clinic
from tests.reference.periods import cash_row, sums
from tests.reference.rows import Group
from tests.reference.value import chosen_ltv


def week_starts(as_of: date) -> list[date]:
    """«ISO weeks as columns (last 8, the current one marked partial)»: their Mondays."""
    monday = as_of - timedelta(days=as_of.weekday())
    return [monday - timedelta(weeks=n) for n in range(7, -1, -1)]


def week_column(clinic: Clinic, monday: date) -> dict[str, Any]:
    """«these rows in this order: лиды, записи, визиты, маржа, CAC, LTV (as of the week's last day),
    ROMI, доходимость, источники (the three channels with most margin, as text), ретаргет (leads
    and margin of retarget-flagged leads)». The current week ends at `as_of`."""
    last = min(monday + timedelta(days=6), clinic.settings.as_of)
    row = cash_row(clinic, monday, last, everything)
    flagged = sums(clinic, monday, last, lambda g: g.retarget)
    names = ("leads", "bookings", "visits", "margin", "cac", "romi", "cr_booking_visit")
    return {name: row[name] for name in names} | {
        "ltv": chosen_ltv(clinic, everything, last),
        "sources": sources(clinic, monday, last),
        "retarget_leads": flagged["leads"],
        "retarget_margin": flagged["margin"],
    }


def everything(_: Group) -> bool:
    return True


def sources(clinic: Clinic, first: date, last: date) -> list[tuple[str, int]]:
    """«the three channels with most margin»; a channel whose margin is unknown or zero
    brought none."""
    channels = {g.channel for g in clinic.patient_group.values()}
    margins = {
        name: sums(clinic, first, last, lambda g, name=name: g.channel == name)["margin"]
        for name in channels
    }
    known = [(name, margin) for name, margin in margins.items() if margin]
    return sorted(known, key=lambda pair: (-pair[1], pair[0]))[:3]
