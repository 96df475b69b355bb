"""«Сравнение»: two periods and what moved CAC and ROMI (definitions 16)."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.clinic import Clinic
from tests.reference.money import Number, both
from tests.reference.periods import Wanted, new_margin, return_on, sums
from tests.reference.value import chosen_ltv

EVERY = "Итого"
ADDED = ("cost", "leads", "new_patients", "revenue", "margin_new")
MEASURES = (*ADDED, "cac", "romi_new", "romi_revenue", "ltv")
Cells = dict[str, Any]


def periods(clinic: Clinic) -> tuple[tuple[date, date], tuple[date, date]]:
    """«B is the report's period; A is `compare_from…compare_to`, by default as many days before
    it.»"""
    asked = clinic.settings
    days = (asked.last - asked.first).days + 1
    before = (asked.first - timedelta(days=days), asked.first - timedelta(days=1))
    own = (asked.compare_from or before[0], asked.compare_to or before[1])
    return own, (asked.first, asked.last)


def comparison_rows(clinic: Clinic, by: str) -> dict[str, Cells]:
    """Name of a channel or direction → its row; «Итого» under them."""
    old, new = periods(clinic)
    # «LTV: §6 made anew as of each period's last day, from rows dated by then»; in whose row a
    # patient stands is known from all rows, so that both columns speak of the same people.
    days = [min(span[1], clinic.settings.as_of) for span in (old, new)]
    groups = {*clinic.lead_group.values(), *clinic.patient_group.values(),
              *(s.group for s in clinic.spend)}  # fmt: skip
    wanted: dict[str, Wanted] = {EVERY: lambda _: True} | {
        name: (lambda group, name=name: getattr(group, by) == name)
        for name in {getattr(group, by) for group in groups}
    }
    sides = {
        name: [
            _side(clinic, span, those) | {"ltv": chosen_ltv(clinic, those, day)}
            for span, day in zip((old, new), days, strict=True)
        ]
        for name, those in wanted.items()
    }
    lengths = [(span[1] - span[0]).days + 1 for span in (old, new)]
    whole = sides.pop(EVERY)
    rows = {name: _row(pair, lengths) for name, pair in sides.items()}
    total = _row(whole, lengths)
    for top, under, names in (
        ("cost", "new_patients", ("cac_price", "cac_mix")),
        ("margin_new", "cost", ("romi_yield", "romi_mix")),
    ):
        parts = {name: _decomposed(pair, whole, top, under) for name, pair in sides.items()}
        for name, (price, mix) in parts.items():
            rows[name] |= dict(zip(names, (price, mix), strict=True))
        for place, name in enumerate(names):
            found = [pair[place] for pair in parts.values()]
            total[name] = None if None in found else sum(found)
        _check_sum(whole, top, under, [total[name] for name in names])
    return rows | {EVERY: total}


def _side(clinic: Clinic, span: tuple[date, date], wanted: Wanted) -> Cells:
    """Whole sums of a period and its ratios."""
    cells: Cells = {k: v for k, v in sums(clinic, *span, wanted).items() if k in ADDED}
    cells["margin_new"] = new_margin(clinic, *span, wanted)
    return cells | {
        "cac": both(cells["cost"], cells["new_patients"]),
        "romi_new": return_on(cells["margin_new"], cells["cost"]),
        "romi_revenue": return_on(cells["revenue"], cells["cost"]),
    }


def _row(pair: list[Cells], lengths: list[int]) -> Cells:
    row: Cells = {}
    for measure in MEASURES:
        old, new = (cells[measure] for cells in pair)
        if measure in ADDED:
            # «The first five are per 30 days (sum × 30 / days, not rounded)»
            old, new = (
                None if n is None else Fraction(n * 30, days)
                for n, days in zip((old, new), lengths, strict=True)
            )
        row |= {f"{measure}_before": old, f"{measure}_after": new}
        row[f"{measure}_change"] = _change(measure, old, new)
    return row


def _change(measure: str, old: Number | None, new: Number | None) -> Number | None:
    """«Изменение: relative; of ROMI a difference; empty if relative and «было» ≤ 0.»"""
    if old is None or new is None:
        return None
    if measure.startswith("romi"):
        return new - old
    return None if old <= 0 else Fraction(new) / Fraction(old) - 1


def _decomposed(
    pair: list[Cells], whole: list[Cells], top: str, under: str
) -> tuple[Fraction | None, Fraction | None]:
    """«s = y/Y, k = x/y. Цена, отдача = ½(s₀+s₁)(k₁−k₀) if y > 0 in both, else 0. Состав = x₁/Y₁ −
    x₀/Y₀ − цена − ½(K₀+K₁)(s₁−s₀).»"""
    wholes = [(cells[top], cells[under]) for cells in whole]
    if not all(y for _, y in wholes):
        return None, None
    x, y = [cells[top] for cells in pair], [cells[under] for cells in pair]
    s = [Fraction(own, total) for own, (_, total) in zip(y, wholes, strict=True)]
    price: Fraction | None = Fraction(0)
    if min(y) > 0:
        price = (
            None if None in x else (s[0] + s[1]) / 2 * (Fraction(x[1], y[1]) - Fraction(x[0], y[0]))
        )
    if any(own is None for own, _ in wholes) or price is None:
        return price, None
    big = [Fraction(*pair) for pair in wholes]
    mix = Fraction(x[1], wholes[1][1]) - Fraction(x[0], wholes[0][1]) - price
    return price, mix - (big[0] + big[1]) / 2 * (s[1] - s[0])


def _check_sum(whole: list[Cells], top: str, under: str, parts: list[Any]) -> None:
    """«All of them add up to K₁ − K₀ exactly»"""
    if None not in parts:
        old, new = (Fraction(cells[top], cells[under]) for cells in whole)
        assert sum(parts) == new - old
