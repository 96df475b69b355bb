"""All computed tabs from frames, against the same reports in polars."""

from __future__ import annotations

from functools import partial

import polars as pl

from bench.agreement import compared
from bench.clinic import clinic, settings
from bench.clock import alternate, line, thousands
from bench.polars_twin import reports as twin
from templates_sheets.laying import frames as computed


def measure(sizes: tuple[int, ...], repeats: int) -> None:
    """Time both at each size of clinic, once they agree on every number."""
    wanted = settings()
    for size in sizes:
        frames = clinic(size).frames
        theirs = {name: pl.from_pandas(frame) for name, frame in frames.items()}
        numbers = compared(computed(frames, wanted), twin(theirs, wanted))
        ours, polars = alternate(
            repeats, partial(computed, frames, wanted), partial(twin, theirs, wanted)
        )
        line(
            f"all tabs, {thousands(size)} appointments",
            str(ours),
            f"polars {polars}",
            f"{polars.wall / ours.wall:.2f}×",
        )
        line("", f"{thousands(numbers)} numbers agree")
