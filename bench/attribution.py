"""Touches joined to leads and weighed by every attribution model, against the same in polars.

`python -m bench.attribution ours FOLDER` runs one side once, on frames kept there as Parquet.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from bench.clinic import as_stored, settings
from bench.clock import alternate, line, peak_megabytes, thousands
from bench.polars_models import Owed, owed
from bench.touches import touched_clinic
from metrics.coded import Coded, Floats, Ints
from metrics.cores import each
from metrics.join.join import attribute, prepare, touch_weights
from metrics.settings import MODELS, Attribution, Settings


@dataclass(frozen=True)
class Weighed:
    """The lead and channel of each touch, its weight by model, and sums by channel and model."""

    lead: Ints
    channel: Coded
    weight: dict[str, Floats]
    sums: dict[str, Floats]


def measure(touches: int, leads: int, repeats: int) -> None:
    """Time both once they agree on every number; then the peak of each in a process of its own."""
    choices = settings()
    frames = as_stored(touched_clinic(touches, leads))
    theirs = {name: pl.from_pandas(frame) for name, frame in frames.items()}
    numbers = compared(by_models(frames, choices), owed(theirs, choices))
    ours, polars = alternate(
        repeats, partial(by_models, frames, choices), partial(owed, theirs, choices)
    )
    line(
        f"{thousands(touches)} touches of {thousands(leads)} leads, all models",
        str(ours),
        f"polars {polars}",
        f"{polars.wall / ours.wall:.2f}×",
    )
    whole = alternate(repeats, partial(facts_by_models, frames, choices))[0]
    line("the same and all facts under each, as «Модели» has them", str(whole))
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in frames.items():
            frame.to_parquet(Path(folder) / f"{name}.parquet")
        mine, others = (_peak(who, Path(folder)) for who in ("ours", "polars"))
    line(
        "peak memory, frames included",
        f"{mine:.0f} MB",
        f"polars {others:.0f} MB",
        f"{others / mine:.2f}×",
    )
    line("", f"{thousands(numbers)} numbers agree")


def by_models(frames: dict[str, pd.DataFrame], choices: Settings) -> Weighed:
    """The weights that the facts of each model are made of."""
    joined = prepare(frames, choices)
    channel = joined.touch_groups.channel

    def weigh(model: Attribution) -> tuple[Floats, Floats]:
        weight, _ = touch_weights(joined, model)
        return weight, np.bincount(channel.codes, weight, len(channel.values))

    longest_first = MODELS[::-1]
    made = each([partial(weigh, model) for model in longest_first])
    weight, sums = (
        dict(zip(longest_first, columns, strict=True)) for columns in zip(*made, strict=True)
    )
    return Weighed(joined.history.lead, channel, weight, sums)


def facts_by_models(frames: dict[str, pd.DataFrame], choices: Settings) -> None:
    """All that a refresh makes before the tab «Модели»: leads, patients and money by model too."""
    joined = prepare(frames, choices)
    for model in MODELS:
        attribute(joined, model)


def compared(ours: Weighed, theirs: Owed) -> int:
    """How many numbers were held against each other: what each lead owes to each channel and what
    that comes to by channel, under each model. Raises AssertionError at the first quarrel."""
    mine = pd.DataFrame({"lead": ours.lead, "channel": ours.channel.text(), **ours.weight})
    keys = ["lead", "channel"]
    by_lead = theirs.touches.group_by(keys).agg(pl.col(MODELS).sum())
    channels = pd.DataFrame({"channel": ours.channel.values, **ours.sums})
    channels = channels[channels["channel"].isin(mine["channel"])]
    return _same(mine.groupby(keys, as_index=False).sum(), by_lead, keys) + _same(
        channels, theirs.channels, ["channel"]
    )


def _same(ours: pd.DataFrame, theirs: pl.DataFrame, keys: list[str]) -> int:
    one, two = (t.sort_values(keys, ignore_index=True) for t in (ours, theirs.to_pandas()))
    assert (one[keys].to_numpy() == two[keys].to_numpy()).all(), f"rows differ: {keys}"
    for model in MODELS:
        a, b = one[model].to_numpy(), two[model].to_numpy()
        bad = ~np.isclose(a, b, rtol=1e-9, atol=1e-9)
        assert not bad.any(), f"{keys}.{model}: {a[bad][:3]} and {b[bad][:3]}"
    return len(one) * len(MODELS)


def _peak(who: str, folder: Path) -> float:
    """Megabytes that one side took at most in a process of its own."""
    command = [sys.executable, "-m", "bench.attribution", who, str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _run(who: str, folder: Path) -> None:
    paths = {path.stem: path for path in folder.glob("*.parquet")}
    if who == "ours":
        by_models({name: pd.read_parquet(path) for name, path in paths.items()}, settings())
    else:
        owed({name: pl.read_parquet(path) for name, path in paths.items()}, settings())


if __name__ == "__main__":
    _run(sys.argv[1], Path(sys.argv[2]))
    print(peak_megabytes())
