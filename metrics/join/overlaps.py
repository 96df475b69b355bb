"""Days of costs that two files hold: the later file's count (definitions §1, costs)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.coded import Bools, Coded, Ints, combine, fold
from metrics.join.directions import first_given
from metrics.join.platforms import platform_key


@dataclass(frozen=True)
class Overlaps:
    """lost: rows of costs per day that a later file holds too; days: of how many files' days."""

    lost: Bools
    days: int


def overlaps(columns: dict[str, Coded], row: Ints, day: Ints, sources: tuple[str, ...]) -> Overlaps:
    """Which costs per day another, later file gives.

    In: coded columns of cost rows; the cost row and the day of each cost per day; the clinic's
    sources in the order of its file. One file follows another if its source does, else its name.
    The same cost is one platform, network, day and campaign: of equal ids, or, where either has
    none, of names equal without case. A row that its utm_campaign alone names is every campaign of
    that tag.
    """
    order = file_order(columns["source"], columns["file"], sources)
    lost = np.zeros(len(row), dtype=bool)
    if order[row].max(initial=0) < 1:  # one file cannot overlap
        return Overlaps(lost, 0)
    campaign = columns["campaign_id"]
    name = first_given((columns["campaign"], columns["utm_campaign"]), "")
    here = np.flatnonzero(order[row] >= 0)
    of_row, has_id = row[here], campaign.filled()[row[here]]
    order = order[of_row]
    base = code_of((one_platform(columns["platform"]), columns["network"]), of_row, day[here])
    by_id, by_name = (code_of((c,), of_row, base) for c in (campaign, _folded(name)))
    named = ~has_id | name.filled()[of_row]
    nobody = np.full(int(by_name.max()) + 1, -1)
    nameless, any_name = nobody.copy(), nobody.copy()
    np.maximum.at(nameless, by_name[~has_id], order[~has_id])
    np.maximum.at(any_name, by_name[named], order[named])
    of_id = np.full(int(by_id.max()) + 1, -1)
    np.maximum.at(of_id, by_id[has_id], order[has_id])
    later = np.where(has_id, of_id[by_id], any_name[by_name])
    later = np.maximum(later, np.where(has_id & named, nameless[by_name], -1))
    later = np.maximum(later, _of_tag(columns, of_row, base, order))
    beaten = order < later
    lost[here[beaten]] = True
    days = {*zip(order[beaten].tolist(), day[here[beaten]].tolist(), strict=True)}
    return Overlaps(lost, len(days))


def _of_tag(columns: dict[str, Coded], row: Ints, base: Ints, order: Ints) -> Ints:
    """The last file whose cost is of the same tag, where one of the two rows has nothing but it."""
    tag = columns["utm_campaign"]
    tagged = tag.filled()[row]
    alone = tagged & ~(columns["campaign"].filled() | columns["campaign_id"].filled())[row]
    by_tag = code_of((_folded(tag),), row, base)
    every = np.full(int(by_tag.max(initial=-1)) + 1, -1)
    bare = every.copy()
    np.maximum.at(every, by_tag[tagged], order[tagged])
    np.maximum.at(bare, by_tag[alone], order[alone])
    return np.where(alone, every[by_tag], np.where(tagged, bare[by_tag], -1))


def file_order(source: Coded, file: Coded, sources: tuple[str, ...]) -> Ints:
    """The place of each row's file among all files; -1 where the row is of none."""
    place = {name: number for number, name in enumerate(sources)}
    pairs, first = combine(
        [(source.codes, len(source.values)), (file.codes, len(file.values))], len(source)
    )
    named = [(source.values[source.codes[r]], file.values[file.codes[r]]) for r in first]
    rank = [(place.get(one, len(place)), one, other) for one, other in named]
    ordered = sorted(key for key in rank if key[2])
    places: Ints = np.array([ordered.index(k) if k[2] else -1 for k in rank], dtype=np.int64)
    return places[pairs] if len(pairs) else pairs


def _folded(column: Coded) -> Coded:
    return column.with_texts([fold(value) for value in column.values])


def one_platform(column: Coded) -> Coded:
    """Platforms as they are compared."""
    return column.with_texts([platform_key(value) for value in column.values])


def code_of(columns: tuple[Coded, ...], row: Ints, other: Ints) -> Ints:
    """One code of some columns at `row` together with integers."""
    low = int(other.min(initial=0))
    parts = [(c.codes[row], len(c.values)) for c in columns]
    return combine([*parts, (other - low, int(other.max(initial=0)) - low + 1)], len(row))[0]
