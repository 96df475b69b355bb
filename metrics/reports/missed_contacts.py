"""Contacts of the report's period that the CRM has not, and what they would have brought."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from metrics.facts import Facts, day_number
from metrics.join.join import Joined
from metrics.measures.contacts import contacts, lost_margin
from metrics.sums import within


def missed_contacts(facts: Facts, joined: Joined, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Definitions §24: one row, `contacts` and `lost_margin` (kopecks, NaN where unknown)."""
    settings = facts.settings
    items = contacts(facts, joined, rows).query("kind == 'not_in_crm'")
    first, last = day_number(settings.first), day_number(settings.last)
    items = items[within(items["day"].to_numpy(), first, last)]
    number = items.groupby("channel")["weight"].sum().rename("contacts").reset_index()
    lost = lost_margin(facts, joined, number)
    return pd.DataFrame(
        {"contacts": [float(number["contacts"].sum())], "lost_margin": [lost.sum()]}
    )
