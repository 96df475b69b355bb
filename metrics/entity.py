"""A kind of row that comes in: its columns and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pandas as pd

Kind = Literal["text", "time", "day", "kopecks", "count", "flag"]

#: pandas dtype of each kind. Text is never missing ("" is "not given"); the rest may be NA.
DTYPES: dict[Kind, Any] = {
    "text": "str",
    "time": "datetime64[us, UTC]",
    "day": "datetime64[us]",
    "kopecks": "Int64",
    "count": "Int64",
    "flag": "boolean",
}
#: Texts that tell rows or people apart: nearly every row has its own.
_OWN = {
    *("lead_id", "appointment_id", "payment_id", "call_id", "touch_id", "review_id", "visit_id"),
    *("person_key", "patient_key", "ym_client_id", "yclid", "aliases"),
}


class SchemaError(ValueError):
    """A frame that is not what its entity promises; raised at a border, never by bad input."""


@dataclass(frozen=True)
class EntityColumn:
    """One column of an entity. `required` cells are never "" and never NA.

    `personal` says whose names may stand in it: staff, or a campaign called after a doctor.
    `ours` is set by the source that reads the row and never taken from a header of an export.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    personal: Literal["", "doctor", "manager", "campaign"] = ""
    ours: bool = False


@dataclass(frozen=True)
class Entity:
    """A kind of row that comes in. `key` is the id column, or "" where rows are replaced by period."""

    name: str
    key: str
    when: str
    columns: tuple[EntityColumn, ...]

    @property
    def names(self) -> list[str]:
        return [c.name for c in self.columns]

    @cached_property
    def texts(self) -> list[str]:
        return [c.name for c in self.columns if c.kind == "text"]

    @cached_property
    def words(self) -> list[str]:
        """Texts that many rows share: such a column is `str` or, as the store gives it, codes of
        its texts (`is_coded`). Who sorts, fills or joins takes metrics.coded.plain of it."""
        return [name for name in self.texts if name not in _OWN]

    def column(self, name: str) -> EntityColumn:
        return next(c for c in self.columns if c.name == name)


def is_coded(column: pd.Series) -> bool:
    """Whether a column is a pandas category of texts."""
    dtype = column.dtype
    return isinstance(dtype, pd.CategoricalDtype) and dtype.categories.dtype == "str"
