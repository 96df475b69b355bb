"""Costs that say they are a month's: `12 500 ₽/мес`; a row of another period is asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.values import Bools, truth

#: How a sum says that it is paid every month; an expression of RE2.
_EVERY_MONTH = r"\s*(?:/|в)\s*мес[а-я]*\.?$"
#: The first byte of «м», without which no sum says so.
_LETTER = "м".encode()[:1]


def without_month(text: pa.Array) -> pa.Array:
    """Sums without the words that they are a month's."""
    return pc.replace_substring_regex(text, _EVERY_MONTH, "") if _monthly(text).any() else text


def _monthly(text: pa.Array) -> Bools:
    """Which sums say that they are a month's."""
    if not has_byte(text, _LETTER):
        return np.zeros(len(text), dtype=bool)
    return truth(pc.match_substring_regex(text, _EVERY_MONTH))


def refuse_other_periods(reader: Reader) -> None:
    """Refuse costs of a month in rows that are of a day, a week or several months."""
    monthly = _monthly(reader.rows.get("cost"))
    if monthly.any():
        first, last = (pd.DatetimeIndex(reader.columns[n]) for n in ("date_from", "date_to"))
        is_month = first.is_month_start & last.is_month_end & (first.month == last.month)
        is_month &= first.year == last.year
        reader.quarantine.refuse(
            monthly & ~np.asarray(is_month),
            "cost",
            "сумма за месяц, а период строки – не один месяц",
        )
