"""A platform's whole cost of a day beside the costs of its campaigns: the same money twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.join.platforms import platform_key
from metrics.wording import roubles
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.deeds import doubt
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.totals import Sums
from sheets_sync.reading.values import Bools, distinct, map_cells, truth
from sheets_sync.reading.words import phrase, plain

#: Kopecks that no click costs.
_DEAREST_CLICK = 10_000_000
#: Kopecks by which a total may miss the sum of its campaigns.
_ROUNDING = 100
#: Days of a platform that have both, below which equal sums may be chance.
_LEAST = 2
#: What a row of totals writes for a platform or a campaign.
_TOTALS = frozenset(
    plain(word)
    for word in (
        "итого",
        "итог",
        "всего",
        "все площадки",
        "все кампании",
        "все каналы",
        "все источники",
        "итого все",
        "total",
        "grand total",
        "all campaigns",
    )
)
_DAYS = ["platform", "date_from", "date_to"]


def leave_totals(reader: Reader) -> None:
    """Leave out rows without a campaign that are, day by day, the sum of their platform's rows with
    one; tell of those that are not, and may yet be the same money."""
    columns, sums = reader.columns, reader.sums
    if reader.entity.name != "costs" or sums is None:
        return
    _leave_words(reader)
    back = _cells(reader, "operation", lambda t: phrase(t, "cost_back") != "")
    _turn_over(reader, sums, ~back)
    _turn_back(reader, back)
    _check_clicks(reader, sums)
    campaign = (columns["campaign"] != "") | (columns["campaign_id"] != "")
    keep = ~reader.quarantine.refused & ~reader.left
    if not (campaign & keep).any() or not (~campaign & keep).any():
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


def _leave_words(reader: Reader) -> None:
    """Leave out rows that call themselves a total, bonuses of a cabinet, and money that was only put
    on an account."""
    keep = ~reader.quarantine.refused & ~reader.left
    total = _cells(reader, "platform", _is_total) | _cells(reader, "campaign", _is_total)
    put_on = _cells(reader, "operation", lambda t: phrase(t, "top_up") != "")
    bonus = [
        _cells(reader, n, lambda t: phrase(t, "bonus_cost") != "") for n in ("operation", "wallet")
    ]
    kinds = {"итоги": total, "бонусы площадки": bonus[0] | bonus[1], "пополнения счёта": put_on}
    for what, rows in kinds.items():
        here = rows & keep & ~reader.left
        if here.any() and (what.startswith("бонусы") or not rows[keep].all()) and reader.sums:
            reader.left |= here
            amount = roubles(int(reader.sums.values[here].sum()), 2)
            reader.notes.append(
                f"Строки – {what}, а не расход: {int(here.sum())} на {amount}, они не учтены."
            )


def _turn_back(reader: Reader, back: Bools) -> None:
    """Money that a cabinet gave back, written without a minus, lessens costs."""
    keep = ~reader.quarantine.refused & ~reader.left
    back &= keep
    if reader.sums is None or not back.any() or back[keep].all():
        return
    back &= reader.sums.values > 0
    amount = roubles(int(reader.sums.values[back].sum()), 2)
    reader.sums.values[back] *= -1
    reader.columns["cost"] = reader.columns["cost"].mask(back, -reader.columns["cost"])
    if back.any():
        reader.notes.append(f"Строки возвратов уменьшили расход: {int(back.sum())} на {amount}.")


def _is_total(text: str) -> bool:
    return plain(text) in _TOTALS


def _cells(reader: Reader, name: str, is_such: Callable[[str], bool]) -> Bools:
    """Rows whose cell of a column is such."""
    cells = reader.rows.get(name)
    texts = [text for text in distinct(cells) if is_such(text)]
    if not texts:
        return np.zeros(len(cells), dtype=bool)
    return truth(pc.is_in(cells, value_set=pa.array(texts)))


def _turn_over(reader: Reader, sums: Sums, among: Bools) -> None:
    """Costs of a file that are all below nought are money that went out: costs. What a cabinet gave
    back is not `among` those that say so."""
    for number, grid in enumerate(reader.rows.grids):
        here = (reader.rows.file == number) & ~reader.quarantine.refused & ~reader.left
        values = sums.values[here & among]
        if not (values < 0).any():
            continue
        if 2 * int((values < 0).sum()) > len(values) > int((values < 0).sum()):
            raise FileError(
                f"столбец «{mask(grid.header.shown('cost'))}»: сумм с минусом больше половины; похоже, это движение "
                "денег на счёте, где минус – расход, а плюс – пополнение или возврат.",
                where=grid.where,
                hint="Выгрузите одни списания или удалите строки с плюсом.",
            )
        if (values <= 0).all():
            sums.values[reader.rows.file == number] *= -1
            reader.columns["cost"] = reader.columns["cost"].mask(here, -reader.columns["cost"])
            what = "все суммы с минусом, приняты как расход"
        else:
            what = f"сумм с минусом {int((values < 0).sum())}, они уменьшили расход; проверьте, возврат ли это"
        reader.notes.append(f"Файл «{grid.where}»: {what}.")


def _check_clicks(reader: Reader, sums: Sums) -> None:
    """Raises FileError for costs of so much a click that they can be no roubles: Direct's API counts
    in millionths of one."""
    keep = ~reader.quarantine.refused & ~reader.left & sums.ok
    for number, grid in enumerate(reader.rows.grids):
        here = keep & (reader.rows.file == number)
        clicks = int(reader.columns["clicks"][here].fillna(0).sum())
        cost = int(sums.values[here].sum())
        if clicks and cost > clicks * _DEAREST_CLICK:
            raise FileError(
                f"столбец «{mask(grid.header.shown('cost'))}»: {roubles(cost // clicks)} за клик, таких не бывает; похоже, "
                "суммы в миллионных долях рубля.",
                where=grid.where,
                hint="Выгрузите суммы в рублях; для API Директа это returnMoneyInMicros: false.",
            )


def _days(reader: Reader, campaign: pd.Series, keep: Bools) -> pd.DataFrame:
    """Kopecks of each platform and day: of rows without a campaign, and of rows with one."""
    frame = _keyed(reader)
    frame["kopecks"] = reader.sums.values if reader.sums else 0
    frame["kind"] = np.where(campaign, "campaigns", "total")
    summed = frame[keep].groupby([*_DAYS, "kind"])["kopecks"].sum()
    return summed.unstack("kind")  # noqa: PD010 - two columns of a long table


def _rows_of(reader: Reader, days: pd.Index, among: Bools) -> Bools:
    on_days = pd.MultiIndex.from_frame(_keyed(reader)).isin(days)
    return np.asarray(on_days & among, dtype=bool)


def _keyed(reader: Reader) -> pd.DataFrame:
    """The platform of each row, however it is spelled, and its days."""
    named = map_cells(pa.array(reader.columns["platform"], pa.string()), platform_key)
    return pd.DataFrame(
        {"platform": named.to_pandas(), **{n: reader.columns[n] for n in _DAYS[1:]}}
    )
