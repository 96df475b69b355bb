"""Rows as they stood at a snapshot, and their way to what they are now, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from metrics.coded import Bools, Ints
from metrics.entity_rows import EntityRows, stacked
from metrics.past import Revision
from metrics.schema import ENTITIES

#: Entities that have a part in Лиды, Новые пациенты, Выручка, Маржа, Расходы.
COUNTED = ("leads", "calls", "touches", "appointments", "payments", "costs")
#: What may differ between two versions of a costs row (definitions §17), beside what is ours: the
#: same rows in a file of another name are the same rows.
_VALUES = ("cost", "impressions", "clicks")
#: Steps in their order: which rows enter, of which entities.
_NEW = {
    "new_costs": ("costs",),
    "new_leads": ("leads", "calls", "touches"),
    "new_bookings": ("appointments",),
    "new_payments": ("payments",),
    "new_refunds": ("refunds",),
}
STEPS = (*_NEW, "corrected", "vanished")


#: Places among STEPS: before all of them, and after.
_BEFORE, _NEVER = -1, len(STEPS)


@dataclass(frozen=True)
class Course:
    """A clinic's rows between the snapshot and now: entity -> how its rows came and went."""

    entities: Mapping[str, _EntityCourse]

    @classmethod
    def of(cls, rows: Mapping[str, pd.DataFrame], revisions: Mapping[str, Revision]) -> Course:
        """`rows` are today's, of every entity; those without a revision are as they were."""
        there = [entity for entity in COUNTED if entity in rows]
        return cls({e: _EntityCourse.of(e, rows[e], revisions.get(e)) for e in there})

    @property
    def steps(self) -> list[str]:
        """The steps that change something, in their order."""
        moves = {place for course in self.entities.values() for place in course.moves}
        return [step for place, step in enumerate(STEPS) if place in moves]

    def at(self, step: str | None) -> dict[str, EntityRows]:
        """The rows after `step` and all before it; at the snapshot for None."""
        place = STEPS.index(step) if step else _BEFORE
        return {entity: course.at(place) for entity, course in self.entities.items()}


@dataclass(frozen=True)
class _EntityCourse:
    """Every row that an entity had since the snapshot: today's, then those that are no more, and
    those of a revision once more; `came` and `went` are the places of the steps that bring and
    take each. Rows stay where they are: a copy of all for each step took as much as all rows."""

    frame: pd.DataFrame
    came: npt.NDArray[np.int8]
    went: npt.NDArray[np.int8]
    last: dict[int, EntityRows] = field(default_factory=dict)

    @classmethod
    def of(cls, entity: str, rows: pd.DataFrame, revision: Revision | None) -> _EntityCourse:
        if revision is None:
            always = np.full((2, len(rows)), [[_BEFORE], [_NEVER]], np.int8)
            return cls(rows, always[0], always[1])
        revision = _unequal(entity, revision)
        split = _split(entity, revision)
        corrected, vanished = STEPS.index("corrected"), STEPS.index("vanished")
        parts = [(split.gone, _BEFORE, vanished), (split.old, _BEFORE, corrected)]
        parts += [(new, place, _NEVER) for new, place in _named(entity, split.fresh)]
        parts += [(split.new, corrected, _NEVER)]
        size = [len(frame) for frame, *_ in parts]
        came, went = (np.repeat([part[at] for part in parts], size) for at in (1, 2))
        stays = np.where(_stays(entity, rows, revision.now), _BEFORE, _NEVER)
        return cls(
            stacked([rows, *(frame for frame, *_ in parts)]),
            np.concatenate([stays, came]).astype(np.int8),
            np.concatenate([np.full(len(rows), _NEVER), went]).astype(np.int8),
        )

    @cached_property
    def moves(self) -> list[int]:
        """The places at which rows come or go."""
        moves: list[int] = np.unique([self.came, self.went]).tolist()
        return moves

    def at(self, place: int) -> EntityRows:
        """The rows that are there then, the same object as long as none of them moves."""
        since = max((move for move in self.moves if move <= place), default=_BEFORE)
        if since not in self.last:
            there = (self.came <= place) & (place < self.went)
            self.last.clear()
            self.last[since] = EntityRows(self.frame, None if there.all() else there.nonzero()[0])
        return self.last[since]


@dataclass(frozen=True)
class _Split:
    fresh: pd.DataFrame
    old: pd.DataFrame
    new: pd.DataFrame
    gone: pd.DataFrame


def _unequal(entity: str, revision: Revision) -> Revision:
    """Without rows that went and came back as they were; the rest in one order."""
    names = ENTITIES[entity].names
    alone = _alone(revision.before, revision.now, names)
    before, now = (
        frame[rows].sort_values(names, ignore_index=True)
        for frame, rows in zip((revision.before, revision.now), alone, strict=True)
    )
    return Revision(before, now)


def _split(entity: str, revision: Revision) -> _Split:
    """Rows that came, changed (their old and new content), and went."""
    spec = ENTITIES[entity]
    telling = [c.name for c in spec.columns if not c.ours and c.name not in _VALUES]
    known_by = [spec.key] if spec.key else telling
    before, now = revision.before, revision.now
    gone, fresh = _alone(before, now, known_by)
    return _Split(now[fresh], before[~gone], now[~fresh], before[gone])


def _named(entity: str, fresh: pd.DataFrame) -> list[tuple[pd.DataFrame, int]]:
    """New rows, and the place of the step that brings them."""
    named = [(entity, fresh)]
    if entity == "payments":
        refund = fresh["kind"] == "refund"
        named = [("payments", fresh[~refund]), ("refunds", fresh[refund])]
    steps = list(_NEW.values())
    return [(rows, next(n for n, of in enumerate(steps) if name in of)) for name, rows in named]


def _stays(entity: str, rows: pd.DataFrame, away: pd.DataFrame) -> Bools:
    """Which rows are not among `away`, each of these being one of them."""
    if key := ENTITIES[entity].key:
        stays: Bools = ~rows[key].isin(away[key]).to_numpy(dtype=bool)
        return stays
    return _alone(rows, away, ENTITIES[entity].names)[0]


def _alone(one: pd.DataFrame, other: pd.DataFrame, names: list[str]) -> tuple[Bools, Bools]:
    """Which rows of each side have no partner, equal by `names`, on the other; two equal are two."""
    both = stacked([one[names], other[names]])
    code = both.groupby(names, dropna=False, sort=False).ngroup().to_numpy().astype(np.int64)
    sides = code[: len(one)], code[len(one) :]
    size = len(both)
    pairs = np.minimum(*(np.bincount(side, minlength=size) for side in sides))
    return _nth(sides[0]) >= pairs[sides[0]], _nth(sides[1]) >= pairs[sides[1]]


def _nth(code: Ints) -> Ints:
    """How many of each one's equals stand before it."""
    return pd.Series(code).groupby(code).cumcount().to_numpy().astype(np.int64)
