"""Rows without ids that two files of a source hold, both having been exported for the same days."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from metrics.wording import counted, roubles
from sheets_sync.errors import FileError
from sheets_sync.reading.values import Bools

#: Fewer equal rows of two files may be chance: so many, or half of the smaller file; and one alone
#: may be two equal payments, parted by the end of a file.
_SURE, _LEAST = 5, 2
#: Readings of a source that differ by more are asked about.
_DOUBT = 0.01


def counted_again(
    frame: pd.DataFrame,
    content: npt.NDArray[np.object_],
    files: npt.NDArray[np.int64],
    names: list[str],
) -> tuple[Bools, list[str]]:
    """Which payments a later file holds, too, and notes. In: rows without ids, what each says
    (`content`) and which of `names` gave it. Visits of one patient and time are one anyway, leads and
    calls of one person within days are known by their key.

    Of two files that overlap, a day's rows of one lie within the other's: there a row counts as often
    as it stands in the file that has it most. Raises FileError where days differ, too, by more than
    1 % of the source's money.
    """
    extra = np.zeros(len(frame), dtype=bool)
    if len(np.unique(files)) < 2:
        return extra, []
    rows = pd.DataFrame(
        {
            "content": pd.factorize(content)[0],
            "file": files,
            "day": frame["paid_at"].dt.normalize().to_numpy(),
            "worth": frame["amount"].abs().to_numpy(dtype=np.int64),
        }
    )
    rows["n"] = rows.groupby(["file", "content"]).cumcount()
    notes: list[str] = []
    for one, other in combinations(sorted(rows["file"].unique()), 2):
        pair = rows[rows["file"].isin((one, other)) & ~extra]
        again = pair.duplicated(["content", "n"], keep="last")
        sizes = pair.groupby("file")["content"].nunique()
        least = max(_LEAST, min(_SURE, (int(sizes.min()) + 1) // 2))
        if len(sizes) < 2 or pair["content"][again].nunique() < least:
            continue
        single = pair[~pair.duplicated(["content", "n"], keep=False)]
        sides = single.groupby("day")["file"].nunique()
        # a day of which each file has rows that the other lacks: corrected, or another cash desk
        unclear = single[single["day"].isin(sides.index[sides > 1])]
        if unclear["worth"].sum() > _DOUBT * rows["worth"].sum():
            raise _differ(names[one], names[other], int(again.sum()), len(unclear))
        extra[pair.index[again]] = True
        equal = counted(int(again.sum()), "строка", "строки", "строк")
        notes.append(
            f"Файлы «{names[one]}» и «{names[other]}» пересекаются: {equal} без номера есть в обоих, "
            "учтены один раз."
        )
    return extra, notes[:10]


def _differ(one: str, other: str, same: int, unclear: int) -> FileError:
    return FileError(
        f"файлы «{one}» и «{other}» пересекаются: одинаковых строк без номера {same}, а ещё {unclear} за те "
        "же дни стоят только в одном из них. Исправлены они или это другая касса, не видно.",
        hint="Оставьте за каждый день один файл или выгрузите столбец с номером.",
    )


def tell_again(
    content: npt.NDArray[np.object_], files: npt.NDArray[np.int64], names: list[str]
) -> list[str]:
    """A warning for files that seem to hold the same rows of another entity."""
    rows = pd.DataFrame({"content": pd.factorize(content)[0], "file": files}).drop_duplicates()
    shared = rows[rows.duplicated("content", keep=False)]
    if shared.empty:
        return []
    contents = {n: set(shared["content"][shared["file"] == n]) for n in shared["file"].unique()}
    notes = []
    for one, other in combinations(contents, 2):
        same = len(contents[one] & contents[other])
        fewest = min(len(contents[one]), len(contents[other]))
        if same >= min(_SURE, (fewest + 1) // 2):
            notes.append(
                f"Файлы «{names[one]}» и «{names[other]}» пересекаются: одинаковых строк без номера "
                f"{same}, они учтены дважды. Выгрузите без пересечения или со столбцом номера."
            )
    return notes[:10]


def tell_equal(frame: pd.DataFrame, content: npt.NDArray[np.object_]) -> list[str]:
    """A warning for payments that are equal to the second: rows of a page that came twice, perhaps."""
    again = (
        pd.Series(content).duplicated().to_numpy() & (frame["paid_at"].dt.second != 0).to_numpy()
    )
    if not again.any():
        return []
    worth = roubles(int(frame["amount"][again].sum()), 2)
    note = f"Платежей без номера, равных до секунды: {int(again.sum())} на {worth}, каждый учтён. "
    return [note + "Если это повтор выгрузки, удалите лишние строки."]


def same_days(
    frame: pd.DataFrame,
    when: str,
    content: npt.NDArray[np.object_],
    files: npt.NDArray[np.int64],
    names: list[str],
) -> tuple[npt.NDArray[np.bool_], list[str]]:
    """Rows without an id that a later file holds, too: between the first and the last moment that both
    tell of, all of one file stand in the other, and people are named in them; and notes."""
    again, notes = np.zeros(len(frame), dtype=bool), []
    if len(np.unique(files)) < _LEAST:
        return again, []
    keys = [name for name in ("person_key", "patient_key") if name in frame.columns]
    rows = pd.DataFrame({
        "content": pd.factorize(content)[0], "file": files, "place": np.arange(len(frame)),
        "at": frame[when].to_numpy(), "person": (frame[keys] != "").any(axis=1).to_numpy(),
    })  # fmt: skip
    rows["number"] = rows.groupby(["file", "content"]).cumcount()
    ends = rows.groupby("file")["at"].agg(["min", "max"])
    for one, other in combinations(ends.index, 2):
        first, last = ends.loc[[one, other], "min"].max(), ends.loc[[one, other], "max"].min()
        both = rows[rows["at"].between(first, last)]
        a, b = (both[both["file"] == file] for file in (one, other))
        few, many = (a, b) if len(a) <= len(b) else (b, a)
        same = few.merge(
            many[["content", "number", "place"]],
            on=["content", "number"],
            suffixes=("", "_of_many"),
        )
        if len(same) < max(len(few), _LEAST) or 2 * same["person"].sum() < len(same):
            continue
        # what changes in a row, as its status, the later file knows
        again[same["place" if few is a else "place_of_many"]] = True
        notes.append(
            f"Файлы «{names[one]}» и «{names[other]}» пересекаются: строки общих дней ({len(same)}) стоят в "
            "обоих, они учтены один раз."
        )
    return again, notes[:10]
