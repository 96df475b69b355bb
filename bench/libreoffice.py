"""What a marketer would otherwise do: the same two tables as formulas, recalculated by LibreOffice."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import xlsxwriter
from python_calamine import CalamineWorkbook

from bench.clinic import Clinic, clinic, settings
from bench.clock import line, seconds, thousands
from metrics.calendar import month_numbers
from metrics.facts import NEVER, Facts, day_number
from metrics.join.join import join
from metrics.reports.channel_report import channel_report
from metrics.reports.cohorts import AGES, cohorts
from metrics.settings import ALL, TOTAL

#: LibreOffice keeps the values that an xlsx file carries unless it is told to recalculate always.
_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item></oor:items>
"""
_MONTHS = 24
_AGES = (0, AGES - 1)
#: Columns of the channel table and the COUNTIFS or SUMIFS that fill each.
_MEASURES = ("leads", "bookings", "visits", "new_patients", "revenue", "margin", "cost")


@dataclass(frozen=True)
class _Flat:
    """Facts as sheets that formulas can read: every row already carries its channel (which no
    formula could join), its day as a serial, and what it adds."""

    sheets: dict[str, pd.DataFrame]
    channels: list[str]
    first: int
    last: int
    month: int


def measure(sizes: tuple[int, ...], repeats: int) -> None:
    """Recalculate both tables over so many payment rows and hold their totals against ours."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        line("formulas in LibreOffice", "absent", "install libreoffice-calc")
        return
    for size in sizes:
        made = clinic(round(size / 0.75))
        ours = median(seconds(lambda made=made: _tables(made)) for _ in range(repeats))
        facts, report, matrix = _tables(made)
        with tempfile.TemporaryDirectory() as folder:
            book = Path(folder) / "formulas.xlsx"
            formulas = _write(book, _flat(facts))
            took = median(
                seconds(lambda book=book, folder=folder: _recalculate(office, book, Path(folder)))
                for _ in range(repeats)
            )
            totals = _totals(Path(folder) / "out" / "formulas.xlsx")
        line(
            f"channels and cohorts, {thousands(size)} payments",
            f"{ours:.2f} s",
            f"{thousands(formulas)} formulas {took:.1f} s",
            f"{took / ours:.0f}×",
        )
        _compare(totals, report, matrix)


def _tables(made: Clinic) -> tuple[Facts, pd.DataFrame, pd.DataFrame]:
    facts = join(made.frames, settings())
    return facts, channel_report(facts), cohorts(facts)


def _flat(facts: Facts) -> _Flat:
    """Rows for formulas: money is whole kopecks, cohorts are month numbers. Costs are kept to the
    period and added up by day, as a marketer would: formulas over less are faster."""
    channel = facts.groups["channel"].to_numpy(dtype=object)
    patients, pay = facts.patients, facts.payments[facts.payments["revenue"]]
    visit = np.full(int(patients["patient"].max()) + 1, NEVER)
    visit[patients["patient"]] = patients["visit_day"]
    born = visit[pay["patient"]]
    month = np.where(born < NEVER, month_numbers(np.minimum(born, 10**6)), 0)
    age = np.maximum(month_numbers(pay["day"].to_numpy()) - month, 0)
    fresh = facts.leads[~facts.leads["repeat"]]

    def days(frame: pd.DataFrame, column: str) -> pd.DataFrame:
        rows = frame[frame[column] < NEVER]
        return pd.DataFrame({"channel": channel[rows["group"]], "day": rows[column].to_numpy()})

    choices = facts.settings
    first, last = day_number(choices.first), day_number(choices.last)
    spent = facts.costs[facts.costs["day"].between(first, last)]
    cost = days(spent, "day").assign(cost=spent["cost"].to_numpy())
    sheets = {
        "leads": days(fresh, "day"),
        "bookings": days(patients, "booking_day"),
        "visits": days(patients, "visit_day"),
        "new_patients": days(patients, "paid_day"),
        "money": days(pay, "day").assign(
            revenue=pay["amount"].to_numpy(),
            margin=pay["margin"].to_numpy(),
            month=month,
            age=age,
        ),
        "cost": cost.groupby(["channel", "day"], as_index=False).sum(),
    }
    months = month_numbers(np.array([day_number(choices.as_of)]))
    return _Flat(
        sheets,
        sorted(set(channel)),
        first,
        last,
        int(months[0]) - _MONTHS + 1,
    )


def _write(path: Path, flat: _Flat) -> int:
    """The rows, and the two tables as formulas over them. Returns how many formulas."""
    count = 0
    with xlsxwriter.Workbook(str(path)) as book:
        for name, frame in flat.sheets.items():
            sheet = book.add_worksheet(name)
            for place, column in enumerate(frame):
                sheet.write_column(0, place, frame[column].tolist())
        table = book.add_worksheet("channels")
        for row, name in enumerate(flat.channels):
            table.write_string(row, 0, name)
            for place, measure_name in enumerate(_MEASURES, 1):
                table.write_formula(row, place, _channel_formula(flat, measure_name, row + 1))
                count += 1
        matrix = book.add_worksheet("cohorts")
        cohort = [(m, c) for m in range(_MONTHS) for c in range(len(flat.channels))]
        for row, (month, channel) in enumerate(cohort):
            for age in range(AGES):
                text = _cohort_formula(flat, flat.month + month, channel + 1, age)
                matrix.write_formula(row, age, text)
                count += 1
    return count


def _channel_formula(flat: _Flat, name: str, row: int) -> str:
    sheet = "money" if name in ("revenue", "margin") else name
    rows = len(flat.sheets[sheet])
    place = {"revenue": "C", "margin": "D", "cost": "C"}.get(name)
    criteria = (
        f"{sheet}!$A$1:$A${rows},$A{row},"
        f'{sheet}!$B$1:$B${rows},">={flat.first}",{sheet}!$B$1:$B${rows},"<={flat.last}"'
    )
    if place is None:
        return f"=COUNTIFS({criteria})"
    return f"=SUMIFS({sheet}!${place}$1:${place}${rows},{criteria})"


def _cohort_formula(flat: _Flat, month: int, channel: int, age: int) -> str:
    rows = len(flat.sheets["money"])
    return (
        f"=SUMIFS(money!$D$1:$D${rows},money!$A$1:$A${rows},channels!$A${channel},"
        f'money!$E$1:$E${rows},{month},money!$F$1:$F${rows},"<={age}")'
    )


def _recalculate(office: str, book: Path, folder: Path) -> None:
    """Load, recalculate and save, in a profile of its own that is told to recalculate."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_RECALCULATE, encoding="utf-8")
    subprocess.run(
        [
            office,
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(folder / "out"),
            str(book),
        ],
        check=True,
        capture_output=True,
    )


def _totals(path: Path) -> dict[str, float]:
    """Sums over each column of the channel table; of the cohort table at two ages, over the
    months that are old enough for them."""
    book = CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name("channels").to_python()
    totals = {name: sum(row[n] for row in rows) for n, name in enumerate(_MEASURES, 1)}
    matrix = book.get_sheet_by_name("cohorts").to_python()
    for age in _AGES:
        ripe = len(rows) * (_MONTHS - age)
        totals[f"margin T+{age}"] = sum(row[age] for row in matrix[:ripe])
    return totals


def _compare(totals: dict[str, float], report: pd.DataFrame, matrix: pd.DataFrame) -> None:
    """Print the totals side by side. Raises AssertionError if they part by a kopeck."""
    ours = report[report["channel"] == TOTAL].iloc[0]
    whole = matrix[(matrix["channel"] == ALL) & (matrix["direction"] == ALL)]
    for name, theirs in totals.items():
        age = name.partition("T+")[2]
        mine = float(whole[f"margin_{age}"].sum() if age else ours[name])
        assert mine == theirs, f"{name}: {mine} and {theirs}"
        line(f"  {name}", f"{mine:.0f}", f"{theirs:.0f}", "equal")
