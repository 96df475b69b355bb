"""Contacts of the report's period that the CRM has not, and what they would have brought."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from metrics.facts import Facts, day_number
from metrics.join.join import Joined
from metrics.measures.contacts import KINDS, contacts
from metrics.sums import group_sum, within


def missed_contacts(facts: Facts, joined: Joined, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Definitions §24: one row, `contacts` and `lost_margin` (kopecks, NaN where unknown)."""
    settings = facts.settings
    sides = contacts(facts, joined, rows)
    first, last = day_number(settings.first), day_number(settings.last)
    missed = within(sides.day, first, last) & (sides.kind == KINDS.index("not_in_crm"))
    at = np.flatnonzero(missed)
    number = group_sum(sides.channel.codes[at], sides.weight[at], len(sides.channel.values))
    return pd.DataFrame(
        {"contacts": [float(number.sum())], "lost_margin": [float(sides.lost(number).sum())]}
    )
