"""Rows under names: how many, their sums, means and medians, a value a name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.coded import Floats, Ints, begins, distinct
from metrics.sums import group_sum, ratio


class NamedRows:
    """Rows of one kind under the names of one side; those without a name take no part."""

    def __init__(self, table: pd.DataFrame, name: Ints, names: int) -> None:
        self.rows = np.flatnonzero(name >= 0)
        self.table, self.names, self.name = table, names, name[self.rows]

    def column(self, name: str) -> Floats:
        return self.table[name].to_numpy(dtype=np.float64)[self.rows]

    def count(self) -> Floats:
        """How many rows; NaN where no name of the side has one."""
        count = group_sum(self.name, None, self.names)
        return count if self.rows.size else np.full(self.names, np.nan)

    def sum(self, column: str) -> Floats:
        return group_sum(self.name, self.column(column), self.names)

    def mean(self, column: str) -> Floats:
        value = self.column(column)
        real = ~np.isnan(value)
        return ratio(
            group_sum(self.name[real], value[real], self.names),
            group_sum(self.name[real], None, self.names),
        )

    def median(self, column: str) -> Floats:
        value = self.column(column)
        real = ~np.isnan(value)
        name, value = self.name[real], value[real]
        value = value[np.lexsort((value, name))]
        start = begins(name, self.names)
        count = np.diff(start)
        some = np.flatnonzero(count)
        low, high = start[some] + (count[some] - 1) // 2, start[some] + count[some] // 2
        middle: Floats = np.full(self.names, np.nan)
        middle[some] = (value[low] + value[high]) / 2
        return middle

    def different(self, column: str, among: str) -> Floats:
        """How many different whole numbers stand in a column of the rows that are `among`."""
        rows = self.column(among) > 0
        value = self.table[column].to_numpy()[self.rows][rows]
        width = int(value.max(initial=0)) + 1
        return group_sum(distinct(self.name[rows] * width + value) // width, None, self.names)
