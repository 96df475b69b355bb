"""Rows of a report of visits that are the sums of others: a day's whole, a source over its details."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sheets_sync.reading.deeds import doubt
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.values import Bools

#: What parts the visits of a day; a row without one of them may be the sum of those with it.
_PARTS = [
    "traffic_source",
    "source_engine",
    "adv_engine",
    "utm_source",
    "utm_medium",
    "utm_campaign",
]
_BITS = 1 << np.arange(len(_PARTS))
#: So many sums of more than one row are no chance.
_LEAST = 2


def leave_sums_of_visits(reader: Reader) -> None:
    """Leave out rows that are the sum of the rows of their day which say more, all of them of a file
    and by every level; tell of those that are not all such sums. A service gives no totals."""
    if reader.origin.has_ids:
        return
    keep = ~reader.quarantine.refused & ~reader.left
    frame = pd.DataFrame({n: reader.columns[n] for n in ("date", "goal_id", *_PARTS)})
    frame["file"], frame["visits"] = reader.rows.file, reader.columns["visits"].fillna(0)
    filled = (frame[_PARTS] != "").to_numpy()
    level_of = filled @ _BITS
    for level in sorted(set(np.unique(level_of[keep]).tolist()), key=int.bit_count, reverse=True):
        over = keep & ~reader.left & (level_of == level)
        under = keep & ~reader.left & (level_of & level == level) & ~over
        if not under.any():
            continue
        levels = [name for name, bit in zip(_PARTS, _BITS, strict=True) if bit & level]
        by = ["file", "date", "goal_id", *levels]
        sums = frame[under].groupby(by, dropna=False)["visits"].agg(["sum", "size"])
        rows = frame[over].join(sums, on=by)
        rows = rows[rows["size"].notna()]
        equal = rows["visits"] == rows["sum"]
        if int((equal & (rows["size"] > 1)).sum()) < _LEAST:
            continue
        here = np.isin(np.arange(len(frame)), rows.index[equal] if equal.all() else [])
        reader.left |= here
        _tell(reader, here, int((~equal).sum()))


def _tell(reader: Reader, left: Bools, others: int) -> None:
    if left.any():
        visits = int(reader.columns["visits"][left].sum())
        reader.notes.append(
            f"Строки, равные сумме строк под ними, – подытоги: {int(left.sum())} на {visits} визитов, "
            "они не учтены."
        )
    else:
        reader.doubts += doubt(
            "twice", "Визиты и их подытоги в одном файле", others,
            "Похоже, часть строк – подытоги: выгрузите отчёт без группировки.",
        )  # fmt: skip
