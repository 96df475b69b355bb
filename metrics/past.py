"""What a book showed on an earlier day, and which rows have changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from metrics.settings import Settings


@dataclass(frozen=True)
class Revision:
    """Rows of one entity that are not as they were: `before` as they stood at the snapshot, `now`
    as they stand today, both conformed. A row that came is in `now` alone, one that went in
    `before` alone."""

    before: pd.DataFrame
    now: pd.DataFrame


@dataclass(frozen=True)
class Past:
    """The snapshot that today is compared with.

    settings      those of that day: as_of, rules and all
    same_program  whether this very version of the program made it
    numbers       what it showed: metrics.measures.monthly
    revisions     entity -> its rows that are not as they were; others are as they were
    """

    settings: Settings
    same_program: bool
    numbers: pd.Series
    revisions: Mapping[str, Revision] = field(default_factory=dict)
