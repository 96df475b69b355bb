"""The bench is alive and honest: at a small size every part runs and agrees with the other side."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bench import attribution, duckdb_reports
from bench.agreement import compared
from bench.clinic import as_stored, clinic, settings
from bench.polars_models import owed
from bench.polars_twin import reports as twin
from bench.scale.reckon import Costs, Fleet, fleet_for, simulate
from bench.tabs import headlines as reports
from bench.touches import touched_clinic
from metrics.join.histories import RUNGS
from metrics.join.join import join, prepare
from metrics.settings import MODELS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def printed() -> str:
    """What one short run of the parts that are not tried by themselves prints."""
    parts = ("attribution", "import", "sync", "google", "pages", "formulas", "night", "spreadsheet")
    command = [sys.executable, "-m", "bench", "--quick", *parts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", [1, 2])
def test_the_twin_in_polars_agrees_with_every_number_of_its_reports(seed):
    frames = as_stored(clinic(4_000, seed).frames)
    theirs = {name: pl.from_pandas(frame) for name, frame in frames.items()}
    assert compared(reports(frames, settings()), twin(theirs, settings())) > 20_000


def test_the_reports_in_sql_agree_with_every_number_of_ours():
    frames = clinic(2_000, 3).frames
    ours, theirs = reports(frames, settings()), duckdb_reports.reports(join(frames, settings()))
    assert compared(ours, theirs) > 10_000


def test_a_report_that_differs_is_noticed():
    frames = clinic(2_000).frames
    ours = reports(frames, settings())
    theirs = twin({n: pl.from_pandas(f) for n, f in frames.items()}, settings())
    wrong = theirs["campaigns"].with_columns(pl.col("revenue") + 1)
    with pytest.raises(AssertionError, match="revenue"):
        compared(ours, theirs | {"campaigns": wrong})


@pytest.mark.parametrize("seed", [1, 2])
def test_the_twin_in_polars_owes_every_lead_to_the_same_channels_under_every_model(seed):
    frames = as_stored(touched_clinic(20_000, 6_000, seed))
    theirs = {name: pl.from_pandas(frame) for name, frame in frames.items()}
    ours = attribution.by_models(frames, settings())
    assert attribution.compared(ours, owed(theirs, settings())) > 6_000 * len(MODELS)
    rungs = prepare(frames, settings()).history.rung
    assert {RUNGS[n] for n in rungs} == set(RUNGS)


def test_a_weight_that_differs_is_noticed():
    frames = touched_clinic(10_000, 3_000)
    ours = attribution.by_models(frames, settings())
    theirs = owed({n: pl.from_pandas(f) for n, f in frames.items()}, settings())
    wrong = theirs.touches.with_columns(pl.col("position") + 1e-6)
    with pytest.raises(AssertionError, match="position"):
        attribution.compared(ours, replace(theirs, touches=wrong))


def test_attribution_is_measured_with_the_memory_of_each_side(printed):
    assert "10 000 touches of 3 000 leads, all models" in printed
    (memory,) = [line for line in printed.splitlines() if line.startswith("peak memory, frames")]
    assert memory.count(" MB") == 2
    assert "numbers agree" in printed


def test_import_and_sync_are_measured_in_one_run(printed):
    assert "CSV of 3 000 leads into the store" in printed
    assert "sync to xlsx, 200 appointments, nothing new" in printed
    assert "peak" in printed


def test_the_same_tabs_go_to_google_by_us_and_by_gspread_dataframe(printed):
    assert printed.count("gspread-dataframe") == 2
    assert "to Google, nothing new" in printed


def test_pages_are_asked_for_while_a_sync_runs(printed):
    assert (
        printed.count("the list of 50 clinics")
        == printed.count("a clinic's page of 50 clinics")
        == 2
    )
    assert printed.count("p99") == 4


def test_formulas_are_recalculated_to_our_totals_or_said_to_be_absent(printed):
    if shutil.which("soffice") or shutil.which("libreoffice"):
        assert printed.count("equal") == 9
    else:
        assert "absent" in printed


def test_a_night_of_live_sources_is_measured_first_and_steady(printed):
    assert printed.count(", first") == printed.count(", steady") == 10
    assert "amocrm, steady" in printed
    assert "Drive vouches" in printed


def test_a_fleet_that_is_reckoned_is_enough_and_a_small_one_leaves_clinics_behind():
    costs = Costs(waits=1.0, cpu=2.0)
    enough = simulate(fleet_for(3_000, costs), costs)
    assert enough.left == 0
    assert 2.7 <= enough.median <= enough.p99 < 60
    assert enough.busy == pytest.approx(3_000 * 2.0 / 3_600 / fleet_for(3_000, costs).workers)
    assert simulate(Fleet(clinics=3_000, workers=1, threads=4, accounts=4), costs, hours=6).left > 0
