"""Where the later reports and the reference part, number by number, for one clinic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from metrics.facts import Facts, day_number
from metrics.join.join import Joined, attribute, join, prepare
from metrics.measures.monthly import monthly, months_until
from metrics.measures.paid_weeks import PaidWeeks, week_number
from metrics.measures.repeat_buying import Buyers, fit_spending, fit_visiting
from metrics.measures.revised import COUNTED
from metrics.past import Past, Revision
from metrics.reports.changes import changes
from metrics.reports.comparison import comparison
from metrics.reports.forecast import forecast
from metrics.reports.recall import recall
from metrics.reports.reconciliation import reconciliation
from metrics.reports.service import service
from tests.metrics.clinic_tables import ClinicTables, Row, as_frame
from tests.metrics.differences import Cells, rows_by, tables, unequal
from tests.reference import (
    Clinic,
    Reconciled,
    change_rows,
    comparison_rows,
    forecast_rows,
    recall_rows,
    reconciliation_rows,
    service_cells,
    service_names,
    shown_numbers,
)

Sides = tuple[ClinicTables, Facts, Joined, dict[str, pd.DataFrame]]


def later_differences(rows: ClinicTables) -> list[str]:
    """Every number of «Возврат», «Сравнение», «Сервис» and «Сверка» that is not the reference's."""
    frames = rows.frames
    joined = prepare(frames, rows.settings)
    sides = rows, attribute(joined, rows.settings.attribution), joined, frames
    return [line for part in PARTS for line in part(*sides)]


def of_recall(
    rows: ClinicTables, facts: Facts, joined: Joined, frames: dict[str, pd.DataFrame]
) -> Iterator[str]:
    product = rows_by(recall(facts, joined, frames), "direction")
    reference = recall_rows(Clinic(rows.tables, rows.settings))
    yield from tables("recall", product, {(k,): v for k, v in reference.items()} if product else {})


def of_comparison(rows: ClinicTables, facts: Facts, *_: object) -> Iterator[str]:
    frame = comparison(facts)
    clinic = Clinic(rows.tables, rows.settings)
    for side in ("channel", "direction"):
        product = rows_by(frame[frame["side"] == side], "name")
        reference = comparison_rows(clinic, side)
        says = {
            name: cells
            for name, cells in reference.items()
            if (name,) in product
            or any(v not in (None, 0) for k, v in cells.items() if not k.startswith("ltv"))
        }
        yield from tables(f"comparison {side}", product, {(k,): v for k, v in says.items()})


def of_service(
    rows: ClinicTables, facts: Facts, joined: Joined, frames: dict[str, pd.DataFrame]
) -> Iterator[str]:
    clinic = Clinic(rows.tables, rows.settings)
    product = rows_by(service(facts, joined, frames), "side", "name")
    whole = {key: cells for key, cells in product.items() if key[0] == "clinic"}
    reference = {key: service_cells(clinic, "", "") for key in whole}
    for side in ("branch", "doctor"):
        for name in service_names(clinic, side):
            reference[side, name] = service_cells(clinic, side, name)
    for key, cells in reference.items():
        empty = {k: None for k in product.get(key, {}) if k not in cells}
        reference[key] = cells | {k: v for k, v in empty.items() if k not in ("side", "name")}
    silent = {key for key in product if key not in reference and _is_silent(product[key])}
    yield from tables("service", {k: v for k, v in product.items() if k not in silent}, reference)


def _is_silent(cells: Cells) -> bool:
    """A name that nothing of the period counts for may stand or be left out."""
    return all(v == 0 or pd.isna(v) for k, v in cells.items() if k not in ("side", "name"))


def of_reconciliation(
    rows: ClinicTables, facts: Facts, joined: Joined, frames: dict[str, pd.DataFrame]
) -> Iterator[str]:
    frame = reconciliation(facts, joined, frames)
    frame = frame.assign(month=pd.to_datetime(frame["month"]).dt.date)
    product = rows_by(frame, "month", "channel")
    yield from (
        f"reconciliation {k}: does not agree" for k, v in product.items() if not v["agrees"]
    )
    reference = reconciliation_rows(Reconciled(rows.tables, rows.settings))
    yield from tables("reconciliation", product, reference)


PARTS: tuple[Callable[..., Iterator[str]], ...] = (
    of_recall,
    of_comparison,
    of_service,
    of_reconciliation,
)


def change_table(was: ClinicTables, now: ClinicTables) -> pd.DataFrame:
    """«Что изменилось»: a snapshot of `was` against `now`."""
    revisions = {
        entity: Revision(
            as_frame(entity, _without(was.tables[entity], now.tables[entity])),
            as_frame(entity, _without(now.tables[entity], was.tables[entity])),
        )
        for entity in COUNTED
    }
    before = monthly(join(was.frames, was.settings), months_until(was.settings.as_of))
    past = Past(was.settings, same_program=True, numbers=before, revisions=revisions)
    return changes(join(now.frames, now.settings), now.frames, past)


def of_changes(was: ClinicTables, now: ClinicTables, frame: pd.DataFrame) -> Iterator[str]:
    """The same program on both days: none of it is a fault. `frame` is their `change_table`."""
    yield from (f"changes: {row} is a fault" for row in frame[frame["is_fault"]].to_dict("records"))
    product = rows_by(frame.assign(month=frame["month"].dt.date), "month", "channel", "measure")
    reference = change_rows(
        shown_numbers(was.tables, was.settings), was.tables, was.settings, now.tables, now.settings
    )
    yield from tables("changes", product, reference)


def _without(rows: list[Row], others: list[Row]) -> list[Row]:
    """Rows that are not among the others, each of which takes one of its equals."""
    left = list(rows)
    for row in others:
        if row in left:
            left.remove(row)
    return left


def of_forecast(rows: ClinicTables) -> Iterator[str]:
    """The product's own fits go into the reference's formulas; whether they are the most likely ones
    is asked apart."""
    facts, clinic = join(rows.frames, rows.settings), Clinic(rows.tables, rows.settings)
    fits = [
        ((v.r, v.alpha, v.a, v.b), (s.p, s.q, s.v))
        for v, s in ((fit_visiting(b), fit_spending(b)) for b in buyers_of(facts))
    ]
    frame = forecast(facts)
    product = rows_by(frame, "channel")
    reference = forecast_rows(clinic, (fits[0], fits[1]))
    for name, cells in reference.items():
        row, no_better = product[name,], cells.pop("no_better")
        # Money is whole kopecks in the product, to the last step.
        money = {k for k in cells if "margin" in k} | {"check_forecast", "check_error"}
        own = {k: v for k, v in cells.items() if k not in money}
        yield from unequal(f"forecast {name}", row, own)
        for key in money:
            expected, shown = cells[key], row[key]
            if expected is None or pd.isna(shown):
                agrees = expected is None and bool(pd.isna(shown))
            else:
                agrees = abs(float(expected) - float(shown)) <= max(1, 1e-7 * abs(float(expected)))
            if not agrees:
                yield f"forecast {name}: {key} is {row[key]}, the reference says {cells[key]}"
        if ("не точнее прошлого полугодия" in row["verdict"]) is not no_better:
            yield f"forecast {name}: {row['verdict']!r}, the reference says {no_better}"


def buyers_of(facts: Facts) -> list[Buyers]:
    """The patients of E and of E−26."""
    end = int(week_number(day_number(facts.settings.as_of))) - 1
    return [PaidWeeks.of(facts, at).buyers for at in (end, end - 26)]
