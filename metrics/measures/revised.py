"""Rows as they stood at a snapshot, and their way to what they are now, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.coded import Bools, Ints
from metrics.entity_rows import stacked
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


@dataclass(frozen=True)
class Course:
    """A clinic's rows between the snapshot and now.

    same   entity -> the rows that are as they were
    parts  step -> entity -> rows that the step brings; "corrected" brings the new content and
           takes `old`; "vanished" takes `gone`
    """

    same: Mapping[str, pd.DataFrame]
    parts: Mapping[str, Mapping[str, pd.DataFrame]]
    old: Mapping[str, pd.DataFrame]
    gone: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, rows: Mapping[str, pd.DataFrame], revisions: Mapping[str, Revision]) -> Course:
        """`rows` are today's, of every entity; those without a revision are as they were."""
        same, old, gone = {}, {}, {}
        parts: dict[str, dict[str, pd.DataFrame]] = {step: {} for step in STEPS}
        for entity in COUNTED:
            if entity not in rows:
                continue
            same[entity] = rows[entity]
            if entity not in revisions:
                continue
            revision = _unequal(entity, revisions[entity])
            same[entity] = _without(entity, rows[entity], revision.now)
            split = _split(entity, revision)
            gone[entity], old[entity], parts["corrected"][entity] = split.gone, split.old, split.new
            for name, frame in _named(entity, split.fresh):
                step = next(s for s, names in _NEW.items() if name in names)
                parts[step][entity] = frame
        return cls(same, parts, old, gone)

    @property
    def steps(self) -> list[str]:
        """The steps that change something, in their order."""
        away = {"corrected": self.old, "vanished": self.gone}
        return [
            step for step in STEPS if any(len(f) for f in away.get(step, self.parts[step]).values())
        ]

    def at(self, step: str | None) -> dict[str, pd.DataFrame]:
        """The rows after `step` and all before it; at the snapshot for None."""
        done = STEPS[: STEPS.index(step) + 1] if step else ()
        left = [self.gone] if "vanished" not in done else []
        left += [self.old] if "corrected" not in done else []
        came = [self.parts[s] for s in done]
        return {
            entity: stacked(frames) if len(frames) > 1 else frames[0]
            for entity, same in self.same.items()
            if (frames := [same, *(p[entity] for p in (*left, *came) if len(p.get(entity, ())))])
        }


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


def _named(entity: str, fresh: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """New rows under the names that steps call them by."""
    if entity != "payments":
        return [(entity, fresh)]
    refund = fresh["kind"] == "refund"
    return [("payments", fresh[~refund]), ("refunds", fresh[refund])]


def _without(entity: str, rows: pd.DataFrame, away: pd.DataFrame) -> pd.DataFrame:
    """The rows without those of `away`, each once."""
    if key := ENTITIES[entity].key:
        return rows[~rows[key].isin(away[key])]
    return rows[_alone(rows, away, ENTITIES[entity].names)[0]]


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
