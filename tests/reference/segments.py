"""Segments of visitors by the pages they saw and the goals they reached (19)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.reference.channels import found
from tests.reference.clinic import Clinic
from tests.reference.money import Number, ratio, total
from tests.reference.rows import Row

Pattern = tuple[str, str, str, str]


def goals(cell: str) -> list[str]:
    """The ids, or names, of one cell."""
    return [goal.strip() for goal in re.split("[,;]", cell) if goal.strip()]


def has_goal(touch: Row, pattern: str, names: dict[str, str]) -> bool:
    """«expressions without case over … ids and names of goals»"""
    return any(
        found(pattern, goal) or found(pattern, names.get(goal, ""))
        for goal in goals(touch["goals"])
    )


def matches(touch: Row, pattern: Pattern, names: dict[str, str]) -> bool:
    _, where, text, _ = pattern
    if where == "цель":
        return has_goal(touch, text, names)
    return found(text, touch["landing_path" if where == "вход" else "end_path"])


def touches_by_client(clinic: Clinic, days: int) -> dict[str, list[Row]]:
    """«the N days that end with as_of»"""
    first = clinic.settings.as_of - timedelta(days=days - 1)
    rows: dict[str, list[Row]] = {}
    for touch in clinic.touches:
        if touch["ym_client_id"] and clinic.day(touch["at"]) >= first:
            rows.setdefault(touch["ym_client_id"], []).append(touch)
    return rows


def visitors(
    clinic: Clinic, days: int, patterns: Iterable[Pattern] | None, names: dict[str, str]
) -> dict[str, datetime]:
    """«a ClientID with a matching touch in the N days that end with as_of and no touch with a goal
    of «Кроме целей» (an expression, of that row) at or after the first of them»; «Rows of one
    Сегмент unite.» Each visitor's first of them."""
    firsts: dict[str, datetime] = {}
    for client, rows in touches_by_client(clinic, days).items():
        moments = [] if patterns is not None else [min(t["at"] for t in rows)]
        for pattern in patterns or ():
            matching = [t["at"] for t in rows if matches(t, pattern, names)]
            but = pattern[3]
            if matching and not any(
                but and t["at"] >= min(matching) and has_goal(t, but, names) for t in rows
            ):
                moments.append(min(matching))
        if moments:
            firsts[client] = min(moments)
    return firsts


def clients_of(clinic: Clinic, lead: Row) -> set[str]:
    """«(lead's ClientID, else that of its touches)»"""
    if lead["ym_client_id"]:
        return {lead["ym_client_id"]}
    return {row["ym_client_id"] for _, row in clinic.touches_of(lead) if row.get("ym_client_id")}


def segment_row(
    clinic: Clinic, patterns: Iterable[Pattern] | None, names: dict[str, str]
) -> dict[str, Number | None]:
    """«From Без лида on, of 90 days»"""
    firsts = visitors(clinic, 90, patterns, names)
    pairs = [
        (lead_id, client)
        for lead_id, lead in clinic.counted_leads.items()
        for client in clients_of(clinic, lead)
        if client in firsts and lead["created_at"] > firsts[client]
    ]
    leads, with_lead = {lead for lead, _ in pairs}, {client for _, client in pairs}
    patients = [p for p in clinic.patients if clinic.acquiring_lead(p) in leads]
    return {
        "visitors_30": len(visitors(clinic, 30, patterns, names)),
        "visitors_90": len(firsts),
        "without_lead": len(firsts) - len(with_lead),
        "leads": len(leads),
        "lead_share": ratio(len(with_lead), len(firsts)),
        "new_patients": sum(clinic.first_paid_day(p) is not None for p in patients),
        "margin": total(
            [clinic.margin_of[r["payment_id"]] for p in patients for r in clinic.payments_of[p]]
        ),
    }
