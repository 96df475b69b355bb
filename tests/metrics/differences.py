"""Where the product's reports and the reference part, number by number, for one clinic."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pandas as pd

from metrics.calendar import month_first, month_number
from metrics.facts import Facts
from metrics.join.join import join
from metrics.measures.ltv import ltv
from metrics.measures.unit import units
from metrics.reports.alerts import alerts
from metrics.reports.campaigns import campaigns
from metrics.reports.channel_report import channel_report
from metrics.reports.cohorts import cohorts
from metrics.reports.funnel import funnel
from metrics.reports.plan_fact import Target, plan_fact
from metrics.reports.services import services
from metrics.reports.weekly import weekly
from metrics.settings import ALL, NO_DIRECTION, TOTAL
from tests.metrics.clinic_tables import ClinicTables
from tests.reference import (
    CASH_COLUMNS,
    MEASURES,
    Clinic,
    alert_rows,
    cash_row,
    cohort_rows,
    funnel_rows,
    funnel_span,
    ltv_cells,
    ltv_variants,
    plan_row,
    service_rows,
    unit_row,
    week_column,
    week_starts,
)
from tests.reference.rows import Group

Cells = dict[str, Any]

#: The reference's word for a number of unit economics: the product's.
UNIT = {
    "UA": "ua",
    "B": "b",
    "CR": "cr",
    "AC": "ac",
    "CPA": "cpa",
    "CAC": "cac",
    "AvP": "avp",
    "APC": "apc",
    "COGS": "cogs",
    "1COGS": "first_cogs",
    "ARPPU": "arppu",
    "ARPU": "arpu",
    "CM": "cm",
    "RPR": "rpr",
    "Lifetime": "lifetime",
    "LTV": "ltv",
    "LTV_CAC": "ltv_cac",
    "over_90": "older_90",
    "CR_even": "breakeven_cr",
    "AC_even": "breakeven_ac",
    "AvP_even": "breakeven_avp",
    "APC_even": "breakeven_apc",
    "1COGS_even": "breakeven_first_cogs",
    **{
        f"{name}_{end}": f"{name.lower()}_{end}"
        for name in ("CR", "CAC", "CM")
        for end in ("low", "high")
    },
}


def differences(rows: ClinicTables) -> list[str]:
    """Every number of every report that is not the reference's; the sentence names the cell."""
    facts, clinic = join(rows.frames, rows.settings), Clinic(rows.tables, rows.settings)
    later = [line for part in (of_plan, of_alerts) for line in part(facts, clinic)]
    return of_facts(facts, rows) + later


def of_facts(facts: Facts, rows: ClinicTables) -> list[str]:
    """Those of the reports that say what the join made: without plan and alerts."""
    clinic = Clinic(rows.tables, rows.settings)
    parts = (
        of_channels,
        of_campaigns,
        of_funnel,
        of_ltv,
        of_unit,
        of_cohorts,
        of_services,
        of_weeks,
    )
    return [line for part in parts for line in part(facts, clinic)]


def same(product: Any, reference: Any) -> bool:
    """Whole numbers to the last unit, others to 1e-9 of their size; empty only with empty."""
    if reference is None or product is None or pd.isna(product):
        return reference is None and (product is None or bool(pd.isna(product)))
    if isinstance(reference, str) or isinstance(product, str):
        return bool(product == reference)
    return math.isclose(float(product), float(reference), rel_tol=1e-9, abs_tol=1e-9)


def unequal(where: str, product: Cells, reference: Cells) -> Iterator[str]:
    for name, expected in reference.items():
        if not same(product[name], expected):
            wanted = expected if expected is None or isinstance(expected, str) else float(expected)
            yield f"{where}: {name} is {product[name]}, the reference says {wanted}"


def tables(where: str, product: dict[Any, Cells], reference: dict[Any, Cells]) -> Iterator[str]:
    """Rows by key: the same keys, the same numbers."""
    for key in sorted(reference.keys() - product.keys(), key=str):
        yield f"{where} {key}: no row, the reference has {reference[key]}"
    for key in sorted(product.keys() - reference.keys(), key=str):
        yield f"{where} {key}: a row that the reference has not: {product[key]}"
    for key in sorted(product.keys() & reference.keys(), key=str):
        yield from unequal(f"{where} {key}", product[key], reference[key])


def rows_by(frame: pd.DataFrame, *key: str) -> dict[Any, Cells]:
    found = {}
    for row in frame.to_dict("records"):
        place = tuple(row[k] for k in key)
        assert place not in found, f"two rows for {place}"
        found[place] = {str(k): v for k, v in row.items()}
    return found


def groups_of(clinic: Clinic) -> set[Group]:
    return {
        *clinic.lead_group.values(),
        *clinic.patient_group.values(),
        *(s.group for s in clinic.spend),
        *(group for _, group, _, _ in clinic.sessions),
    }


def only(**wanted: str) -> Callable[[Group], bool]:
    return lambda group: all(getattr(group, k) == v for k, v in wanted.items())


def says_something(cells: Cells) -> bool:
    return any(cells[c] not in (None, 0) for c in CASH_COLUMNS if not c.startswith(("ltv", "cr_")))


def period_tables(
    where: str, clinic: Clinic, frame: pd.DataFrame, by: tuple[str, ...]
) -> Iterator[str]:
    """A row that says nothing may stand or be left out."""
    product = rows_by(frame, *by)
    places = {tuple(getattr(g, k) for k in by) for g in groups_of(clinic)} | product.keys()
    first, last = clinic.settings.first, clinic.settings.last
    reference = {
        p: cash_row(clinic, first, last, only(**dict(zip(by, p, strict=True)))) for p in places
    }
    reference = {p: c for p, c in reference.items() if p in product or says_something(c)}
    yield from tables(where, product, reference)


def of_channels(facts: Facts, clinic: Clinic) -> Iterator[str]:
    frame = channel_report(facts)
    assert frame["channel"].iloc[-1] == TOTAL
    yield from period_tables("channel_report", clinic, frame.iloc[:-1], ("channel",))
    whole = cash_row(clinic, clinic.settings.first, clinic.settings.last, lambda _: True)
    yield from unequal("channel_report Итого", frame.iloc[-1].to_dict(), whole)


def of_campaigns(facts: Facts, clinic: Clinic) -> Iterator[str]:
    by = ("campaign", "channel", "direction")
    frame = campaigns(facts)
    yield from period_tables("campaigns", clinic, frame[frame["campaign"] != TOTAL], by)


def of_funnel(facts: Facts, clinic: Clinic) -> Iterator[str]:
    frame = funnel(facts)
    product = {
        (cells["day"].date(), Group(*names)): cells
        for (_, *names), cells in rows_by(
            frame, "day", "channel", "campaign", "direction", "retarget"
        ).items()
    }
    oldest, newest = funnel_span(clinic)
    reference = {
        place: cells
        for place, cells in funnel_rows(clinic).items()
        if oldest <= place[0] <= newest
        and (place in product or any(v not in (None, 0) for v in cells.values()))
    }
    yield from tables("funnel", product, reference)


def of_ltv(facts: Facts, clinic: Clinic) -> Iterator[str]:
    for by in ((), ("channel",), ("direction",), ("channel", "campaign", "direction")):
        for row in ltv(facts, by).to_dict("records"):
            wanted = only(**{k: row[k] for k in by})
            cells = ltv_cells(clinic, wanted, clinic.settings.as_of)
            cells |= ltv_variants(clinic, wanted, clinic.settings.as_of)
            cells["ltv"] = cells[clinic.settings.ltv]
            yield from unequal(f"ltv {[row[k] for k in by]}", row, cells)


def of_unit(facts: Facts, clinic: Clinic) -> Iterator[str]:
    first, last = clinic.settings.first, clinic.settings.last
    for by in ("direction", "channel"):
        product = rows_by(units(facts, by), by)
        places = {(getattr(g, by),) for g in groups_of(clinic)} | product.keys()
        reference = {p: unit_row(clinic, first, last, only(**{by: p[0]})) for p in places}
        whole = unit_row(clinic, first, last, lambda _: True)["margin"]
        for place, cells in reference.items():
            if place in product:
                lever = cells.pop("lever") or ""
                share = None if not whole or cells["margin"] is None else cells["margin"] / whole
                named = {UNIT[k]: v for k, v in cells.items() if k in UNIT}
                named |= {"lever": lever, "margin_share": share}
                yield from unequal(f"unit {by} {place}", product[place], named)
                if not product[place]["cm_agrees"]:
                    yield f"unit {by} {place}: cm_agrees is False"
            elif any(cells[k] not in (None, 0) for k in ("UA", "AC", "margin")):
                yield f"unit {by} {place}: no row, the reference has {cells}"


def of_cohorts(facts: Facts, clinic: Clinic) -> Iterator[str]:
    reference = {}
    for (start, channel, direction), cells in cohort_rows(clinic).items():
        flat = {k: cells[k] for k in ("patients", "cost", "cac")}
        for name in ("patients", "retention", "margin", "romi"):
            flat |= {f"{name}_{k}": v for k, v in enumerate(cells[f"{name}_at"])}
        flat["payback"] = cells["payback"]
        reference[f"{start:%Y-%m}", channel, direction] = flat
    product = rows_by(cohorts(facts), "month", "channel", "direction")
    for cells in product.values():
        if pd.isna(cells["payback"]):
            text = f"не окупилась за {cells['payback_age']} мес."
            cells["payback"] = text if cells["payback_known"] else None
    yield from tables("cohorts", product, reference)


def of_services(facts: Facts, clinic: Clinic) -> Iterator[str]:
    frame = services(facts)
    frame = frame.assign(direction=frame["direction"].replace("", NO_DIRECTION))
    product = rows_by(
        frame.rename(columns={"margin_share": "share"}), "service", "doctor", "direction"
    )
    reference = service_rows(clinic, clinic.settings.first, clinic.settings.last)
    yield from tables("services", product, reference)


def of_weeks(facts: Facts, clinic: Clinic) -> Iterator[str]:
    frame = weekly(facts).set_index("metric")
    for monday in week_starts(clinic.settings.as_of):
        column = week_column(clinic, monday)
        product = frame[monday.isoformat()].to_dict()
        numbers = {k: v for k, v in column.items() if k in product and k != "sources"}
        yield from unequal(f"weekly {monday}", product, numbers)
        named = [part.split(":")[0] for part in product["sources"].split("; ") if part]
        if named != [name for name, _ in column["sources"]]:
            yield f"weekly {monday}: sources are {product['sources']!r}, not {column['sources']}"
        flagged = f"{column['retarget_leads']}\N{NO-BREAK SPACE}лид"
        if not str(product["retarget"]).startswith(flagged):
            yield f"weekly {monday}: retarget is {product['retarget']!r}, not {flagged}"


def targets_of(facts: Facts, clinic: Clinic) -> list[Target]:
    """Last month, this one, the next; the clinic and some channels, one of them unknown."""
    dice = random.Random(len(clinic.leads))
    known = sorted({group.channel for group in groups_of(clinic)})
    month = month_number(facts.settings.as_of - timedelta(days=1))
    channels = [ALL, "Нет такого", *dice.sample(known, min(2, len(known)))]
    return [
        Target(month + n, channel, measure, float(dice.choice((1, 3, 50, 250_000, 10_000_000))))
        for n in (-1, 0, 1)
        for channel in channels
        for measure in MEASURES
    ]


def of_plan(facts: Facts, clinic: Clinic) -> Iterator[str]:
    targets = targets_of(facts, clinic)
    reference = {
        (month_first(t.month), t.channel, t.measure): plan_row(
            clinic, month_first(t.month), within(t.channel), t.measure, Fraction(t.value)
        )
        for t in targets
    }
    frame = plan_fact(facts, targets)
    frame = frame.assign(month=frame["month"].dt.date)
    yield from tables("plan_fact", rows_by(frame, "month", "channel", "measure"), reference)


def within(channel: str) -> Callable[[Group], bool]:
    return lambda group: channel in (ALL, group.channel)


def of_alerts(facts: Facts, clinic: Clinic) -> Iterator[str]:
    targets = targets_of(facts, clinic)
    month = month_number(facts.settings.as_of - timedelta(days=1))
    plans = {
        t.channel: Fraction(t.value) for t in targets if (t.month, t.measure) == (month, "margin")
    }
    channels = sorted({group.channel for group in groups_of(clinic)})
    frame = alerts(facts, channel_report(facts), plan_fact(facts, targets), (), {})
    reference = alert_rows(clinic, channels, plans)
    yield from tables("alerts", rows_by(frame, "rule", "channel"), reference)
