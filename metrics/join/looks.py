"""What touches look like: the distinct answers to what the channel rules ask of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from metrics.coded import Bools, Coded, Ints, combine, concat, constant
from metrics.cores import each
from metrics.entity_rows import EntityRows
from metrics.join.rules import FIELDS as RULE_FIELDS

#: What the channel rules look at in a touch: only costs have a platform and a network.
FIELDS = tuple(name for name in RULE_FIELDS if name not in {"platform", "network"})


@dataclass(frozen=True)
class Looks:
    """A row per look: `fields` are FIELDS by name, `has_yclid` whether there is a yclid."""

    fields: dict[str, Coded]
    has_yclid: Bools

    def __len__(self) -> int:
        return len(self.has_yclid)

    def among(self, field: str, words: Sequence[str]) -> Bools:
        """Looks whose field is one of these words."""
        column = self.fields[field]
        return column.where(np.array([v in words for v in column.values], dtype=bool))

    @cached_property
    def tagged(self) -> Bools:
        """Looks with a yclid or any of the utm that say where from."""
        tags = [self.fields[name].filled() for name in ("utm_source", "utm_medium", "utm_campaign")]
        return self.has_yclid | tags[0] | tags[1] | tags[2]

    @cached_property
    def tells(self) -> Bools:
        """Looks that say anything of where somebody came from."""
        return self.tagged | self.fields["source_raw"].filled()


def looks(tables: Sequence[EntityRows]) -> tuple[Looks, Ints]:
    """The looks of the rows of some tables, one under the other, and the look of each row."""
    columns = each([partial(_column, table, name) for table in tables for name in FIELDS])
    fields: list[list[Coded]] = []
    yclids, codes, begin = [], [], 0
    for number, table in enumerate(tables):
        own = columns[number * len(FIELDS) :][: len(FIELDS)]
        has_yclid = table.filled("yclid")
        parts = [(column.codes, len(column.values)) for column in own]
        code, first = combine([*parts, (has_yclid.astype(np.int64), 2)], len(table))
        fields.append([column.take(first) for column in own])
        yclids.append(has_yclid[first])
        codes.append(code + begin)
        begin += len(first)
    of_field = zip(FIELDS, zip(*fields, strict=True), strict=True)
    every = Looks({name: concat(parts) for name, parts in of_field}, np.concatenate(yclids))
    return every, np.concatenate(codes)


def _column(table: EntityRows, name: str) -> Coded:
    if name in table:
        return table.coded(name)
    # A call is a call without saying so.
    is_call = name == "contact_type" and "started_at" in table
    return constant("call" if is_call else "", len(table))
