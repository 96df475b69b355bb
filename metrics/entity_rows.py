"""The rows of an entity that the join knows: columns of a stored frame, taken out when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.coded import (
    Bools,
    Coded,
    Ints,
    concat,
    encode,
    filled,
    plain,
)
from metrics.entity import is_coded
from metrics.key_codes import encode_keys


class EntityRows:
    """Some rows of a frame, in some order, with columns of its own above the frame's.

    `rows[name]` is a column on a plain RangeIndex, texts of codes, made anew each time: of a million
    rows most columns are asked for once or never. `coded(name)` is remembered.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        place: Ints | None = None,
        own: Mapping[str, pd.Series] = MappingProxyType({}),
    ) -> None:
        """`place` are the rows of the frame, None for all as they stand; `own` the columns that
        stand above the frame's, already at these rows."""
        self.frame, self.place, self.own = frame, place, own
        self._coded: dict[str, Coded] = {}

    def __len__(self) -> int:
        return len(self.frame) if self.place is None else len(self.place)

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self.frame

    def __getitem__(self, name: str) -> pd.Series:
        return plain(self.stored(name))

    def stored(self, name: str) -> pd.Series:
        """A column as the store gives it: texts that rows share may be codes."""
        if name in self.own:
            return self.own[name]
        array = self.frame[name].array
        return pd.Series(array if self.place is None else array.take(self.place), copy=False)

    def coded(self, name: str) -> Coded:
        """A text column as codes; its values are those of these rows alone."""
        if name not in self._coded:
            if name in self.own or self.place is None:
                self._coded[name] = encode(self.stored(name))
            else:
                few = is_coded(self.frame[name]) or len(self.place) < len(self.frame) / 2
                whole = encode(self.stored(name) if few else self.frame[name])
                self._coded[name] = whole if few else whole.take(self.place).tight()
        return self._coded[name]

    def filled(self, name: str) -> Bools:
        """Rows whose cell of a text column is not ""."""
        if name in self.own or self.place is None:
            return filled(self.stored(name))
        return filled(self.frame[name])[self.place]

    def take(self, rows: Ints | Bools) -> EntityRows:
        """These of the rows."""
        place = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64, copy=False)
        own = {name: pd.Series(column.array.take(place)) for name, column in self.own.items()}
        return EntityRows(self.frame, place if self.place is None else self.place[place], own)

    def with_columns(self, columns: Mapping[str, pd.Series]) -> EntityRows:
        """The rows with some columns of their own, on a plain RangeIndex."""
        return EntityRows(self.frame, self.place, {**self.own, **columns})


def alone(rows: pd.DataFrame | EntityRows) -> pd.DataFrame:
    """The rows as a frame of their own."""
    if isinstance(rows, pd.DataFrame):
        return rows
    return pd.DataFrame({str(name): rows.stored(str(name)) for name in rows.frame})


def keys(tables: Sequence[EntityRows], name: str) -> tuple[list[Ints], int]:
    """A column of keys of several entities coded as by `encode_keys`."""
    # A key that only left-out rows have takes a code too: cheaper than to copy all the others.
    whole = [t.place is not None and name not in t.own and _rises(t.place) for t in tables]
    columns = [t.frame[name] if w else t[name] for t, w in zip(tables, whole, strict=True)]
    codes, count = encode_keys(*columns)
    return [
        code[t.place] if w else code for code, t, w in zip(codes, tables, whole, strict=True)
    ], count


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames of the same columns, one under the other; what is codes in the first stays such."""
    words = [str(name) for name in frames[0] if is_coded(frames[0][name])]
    rest = pd.concat([frame.drop(columns=words) for frame in frames], ignore_index=True)
    coded = {n: concat([encode(frame[n]) for frame in frames]).category() for n in words}
    return rest.assign(**coded)[list(frames[0])]


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts in the place of codes."""
    return frame.assign(**{str(name): plain(frame[name]) for name in frame})


def _rises(place: Ints) -> bool:
    return bool((place[1:] > place[:-1]).all())


def order_by_id(ids: pd.Series) -> Ints | None:
    """Rows by rising id, so that "the smaller id" is "the smaller row"; None if they stand so."""
    texts = pa.array(ids, type=pa.large_string())
    if pc.all(pc.less_equal(texts[:-1], texts[1:]), min_count=0).as_py():
        return None
    rows: Ints = pc.sort_indices(texts).to_numpy().astype(np.int64)
    return rows
