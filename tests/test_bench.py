"""The bench is alive and honest: at a small size every part runs and agrees with the other side."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from bench.agreement import compared
from bench.clinic import clinic, settings
from bench.polars_twin import reports as twin
from sheets_sync.reports import reports

ROOT = Path(__file__).parent.parent


def bench(*parts: str) -> str:
    command = [sys.executable, "-m", "bench", "--quick", *parts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", [1, 2])
def test_the_twin_in_polars_agrees_with_every_number_of_every_report(seed):
    frames = clinic(4_000, seed).frames
    theirs = {name: pl.from_pandas(frame) for name, frame in frames.items()}
    assert compared(reports(frames, settings()), twin(theirs, settings())) > 50_000


def test_a_report_that_differs_is_noticed():
    frames = clinic(2_000).frames
    ours = reports(frames, settings())
    theirs = twin({n: pl.from_pandas(f) for n, f in frames.items()}, settings())
    wrong = theirs["services"].with_columns(pl.col("revenue") + 1)
    with pytest.raises(AssertionError, match="revenue"):
        compared(ours, theirs | {"services": wrong})


def test_import_and_sync_are_measured_in_one_run():
    said = bench("import", "sync")
    assert "CSV of 15 000 leads into the store" in said
    assert "sync to xlsx, 5 000 appointments, nothing new" in said
    assert "peak" in said


def test_formulas_are_recalculated_to_our_totals_or_said_to_be_absent():
    said = bench("formulas")
    if shutil.which("soffice") or shutil.which("libreoffice"):
        assert said.count("equal") == 9
    else:
        assert "absent" in said
