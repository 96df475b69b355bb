"""Costs that say they are a month's: `12 500 ₽/мес`; a row of another period is asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.reader import Reader
from sheets_sync.reading.values import truth

#: How a sum says that it is paid every month; an expression of RE2.
_EVERY_MONTH = r"\s*(?:/|в)\s*мес[а-я]*\.?$"


def without_month(text: pa.Array) -> pa.Array:
    """Sums without the words that they are a month's."""
    monthly = pc.match_substring_regex(text, _EVERY_MONTH)
    return pc.replace_substring_regex(text, _EVERY_MONTH, "") if pc.any(monthly).as_py() else text


def refuse_other_periods(reader: Reader) -> None:
    """Refuse costs of a month in rows that are of a day, a week or several months."""
    monthly = truth(pc.match_substring_regex(reader.rows.get("cost"), _EVERY_MONTH))
    if monthly.any():
        first, last = (pd.DatetimeIndex(reader.columns[n]) for n in ("date_from", "date_to"))
        is_month = first.is_month_start & last.is_month_end & (first.month == last.month)
        is_month &= first.year == last.year
        reader.quarantine.refuse(
            monthly & ~np.asarray(is_month),
            "cost",
            "сумма за месяц, а период строки – не один месяц",
        )
