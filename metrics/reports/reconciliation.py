"""Reconciliation (Сверка): by month and channel, what ads, call tracking and the CRM each counted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from metrics.calendar import month_number, month_numbers
from metrics.coded import Bools, Floats, Ints
from metrics.facts import Facts
from metrics.join.join import Joined
from metrics.measures.contacts import CONTACTS, CRM, KINDS, contacts
from metrics.settings import TOTAL
from metrics.sums import group_sum, ratio

#: Rows of the CRM that are leads: with the leads from tracking they are all leads.
LEADS = ("in_tracking", "crm_no_phone", "other_way", "not_in_tracking")
COLUMNS = (
    "month", "channel", "clicks", "sessions", "sessions_per_click",
    "contacts", *CONTACTS, "lost_margin", "crm_rows", *CRM,
    "tracking_leads", "leads", "booked", "visited", "contract", "agrees",
)  # fmt: skip


def reconciliation(facts: Facts, joined: Joined, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Definitions §20: the last `funnel_months`, newest first, a row per channel, then «Итого».

    Out: COLUMNS; month datetime64, counts as floats, lost_margin in kopecks; `contacts` is the sum
    of CONTACTS, `crm_rows` of CRM; `agrees`: the leads are those counted on both sides.
    """
    first = month_number(facts.settings.as_of) - facts.settings.funnel_months + 1
    sides = contacts(facts, joined, rows)
    channels = sides.channel.values
    each = _Cells(first, len(channels), sides.day, sides.channel.codes)
    sums = {name: each.sums(sides.weight, sides.kind == at) for at, name in enumerate(KINDS)}
    sums |= {"tracking_leads": each.sums(sides.weight, sides.lead)}
    sums |= _counted(facts, first, sides.of_group, len(channels))
    months = max(len(values) for values in sums.values())
    sums = {name: np.pad(v, ((0, months - len(v)), (0, 0))) for name, v in sums.items()}
    seen = np.any([values != 0 for values in sums.values()], axis=0)
    if not seen.any():
        return pd.DataFrame(columns=list(COLUMNS))
    if facts.traffic.empty:
        # Nobody counts visits to the site (§5): their number is not 0 but unknown.
        sums["sessions"] = np.full_like(sums["sessions"], np.nan)
    sums["lost_margin"] = sides.lost(sums["not_in_crm"])
    return _ordered(_with_totals(sums, seen), first, [*channels, TOTAL])


class _Cells:
    """Rows from the month `first` on, by month and channel: sums are months × channels."""

    def __init__(self, first: int, channels: int, day: Ints, channel: Ints) -> None:
        month = month_numbers(day) - first
        self.rows = np.flatnonzero(month >= 0)
        self.shape = max(int(month.max(initial=-1)) + 1, 0), channels
        self.cell = (month * channels + channel)[self.rows]

    def sums(self, value: Floats | Ints, only: Bools | None = None) -> Floats:
        """Sums of a value of each row, of some rows where given."""
        cell, rows = self.cell, self.rows
        if only is not None:
            cell, rows = cell[only[rows]], rows[only[rows]]
        size = self.shape[0] * self.shape[1]
        return group_sum(cell, value[rows], size).reshape(self.shape)


def _counted(facts: Facts, first: int, of_group: Ints, channels: int) -> dict[str, Floats]:
    """What the other tabs count: clicks, visits to the site, leads and what became of them."""

    def cells(frame: pd.DataFrame) -> _Cells:
        return _Cells(first, channels, frame["day"].to_numpy(), of_group[frame["group"].to_numpy()])

    leads, of_leads = facts.leads, cells(facts.leads)
    weight = np.where(leads["repeat"].to_numpy(), 0.0, leads["weight"].to_numpy())
    return {
        "clicks": cells(facts.costs).sums(facts.costs["clicks"].to_numpy()),
        "sessions": cells(facts.traffic).sums(facts.traffic["sessions"].to_numpy()),
        "leads": of_leads.sums(weight),
    } | {
        name: of_leads.sums(weight, leads[name].to_numpy())
        for name in ("booked", "visited", "contract")
    }


def _with_totals(sums: dict[str, Floats], seen: Bools) -> pd.DataFrame:
    """A row per seen month and channel, and one more channel: the month's own sums."""
    shown = np.column_stack([seen, seen.any(axis=1)])
    month, channel = np.nonzero(shown)
    wide = {n: np.column_stack([v, v.sum(axis=1)])[shown] for n, v in sums.items()}
    return pd.DataFrame({"month": month, "channel": channel, **wide})


def _ordered(table: pd.DataFrame, first: int, channels: list[str]) -> pd.DataFrame:
    """Newest first, most leads first, then by name; «Итого» last."""
    sums = {name: table[name].to_numpy() for name in table}
    names = np.array(channels, dtype=object)[sums["channel"]]
    ours = sum(sums[name] for name in (*LEADS, "tracking_leads"))
    days = (sums["month"] + first).astype("datetime64[M]").astype("datetime64[us]")
    made = table.assign(
        month=days,
        channel=pd.Series(names, dtype="str"),
        contacts=sum(sums[name] for name in CONTACTS),
        crm_rows=sum(sums[name] for name in CRM),
        sessions_per_click=ratio(sums["sessions"], sums["clicks"]),
        agrees=np.isclose(sums["leads"], ours),
        last=sums["channel"] == len(channels) - 1,
    ).sort_values(["month", "last", "leads", "channel"], ascending=[False, True, False, True])
    return made.reindex(columns=list(COLUMNS)).reset_index(drop=True)
