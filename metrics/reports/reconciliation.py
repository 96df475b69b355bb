"""Reconciliation (Сверка): by month and channel, what ads, call tracking and the CRM each counted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from metrics.calendar import month_number, month_numbers
from metrics.facts import Facts
from metrics.join.join import Joined
from metrics.measures.contacts import CONTACTS, CRM, contacts, lost_margin
from metrics.settings import TOTAL
from metrics.sums import ratio

#: Rows of the CRM that are leads: with the leads from tracking they are all leads.
LEADS = ("in_tracking", "crm_no_phone", "other_way", "not_in_tracking")
COLUMNS = (
    "month", "channel", "clicks", "sessions", "sessions_per_click",
    "contacts", *CONTACTS, "lost_margin", "crm_rows", *CRM,
    "tracking_leads", "leads", "booked", "visited", "contract", "agrees",
)  # fmt: skip
_KEYS = ["month", "channel"]


def reconciliation(facts: Facts, joined: Joined, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Definitions §20: the last `funnel_months`, newest first, a row per channel, then «Итого».

    Out: COLUMNS; month datetime64, counts as floats, lost_margin in kopecks; `contacts` is the sum
    of CONTACTS, `crm_rows` of CRM; `agrees`: the leads are those counted on both sides.
    """
    month = month_number(facts.settings.as_of) - facts.settings.funnel_months + 1
    sides = _sides(contacts(facts, joined, rows))
    table = pd.concat([sides, _counted(facts)]).groupby(_KEYS).sum().reset_index()
    table = table[(table["month"] >= month) & (table.drop(columns=_KEYS) != 0).any(axis=1)]
    if table.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    number = table.rename(columns={"not_in_crm": "contacts"})[["channel", "contacts"]]
    table = table.assign(lost_margin=lost_margin(facts, joined, number))
    whole = table.drop(columns="channel").groupby("month").sum(skipna=False)
    table = pd.concat([table, whole.reset_index().assign(channel=TOTAL)], ignore_index=True)
    table = table.assign(
        contacts=table[list(CONTACTS)].sum(axis=1),
        crm_rows=table[list(CRM)].sum(axis=1),
        sessions_per_click=ratio(table["sessions"].to_numpy(), table["clicks"].to_numpy()),
        agrees=np.isclose(table["leads"], table[[*LEADS, "tracking_leads"]].sum(axis=1)),
        last=table["channel"] == TOTAL,
    ).sort_values(["month", "last", "leads", "channel"], ascending=[False, True, False, True])
    days = table["month"].to_numpy().astype("datetime64[M]").astype("datetime64[us]")
    return table.assign(month=days).reindex(columns=list(COLUMNS)).reset_index(drop=True)


def _sides(items: pd.DataFrame) -> pd.DataFrame:
    """Weights of both sides by month and channel, a column per kind; leads of tracking."""
    items = items.assign(month=month_numbers(items["day"].to_numpy()))
    wide = items.pivot_table(
        index=_KEYS, columns="kind", values="weight", aggfunc="sum", fill_value=0.0
    ).reindex(columns=[*CONTACTS, *CRM], fill_value=0.0)
    led = items[items["lead"]].groupby(_KEYS)["weight"].sum()
    return wide.assign(tracking_leads=led.reindex(wide.index, fill_value=0.0)).reset_index()


def _counted(facts: Facts) -> pd.DataFrame:
    """What the other tabs count: clicks, visits to the site, leads and what became of them."""
    leads = facts.leads[~facts.leads["repeat"]]
    weight = leads["weight"]
    outcomes = {name: weight * leads[name] for name in ("booked", "visited", "contract")}
    parts = [
        leads[["day", "group"]].assign(leads=weight, **outcomes),
        facts.costs[["day", "group", "clicks"]],
        facts.traffic[["day", "group", "sessions"]],
    ]
    table = pd.concat(parts, ignore_index=True).fillna(0.0)
    day, group = table["day"].to_numpy(np.int64), table["group"].to_numpy(np.int64)
    channel = facts.groups["channel"].to_numpy()[group]
    table = table.assign(month=month_numbers(day), channel=channel)
    return table.drop(columns=["day", "group"]).groupby(_KEYS).sum().reset_index()
