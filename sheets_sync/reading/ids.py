"""Ids of rows: the export's own where it has them, else made of what the row says."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.entity import Entity
from sheets_sync.reading.numbering import Numbering, repeats
from sheets_sync.reading.overlaps import counted_again, same_days, tell_again, tell_equal

#: What may change in a row that stays the same row: a made id does not depend on it.
_CHANGING = frozenset({"source", "status", "manager", "updated_at", "cost"})
_LAST = "последняя строка каждого"
#: What an appointment may be before its visit, and what only after it.
_BEFORE = ("booked", "confirmed")
_AFTER = ("arrived", "completed", "no_show")


def with_ids(
    entity: Entity,
    frame: pd.DataFrame,
    files: npt.NDArray[np.int64],
    names: list[str],
    no_ids: Numbering,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The frame with one row per id, and notes. `files` says which of `names` gave each row.

    A row without an id, or whose number is none (`no_ids`), gets one of its content and its number
    among equal rows of all files: two equal cash payments are two, splitting a file in two changes
    nothing; but where files overlap, a payment that both hold counts once (raises FileError where
    they differ). Of rows with one id the last stands (by `updated_at`, else by place) – but for
    payments where one document has several lines: there each line is a payment.
    """
    has_id = (frame[entity.key] != "").to_numpy()
    if has_id.all() and not no_ids and not repeats(frame[entity.key]):
        return frame, ()
    own = has_id & ~(frame[entity.key].isin(no_ids.ids).to_numpy() | no_ids.column)
    ids = frame[entity.key].to_numpy(dtype=object).copy()
    notes: list[str] = []
    if not own.all():
        keep, notes = _once(entity, frame, ~own, files, names)
        frame, files, ids, own, has_id = (
            frame[keep],
            files[keep],
            ids[keep],
            own[keep],
            has_id[keep],
        )
        ids[~own] = content_ids(entity, frame[~own])
    if (has_id & ~own).any():
        notes.append(_no_ids(int((has_id & ~own).sum()), no_ids))
    documents = _documents(entity, frame[own], files[own]) if entity.name == "payments" else 0
    if documents:
        ids[own] = _lines(ids[own], _content(entity, frame[own]), files[own])
        notes.append(
            f"Номер платежа повторяется с разным содержимым (таких номеров {documents}): "
            "каждая строка документа принята отдельным платежом."
        )
    named = frame.assign(**{entity.key: pd.Series(ids, index=frame.index, dtype="str")})
    latest = _in_time(entity, named, files)
    older = latest.duplicated(entity.key, keep="last").reindex(named.index)
    if older.any():
        is_back = "booked_at" in named.columns and not latest.index.equals(named.index)
        which = "верхняя строка каждого: в файле новое стоит выше" if is_back else _LAST
        which = "отвеченная, если есть" if entity.name == "calls" else which
        notes.append(f"Повторов одного номера: {int(older.sum())}; взята {which}.")
    return named[~older], tuple(notes)


def _once(
    entity: Entity,
    frame: pd.DataFrame,
    among: npt.NDArray[np.bool_],
    files: npt.NDArray[np.int64],
    names: list[str],
) -> tuple[npt.NDArray[np.bool_], list[str]]:
    """Which rows stay where files overlap: of rows without an id each once; and notes."""
    notes: list[str] = []
    keep, content = np.ones(len(frame), dtype=bool), _content(entity, frame[among])
    extra = np.zeros(len(content), dtype=bool)
    if entity.name == "payments":
        extra, notes = counted_again(frame[among], content, files[among], names)
        keep[np.flatnonzero(among)[extra]] = False
        notes += tell_equal(frame[among][~extra], content[~extra])
    else:
        extra, notes = same_days(frame[among], entity.when, content, files[among], names)
        keep[np.flatnonzero(among)[extra]] = False
    return keep, [*notes, *tell_again(content[~extra], files[among][~extra], names)]


def _in_time(entity: Entity, frame: pd.DataFrame, files: npt.NDArray[np.int64]) -> pd.DataFrame:
    """The rows, the older first: by what they say of it, else by their places. A call that rang at
    several desks is answered if anybody did."""
    if entity.name == "calls":
        return frame.sort_values("status", key=lambda s: s == "answered", kind="stable")
    if "updated_at" in frame.columns and frame["updated_at"].notna().any():
        return frame.sort_values("updated_at", kind="stable", na_position="first")
    return frame.iloc[_as_it_went(frame, files)]


def _as_it_went(frame: pd.DataFrame, files: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The places of rows, the older first. A file of appointments where «Записан» stands under «Пришёл» of
    the same id, and nowhere above it, tells the newest first."""
    places = np.arange(len(frame))
    if "booked_at" not in frame.columns:
        return places
    rows = pd.DataFrame({"file": files, "id": frame["appointment_id"].to_numpy()})
    stage = np.select([frame["status"].isin(_BEFORE), frame["status"].isin(_AFTER)], [0, 1], -1)
    rows = rows.assign(stage=stage, place=places)[stage >= 0].sort_values(["file", "id", "place"])
    again = (rows[["file", "id"]] == rows[["file", "id"]].shift()).all(axis=1)
    step = rows["stage"].diff()[again]
    steps = step.groupby(rows["file"][again]).agg(["min", "max"])
    back = np.isin(files, steps.index[(steps["min"] < 0) & (steps["max"] <= 0)])
    return np.lexsort((np.where(back, -places, places), files))


def content_ids(entity: Entity, frame: pd.DataFrame) -> list[str]:
    """Ids of rows that have none, of what they say: equal rows are told apart by their number."""
    return _made(_content(entity, frame), _joined(frame))


def _no_ids(count: int, no_ids: Numbering) -> str:
    what = "столбец с номером нумерует строки" if no_ids.column else "номера повторяются"
    return (
        f"Номер – не идентификатор ({what}: под одним номером разные люди в разные дни); строк: {count}, "
        "каждая принята отдельно и узнаётся по содержимому."
    )


def _content(entity: Entity, frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """What a row says, as one text, without its id and without what changes."""
    names = [n for n in entity.names if n not in _CHANGING and n != entity.key]
    return _joined(frame[names])


def _joined(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    texts = [_text(frame[name]) for name in frame.columns]
    joined = pc.binary_join_element_wise(*texts, pa.scalar("\x1f", pa.large_string()))
    cells: npt.NDArray[np.object_] = joined.to_numpy(zero_copy_only=False)
    return cells


def _text(column: pd.Series) -> pa.Array:
    """A column as texts: times in their whole units since 1970, nothing as ""."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.astype("int64")
    values = pa.array(column)
    if pa.types.is_boolean(values.type):
        values = pc.if_else(values, "True", "False")
    return pc.fill_null(values.cast(pa.large_string()), "")


def _hash(text: str, size: int = 12) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


def _made(content: npt.NDArray[np.object_], whole: npt.NDArray[np.object_]) -> list[str]:
    """`~hash-number`, the number counting equal rows. Rows that differ only in what may change are
    counted in the order of their whole text, so that the order of the input changes nothing."""
    rows = pd.DataFrame({"hash": [_hash(t) for t in content], "whole": whole})
    number = rows.sort_values(["hash", "whole"], kind="stable").groupby("hash").cumcount()
    return ("~" + rows["hash"] + "-" + number.sort_index().astype("str")).tolist()


def _documents(entity: Entity, frame: pd.DataFrame, files: npt.NDArray[np.int64]) -> int:
    """How many ids stand in one file over rows that say different things."""
    lines = pd.DataFrame({"file": files, "id": frame[entity.key].to_numpy()})
    again = lines.duplicated(keep=False).to_numpy()
    lines = lines[again].assign(content=_content(entity, frame[again])).drop_duplicates()
    return int((lines.groupby(["file", "id"]).size() > 1).sum())


def _lines(
    ids: npt.NDArray[np.object_],
    content: npt.NDArray[np.object_],
    files: npt.NDArray[np.int64],
) -> list[str]:
    """`id#hash` of each line of a document; equal lines of one file are numbered."""
    rows = pd.DataFrame({"id": ids, "hash": [_hash(t, 6) for t in content], "file": files})
    number = rows.groupby(["file", "id", "hash"]).cumcount()
    again = ("-" + number.astype("str")).where(number > 0, "")
    return (rows["id"].astype("str") + "#" + rows["hash"] + again).tolist()
