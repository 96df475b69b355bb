"""Whose number called: a line of the clinic, or a person."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.people import e164
from sheets_sync.reading.values import Bools, has_text, truth

#: A caller whose number nobody sees: hidden by himself, or by stars of a cabinet.
_HIDDEN = r"скры|аноним|неизвест|не определ|anonym|unknown|private|hidden|restricted|withheld|\d.*[*xхX•…]{2,}"


def is_hidden(callers: pa.Array) -> Bools:
    """Which cells say that somebody called and do not say who."""
    return truth(pc.match_substring_regex(pc.utf8_lower(callers), _HIDDEN))


def of_clinic(callers: pa.Array, called: pa.Array) -> Bools:
    """Which calls a line of the clinic made: its number both calls and is called, and talks to more
    people than the other side does. `callers` are numbers as E.164, "" where nobody knows one;
    `called` are cells as they stand."""
    own = np.zeros(len(callers), dtype=bool)
    lines = e164(pc.unique(called))[0]
    if not has_text(lines.filter(pc.is_in(lines, value_set=pc.unique(callers)))).any():
        return own
    called = e164(called)[0]
    both = has_text(callers) & has_text(called)
    pairs = pd.DataFrame({"by": callers.to_pandas(), "to": called.to_pandas()})[both]
    turned = pairs.rename(columns={"by": "to", "to": "by"})
    talks = pd.concat([pairs, turned]).drop_duplicates()["by"].value_counts()
    more = pairs["by"].map(talks) > pairs["to"].map(talks)
    own[np.flatnonzero(both)] = (pairs["by"].isin(pairs["to"]) & more).to_numpy()
    return own
