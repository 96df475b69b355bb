"""A platform's whole cost of a day beside the costs of its campaigns: the same money twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from metrics.wording import roubles
from sheets_sync.reading.deeds import doubt
from sheets_sync.reading.values import Bools, mapped
from sheets_sync.reading.words import plain

if TYPE_CHECKING:
    from sheets_sync.reading.rows import Reader

#: Kopecks by which a total may miss the sum of its campaigns.
_ROUNDING = 100
#: Days of a platform that have both, below which equal sums may be chance.
_LEAST = 2
_DAYS = ["platform", "date_from", "date_to"]


def leave_totals(reader: Reader) -> None:
    """Leave out rows without a campaign that are, day by day, the sum of their platform's rows with
    one; tell of those that are not, and may yet be the same money."""
    columns, sums = reader.columns, reader.sums
    if reader.entity.name != "costs":
        return
    campaign = (columns["campaign"] != "") | (columns["campaign_id"] != "")
    keep = ~reader.quarantine.refused & ~reader.left
    if sums is None or not (campaign & keep).any() or not (~campaign & keep).any():
        return
    days = _days(reader, campaign, keep)
    both = days[days["total"].notna() & days["campaigns"].notna()]
    if both.empty:
        return
    equal = (both["total"] - both["campaigns"]).abs() <= _ROUNDING
    totals = _rows_of(reader, both.index, keep & ~campaign.to_numpy())
    amount = roubles(int(sums.values[totals].sum()), 2)
    if equal.all() and len(both) >= _LEAST:
        reader.left |= totals
        reader.notes.append(
            f"Расход площадки за день стоит и одной строкой, и по кампаниям, суммы совпадают; строки без "
            f"кампании не учтены, чтобы не посчитать дважды: {int(totals.sum())} на {amount}."
        )
        return
    reader.notes.append(
        f"За одни дни одной площадки есть строки с кампаниями и строки без кампании ({int(totals.sum())} на "
        f"{amount}). Если строки без кампании – итог площадки, расходы посчитаны дважды: уберите их из выгрузки."
    )
    reader.doubts += doubt(
        "twice", "Расходы площадки и её кампаний за одни дни", int(totals.sum()),
        "Проверьте, не итог ли площадки стоит в строках без кампании.", int(sums.values[totals].sum()),
    )  # fmt: skip


def _days(reader: Reader, campaign: pd.Series, keep: Bools) -> pd.DataFrame:
    """Kopecks of each platform and day: of rows without a campaign, and of rows with one."""
    frame = _keyed(reader)
    frame["kopecks"] = reader.sums.values if reader.sums else 0
    frame["kind"] = np.where(campaign, "campaigns", "total")
    summed = frame[keep].groupby([*_DAYS, "kind"])["kopecks"].sum()
    return summed.unstack("kind")  # noqa: PD010 - two columns of a long table


def _rows_of(reader: Reader, days: pd.Index, among: Bools) -> Bools:
    found = pd.MultiIndex.from_frame(_keyed(reader)).isin(days)
    return np.asarray(found & among, dtype=bool)


def _keyed(reader: Reader) -> pd.DataFrame:
    """The platform of each row, however it is spelled, and its days."""
    text = pa.array(reader.columns["platform"], pa.string())
    named = mapped(text, lambda t: plain(t).replace(" ", ""))
    return pd.DataFrame(
        {"platform": named.to_pandas(), **{n: reader.columns[n] for n in _DAYS[1:]}}
    )
