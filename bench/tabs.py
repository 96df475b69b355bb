"""The join and three headline reports from frames, against the same in polars; the reports alone,
against polars and DuckDB; then every report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from functools import partial

import pandas as pd
import polars as pl

from bench import duckdb_reports
from bench.agreement import compared
from bench.clinic import as_stored, clinic, settings
from bench.clock import alternate, line, thousands
from bench.polars_join import join as polars_join
from bench.polars_twin import of_joined
from bench.polars_twin import reports as twin
from metrics.facts import Facts
from metrics.join.join import join
from metrics.settings import Settings
from templates_sheets.laying import Answers
from templates_sheets.laying import frames as computed
from templates_sheets.material import Material

HEADLINES = ("channel_report", "campaigns", "funnel")


def headlines(frames: dict[str, pd.DataFrame], choices: Settings) -> dict[str, pd.DataFrame]:
    """What the twin makes, by our own road: with verdicts, LTV and intervals, which it lacks."""
    noon = datetime.combine(choices.as_of, time(12), choices.zone)
    answers = Answers(Material(choices, frames, noon))
    return {name: answers[name] for name in HEADLINES}


def measure(sizes: tuple[int, ...], repeats: int) -> None:
    """Time both at each size of clinic, once they agree on every number."""
    choices = settings()
    for size in sizes:
        frames = as_stored(clinic(size).frames)
        theirs = {name: pl.from_pandas(frame) for name, frame in frames.items()}
        numbers = compared(headlines(frames, choices), twin(theirs, choices))
        ours, polars = alternate(
            repeats, partial(headlines, frames, choices), partial(twin, theirs, choices)
        )
        line(
            f"join and headline reports, {thousands(size)} appointments",
            str(ours),
            f"polars {polars}",
            f"{polars.wall / ours.wall:.2f}×",
        )
        line("", f"{thousands(numbers)} numbers agree")
        _joined_already(frames, theirs, choices, repeats)
        whole = alternate(repeats, partial(computed, frames, choices))[0]
        line(f"every report, {thousands(size)} appointments", str(whole))


def _joined_already(
    frames: dict[str, pd.DataFrame],
    theirs: dict[str, pl.DataFrame],
    choices: Settings,
    repeats: int,
) -> None:
    """The three reports alone: each side from its own joined rows, DuckDB from ours."""
    facts, twins = join(frames, choices), polars_join(theirs, choices)
    compared(_reports_alone(facts), duckdb_reports.reports(facts))
    ours, polars, duckdb = alternate(
        repeats,
        lambda: _reports_alone(facts),
        partial(of_joined, twins),
        partial(duckdb_reports.reports, facts),
    )
    for name, other in (("polars", polars), ("DuckDB", duckdb)):
        line("the reports alone", str(ours), f"{name} {other}", f"{other.wall / ours.wall:.2f}×")


def _reports_alone(facts: Facts) -> dict[str, pd.DataFrame]:
    """The headlines of facts that nobody has asked yet: what was counted once is remembered."""
    fresh = replace(facts)
    noon = datetime.combine(facts.settings.as_of, time(12), facts.settings.zone)
    answers = Answers(Material(facts.settings, {}, noon), ready={"facts": fresh})
    return {name: answers[name] for name in HEADLINES}
