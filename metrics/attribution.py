"""Which touches a lead is owed to, and how much of it to each: weights that add up to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.coded import Bools, Coded, Floats, Ints, constant, encode
from metrics.settings import Settings

#: How a lead's touches were found, from the surest rung down.
RUNGS = ("client_id", "yclid", "call", "utm", "source", "none")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


@dataclass(frozen=True)
class Touches:
    """The touches that share each lead, rising by lead row.

    lead     kept lead row of each touch
    weight   its share of the lead; shares of a lead add up to 1
    rung     index into RUNGS
    touches  how many touches the lead had in the look-back window
    fields   what the channel rules look at, by name; `has_yclid` whether there is a yclid
    """

    lead: Ints
    weight: Floats
    rung: Ints
    touches: Ints
    fields: dict[str, Coded]
    has_yclid: Bools


def own_touches(leads: pd.DataFrame, kept: Ints) -> Touches:
    """Each kept lead's own utm and source as its only touch. `kept` are rows of `leads`, rising."""
    names = ("source_raw", "utm_source", "utm_medium", "utm_campaign", "referrer_domain")
    fields = {n: encode(leads[n]).take(kept) for n in (*names, "contact_type")}
    fields |= {n: constant("", len(kept)) for n in ("traffic_source", "adv_engine")}
    has_yclid = (leads["yclid"] != "").to_numpy()[kept]
    tagged = has_yclid.copy()
    for name in ("utm_source", "utm_medium", "utm_campaign"):
        tagged |= fields[name].filled()
    rung = np.where(tagged, RUNGS.index("utm"), RUNGS.index("none"))
    rung[~tagged & fields["source_raw"].filled()] = RUNGS.index("source")
    one = np.ones(len(kept), dtype=np.int64)
    return Touches(kept, one.astype(np.float64), rung, one, fields, has_yclid)


def lead_touches(frames: dict[str, pd.DataFrame], kept: Ints, settings: Settings) -> Touches:
    """The touches of every kept lead under the attribution model of `settings`."""
    del settings
    return own_touches(frames["leads"], kept)
