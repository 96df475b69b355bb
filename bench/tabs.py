"""The join and three headline reports from frames, against the same in polars; then every report."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial

import pandas as pd
import polars as pl

from bench.agreement import compared
from bench.clinic import clinic, settings
from bench.clock import alternate, line, thousands
from bench.polars_twin import reports as twin
from metrics.settings import Settings
from templates_sheets.laying import Answers
from templates_sheets.laying import frames as computed
from templates_sheets.material import Material

HEADLINES = ("channel_report", "campaigns", "funnel")


def headlines(frames: dict[str, pd.DataFrame], wanted: Settings) -> dict[str, pd.DataFrame]:
    """What the twin makes, by our own road: with verdicts, LTV and intervals, which it lacks."""
    noon = datetime.combine(wanted.as_of, time(12), wanted.zone)
    answers = Answers(Material(wanted, frames, noon))
    return {name: answers[name] for name in HEADLINES}


def measure(sizes: tuple[int, ...], repeats: int) -> None:
    """Time both at each size of clinic, once they agree on every number."""
    wanted = settings()
    for size in sizes:
        frames = clinic(size).frames
        theirs = {name: pl.from_pandas(frame) for name, frame in frames.items()}
        numbers = compared(headlines(frames, wanted), twin(theirs, wanted))
        ours, polars = alternate(
            repeats, partial(headlines, frames, wanted), partial(twin, theirs, wanted)
        )
        line(
            f"join and headline reports, {thousands(size)} appointments",
            str(ours),
            f"polars {polars}",
            f"{polars.wall / ours.wall:.2f}×",
        )
        line("", f"{thousands(numbers)} numbers agree")
        whole = alternate(repeats, partial(computed, frames, wanted))[0]
        line(f"every report, {thousands(size)} appointments", str(whole))
