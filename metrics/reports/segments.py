"""Segments (Сегменты): who looked at prices, read questions, left a form – and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from metrics.coded import Ints, fold
from metrics.facts import NEVER, Facts, day_number
from metrics.join.join import Joined
from metrics.measures.visitors import (
    NO_VISIT,
    SEGMENT_PATTERNS,
    ClientLeads,
    SegmentPattern,
    client_leads,
    goal_names,
    site_visits,
)
from metrics.sources import SourceFreshness
from metrics.sums import by_patient, known_sum, ratio

EVERYBODY = "Все посетители"
COLUMNS = (
    *("segment", "visitors_30", "visitors_90", "without_lead", "leads", "lead_share", "lift"),
    *("new_patients", "margin", "left_out"),
)
_MONTH, _QUARTER = 30, 90


def segments(
    facts: Facts,
    joined: Joined,
    rows: Mapping[str, pd.DataFrame],
    sources: Sequence[SourceFreshness] = (),
    segment_patterns: Sequence[SegmentPattern] = SEGMENT_PATTERNS,
) -> pd.DataFrame:
    """Definitions §19: all visitors, then a row per segment, most visitors first.

    Out: COLUMNS; people as floats, margin in kopecks, NaN where empty. A visitor may be in several
    segments. Those of fewer visitors than `min_patients` have no row: `left_out` says how many, in
    every row. No visit with a ClientID, no row.
    """
    if "touches" not in rows:
        return pd.DataFrame(columns=list(COLUMNS))
    visits = site_visits(rows["touches"], goal_names(sources), facts.settings, _QUARTER)
    if not len(visits.at):
        return pd.DataFrame(columns=list(COLUMNS))
    month = visits.since(day_number(facts.settings.as_of) - _MONTH + 1)
    leads = client_leads(joined, visits.clients)
    named = {EVERYBODY: None} | by_segment(segment_patterns)
    records = [
        {"segment": name, "visitors_30": float((month.first(patterns) < NO_VISIT).sum())}
        | _numbers(facts, visits.first(patterns), leads)
        for name, patterns in named.items()
    ]
    table = pd.DataFrame(records)
    share = ratio(table["visitors"].to_numpy(), table["visitors_90"].to_numpy())
    table = table.assign(lead_share=share, lift=ratio(share, share[0]), other=table.index > 0)
    small = table["visitors_90"] < facts.settings.min_patients * (facts.settings.min_patients > 1)
    table = table[~small].assign(left_out=int(small.sum()))
    order = ["other", "visitors_30", "segment"]
    table = table.sort_values(order, ascending=[True, False, True], ignore_index=True)
    return table[list(COLUMNS)]


def by_segment(patterns: Iterable[SegmentPattern]) -> dict[str, list[SegmentPattern]]:
    """Rows of one segment, whatever its case, under the name that stands first."""
    spelled: dict[str, str] = {}
    named: dict[str, list[SegmentPattern]] = {}
    for row in patterns:
        named.setdefault(spelled.setdefault(fold(row.segment), row.segment), []).append(row)
    return named


def _numbers(facts: Facts, first: Ints, leads: ClientLeads) -> dict[str, float]:
    """What became of the visitors whose first visit is `first`."""
    theirs = leads.of(first)
    visitors = (first < NO_VISIT).sum()
    with_lead = len(np.unique(theirs.client))
    patients, pay = facts.patients, facts.payments
    theirs_rows = np.isin(patients["lead"].to_numpy(), theirs.lead)
    acquired = by_patient(patients, theirs_rows, absent=0)
    paid_day = by_patient(patients, patients["paid_day"].to_numpy(), NEVER)
    money = np.flatnonzero(pay["revenue"].to_numpy())
    money = money[acquired[pay["patient"].to_numpy()[money]] > 0]
    margin, certain = (pay[name].to_numpy()[money] for name in ("margin", "known"))
    return {
        "visitors_90": float(visitors),
        "visitors": float(with_lead),
        "without_lead": float(visitors - with_lead),
        "leads": float(len(np.unique(theirs.lead))),
        "new_patients": float(((acquired > 0) & (paid_day < NEVER)).sum()),
        "margin": float(known_sum(np.zeros(len(money), dtype=np.int64), margin, certain, 1)[0]),
    }
