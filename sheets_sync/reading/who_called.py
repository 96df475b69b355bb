"""Whose number called: a line of the clinic, or a person."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from sheets_sync.reading.values import Bools, given


def of_clinic(callers: pa.Array, called: pa.Array) -> Bools:
    """Which calls a line of the clinic made: its number both calls and is called, and talks to more
    people than the other side does. "" is a number that nobody knows."""
    both = given(callers) & given(called)
    found = np.zeros(len(callers), dtype=bool)
    pairs = pd.DataFrame({"by": callers.to_pandas(), "to": called.to_pandas()})[both]
    lines = np.intersect1d(pairs["by"].unique(), pairs["to"].unique())
    if not len(lines):
        return found
    turned = pairs.rename(columns={"by": "to", "to": "by"})
    talks = pd.concat([pairs, turned]).drop_duplicates()["by"].value_counts()
    more = pairs["by"].map(talks) > pairs["to"].map(talks)
    found[np.flatnonzero(both)] = (pairs["by"].isin(lines) & more).to_numpy()
    return found
