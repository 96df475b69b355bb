"""Key phrases (Ключевые фразы): the numbers of «Кампании» by what people had looked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from metrics.coded import Bools
from metrics.facts import Facts, day_number
from metrics.join.join import Joined, attribute, by_phrase
from metrics.measures.events import events
from metrics.measures.period_rows import period_rows
from metrics.schema import empty
from metrics.settings import NO_CAMPAIGN, OTHER
from metrics.sums import TOLERANCE, GroupKeys, codes

BY = ("phrase", "campaign", "channel", "direction")


def phrases(
    joined: Joined,
    rows: Mapping[str, pd.DataFrame],
    campaigns: pd.DataFrame,
    is_personal: Callable[[str], bool],
) -> pd.DataFrame:
    """One row per phrase, campaign, channel and direction (definitions §22), dearest first.

    In: the report «Кампании». Out: its columns and `phrase`. The `phrases_top` dearest phrases have rows of their
    own, the others are «Прочее» of their campaign, channel and direction, below. Rows of too few
    new patients are one «Прочее» (definitions §10). No row where no phrase is known.
    """
    spent = rows["phrases"] if "phrases" in rows else empty("phrases")
    split = by_phrase(joined, spent, is_personal)
    if split is None:
        return campaigns.iloc[:0].assign(phrase="")
    facts = _without_small(attribute(split, joined.settings.attribution))
    facts = _with_top(facts)
    table = period_rows(facts, BY)
    table = table.assign(last=table["phrase"] == OTHER)
    order = ["last", "cost", "leads", *BY]
    table = table.sort_values(order, ascending=[True, False, False, *[True] * len(BY)])
    return table.drop(columns="last").reset_index(drop=True)


def _without_small(facts: Facts) -> Facts:
    """Rows with fewer new patients than `min_patients` under one name."""
    if facts.settings.min_patients <= 1:
        return facts
    keys, sums = _sums(facts, "new_patients")
    small = sums.index[sums["new_patients"] < facts.settings.min_patients - TOLERANCE]
    other = (OTHER, NO_CAMPAIGN, OTHER, OTHER)
    return _renamed(facts, _among(keys, small)[keys.code], dict(zip(BY, other, strict=True)))


def _with_top(facts: Facts) -> Facts:
    """All but the dearest phrases (ties: most leads, then text) called «Прочее»."""
    keys, sums = _sums(facts, "cost", "leads")
    sums = sums[sums["phrase"] != OTHER]
    order = sums.sort_values(["cost", "leads", *BY], ascending=[False, False, *[True] * len(BY)])
    top = _among(keys, order.index[: facts.settings.phrases_top])
    # Phrases that nothing happened to in the period are of the rest: its LTV is theirs, too.
    return _renamed(facts, ~top[keys.code], {"phrase": OTHER})


def _sums(facts: Facts, *measures: str) -> tuple[GroupKeys, pd.DataFrame]:
    """The codes of BY over the groups, and whole sums of the period by code, BY beside them, of
    codes that anything happened to in it."""
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    keys = codes(facts.groups, BY)
    happened = {name: event.during(first, last) for name, event in events(facts).items()}
    groups = np.concatenate([event.group for event in happened.values()])
    seen = np.bincount(keys.code[groups], minlength=len(keys)) > 0
    sums = {n: happened[n].sums(keys.code[happened[n].group], len(keys)) for n in measures}
    return keys, keys.labels.assign(**sums)[seen]


def _among(keys: GroupKeys, some: pd.Index) -> Bools:
    """Which codes are among some."""
    among = np.zeros(len(keys), dtype=bool)
    among[some] = True
    return among


def _renamed(facts: Facts, rows: Bools, names: Mapping[str, str]) -> Facts:
    groups = facts.groups
    columns = {n: groups[n].mask(rows, name).astype(groups[n].dtype) for n, name in names.items()}
    return replace(facts, groups=groups.assign(**columns))
