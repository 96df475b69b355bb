"""Rows of entities without ids that two files of a source hold: the later file's count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.join.platforms import platform_key
from metrics.wording import roubles
from sheets_sync.reading.deeds import doubt
from sheets_sync.reading.reader import Reader

#: What tells apart the rows of one day, and how a person calls them.
_MARKS = {
    "traffic": (("date", "traffic_source", "source_engine", "adv_engine", "utm_source", "utm_medium",
                 "utm_campaign", "goal_id"), "день, источник и метки"),
    "phrases": (("date", "platform", "campaign_id", "campaign", "keyword", "network"),
                "день, кампания и фраза"),
}  # fmt: skip


def leave_earlier(reader: Reader) -> None:
    """Leave out rows whose day and marks a later file of the source holds, too. Rows of one file
    add up; files are later by their names."""
    rows = reader.rows
    names = [grid.place.file for grid in rows.grids]
    if len(set(names)) < 2:
        return
    columns, subject = _MARKS[reader.entity.name]
    file = np.array([sorted(set(names)).index(name) for name in names])[rows.file]
    frame = pd.DataFrame({n: reader.columns[n] for n in columns})
    if "platform" in frame:
        frame["platform"] = frame["platform"].map(platform_key)
    keep = ~reader.quarantine.refused & ~reader.left
    place = pd.Series(np.where(keep, file, -1))
    last = place.groupby([frame[n] for n in columns], dropna=False).transform("max").to_numpy()
    earlier = keep & (file < last)
    if not earlier.any():
        return
    reader.left |= earlier
    count = int(earlier.sum())
    amount = int(reader.sums.values[earlier].sum()) if reader.sums else 0
    worth = f" на {roubles(amount, 2)}" if reader.sums else ""
    reader.notes.append(
        f"Файлы пересекаются: {subject} есть в двух; учтён тот, что позже по имени, строк прежних файлов снято "
        f"{count}{worth}."
    )
    reader.doubts += doubt(
        "overlap", "Строки одного дня в двух файлах", count,
        "Учтён более поздний файл. Уберите старый или выгрузите без пересечения.", amount,
    )  # fmt: skip
