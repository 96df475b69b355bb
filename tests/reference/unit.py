"""Unit economics on the lead cohort basis, with break-evens (definitions 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from tests.reference import intervals
from tests.reference.clinic import Clinic
from tests.reference.money import Number, both, is_item, ratio, revenue, total
from tests.reference.people import Patient
from tests.reference.rows import Group
from tests.reference.value import chosen_ltv, mean_lifetime, repeat_rate

Cells = dict[str, Number | None]


def unit_row(clinic: Clinic, first: date, last: date, wanted: Callable[[Group], bool]) -> Cells:
    """One direction (or channel): «the leads created in the period, and everything their patients
    (patients whose acquiring lead is one of them, payers or not) paid and were given by `as_of`,
    whatever for»."""
    leads = {
        i
        for i, lead in clinic.counted_leads.items()
        if first <= clinic.day(lead["created_at"]) <= last and wanted(clinic.lead_group[i])
    }
    patients = [p for p in clinic.patients if clinic.acquiring_lead(p) in leads]
    payments = [row for p in patients for row in clinic.payments_of[p]]
    margin = total([clinic.margin_of[row["payment_id"]] for row in payments])
    old = sum(
        (clinic.settings.as_of - clinic.day(clinic.leads[i]["created_at"])).days >= 90
        for i in leads
    )
    paid_days = [clinic.paid_days(p) for p in patients]
    cells = chain(
        ua=len(leads),
        b=sum(bool(days) for days in paid_days),
        ac=sum(s.cost for s in clinic.spend if first <= s.day <= last and wanted(s.group)),
        earned=sum(revenue(row) for row in payments),
        margin=margin,
        items=sum(is_item(row) for row in payments),
        bonuses=sum(first_visit_bonuses(clinic, p) for p in patients),
    )
    cells |= {
        "margin": margin,
        "RPR": repeat_rate(paid_days),
        "Lifetime": mean_lifetime(paid_days),
        "over_90": ratio(old, len(leads)),
        "LTV": chosen_ltv(clinic, wanted, clinic.settings.as_of),
    }
    cells["LTV_CAC"] = ratio(cells["LTV"], cells["CAC"])
    bounds = intervals.named("CR", intervals.share(cells["B"], cells["UA"]))
    bounds |= intervals.named("CAC", intervals.cac(cells["AC"], cells["B"]))
    bounds |= intervals.named("CM", margin_bounds(clinic, patients, cells))
    return cells | bounds


def margin_bounds(clinic: Clinic, patients: list[Patient], cells: Cells) -> intervals.Pair:
    """«CM: w = margin − bonuses of a person in CM; L − AC, U − AC»"""
    if cells["margin"] is None:
        return intervals.EMPTY
    low, high = intervals.over_people(
        sum(clinic.margin_of[row["payment_id"]] for row in clinic.payments_of[p])
        - first_visit_bonuses(clinic, p)
        for p in patients
    )
    return intervals.EMPTY if low is None else (low - cells["AC"], high - cells["AC"])


def first_visit_bonuses(clinic: Clinic, patient: Patient) -> int:
    """«(rows of kind bonus on the day of the first visit; 0 if none)»"""
    day = clinic.first_visit_day(patient)
    return sum(
        row["amount"]
        for row in clinic.payments_of[patient]
        if row["kind"] == "bonus" and clinic.day(row["paid_at"]) == day
    )


def chain(
    *, ua: int, b: int, ac: int, earned: int, margin: int | None, items: int, bonuses: int
) -> Cells:
    """«`UA` leads · `B` patients with a first paid day · `CR = B/UA` · `AC` cost of the period ·
    `CPA = AC/UA` · `CAC = AC/B` · `AvP` = revenue / items · `APC` = items / B · `COGS` = (revenue −
    margin) / items · `1COGS` = bonuses at the first visit / B · `ARPPU = (AvP − COGS)·APC − 1COGS`
    · `ARPU = ARPPU·CR` · `CM` = margin − bonuses − AC, always»"""
    cells: Cells = {"UA": ua, "B": b, "AC": ac}
    cells["CR"] = ratio(b, ua)
    cells["CPA"] = both(ac, ua)
    cells["CAC"] = both(ac, b)
    cells["AvP"] = ratio(earned, items)
    cells["APC"] = ratio(items, b)
    cells["COGS"] = None if margin is None else ratio(earned - margin, items)
    cells["1COGS"] = ratio(bonuses, b)
    avp, cogs, apc, one = (cells[k] for k in ("AvP", "COGS", "APC", "1COGS"))
    has = avp is not None and cogs is not None and apc is not None and one is not None
    cells["ARPPU"] = (avp - cogs) * apc - one if has else None
    cells["ARPU"] = cells["ARPPU"] * cells["CR"] if has else None
    cells["CM"] = None if margin is None else margin - bonuses - ac
    return cells | break_evens(cells)


def roads(cells: Cells) -> list[Fraction]:
    """«both roads `UA·(ARPU − CPA)` and `B·(ARPPU − CAC)` give it too»"""
    return [
        cells["UA"] * (cells["ARPU"] - Fraction(cells["AC"], cells["UA"])),
        cells["B"] * (cells["ARPPU"] - Fraction(cells["AC"], cells["B"])),
    ]


def break_evens(cells: Cells) -> dict[str, Number | str | None]:
    """«Break-evens, each lever alone, where B > 0: `CR`, `AC`, `AvP`, `APC`, `1COGS` at which
    CM = 0 (empty where impossible)»: no lever is below zero, no conversion above one, and more
    patients or purchases help only where each of them earns something."""
    levers: dict[str, Number | None] = dict.fromkeys(("CR", "AC", "AvP", "APC", "1COGS"))
    if cells["B"] and cells["ARPPU"] is not None:
        cac = Fraction(cells["AC"], cells["B"])
        avp, cogs, apc, one = (cells[k] for k in ("AvP", "COGS", "APC", "1COGS"))
        # UA·(ARPPU·CR − CPA) = 0
        conversion = ratio(cells["AC"], cells["UA"] * cells["ARPPU"])
        if cells["ARPPU"] > 0 and conversion <= 1:
            levers["CR"] = conversion
        # B·ARPPU − AC = 0
        levers["AC"] = cells["B"] * cells["ARPPU"]
        # (AvP − COGS)·APC − 1COGS = CAC
        levers["AvP"] = cogs + (cac + one) / apc
        levers["APC"] = (cac + one) / (avp - cogs) if avp > cogs else None
        levers["1COGS"] = (avp - cogs) * apc - cac
    found = {k: None if v is None or v < 0 else v for k, v in levers.items()}
    return {f"{k}_even": v for k, v in found.items()} | {"lever": nearest(cells, found)}


def nearest(cells: Cells, evens: dict[str, Number | None]) -> str | None:
    """«the nearest lever is the one with the smallest relative change»; ties: the order above."""
    change = {
        k: abs(Fraction(v) - cells[k]) / abs(cells[k])
        for k, v in evens.items()
        if v is not None and cells[k]
    }
    return min(change, key=lambda k: change[k]) if change else None
