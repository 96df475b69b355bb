"""The clinic of `bench.clinic` with visits to its site, clicks and calls before its leads."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.clinic import YEARS, clinic
from bench.columns import ids, microseconds, times, words
from metrics.schema import conform

#: How a lead says who came and how often; those who say nothing have their own utm and source.
WAYS = {"client": 0.7, "yclid": 0.08, "call": 0.1, "phone": 0.05, "nothing": 0.07}
#: What a visit looks like, and how often: traffic source, advertising system, utm source and medium.
_VISITS = (
    ("ad", "ya_direct", "yandex", "cpc", 0.2),
    ("ad", "", "vk_ads", "cpc", 0.07),
    ("ad", "", "2gis", "maps", 0.03),
    ("organic", "", "", "", 0.24),
    ("direct", "", "", "", 0.18),
    ("internal", "", "", "", 0.1),
    ("referral", "", "", "", 0.06),
    ("social", "", "vk", "social", 0.05),
    ("messenger", "", "telegram", "post", 0.04),
    ("saved", "", "", "", 0.03),
)
_CAMPAIGNS = ("поиск | бренд", "поиск | имплантация", "рся | скидка", "рся | ретаргет", "лето")
_DAY, _SECOND = 86_400_000_000, 1_000_000


def touched_clinic(touches: int, leads: int, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Conformed frames: `leads` leads, `touches` touches, calls, and what makes a lead a conversion:
    every tenth appointment and payment of a clinic of three years.

    A sixth of the touches are of people who never asked; some are older than any look-back window,
    some later than their lead.
    """
    random = np.random.default_rng(seed)
    frames = clinic(round(leads / 0.3), seed).frames
    rows = frames["leads"]
    way = random.choice(list(WAYS), leads, p=list(WAYS.values()))
    way = np.where((rows["person_key"] == "") & np.isin(way, ("call", "phone")), "nothing", way)
    visitor = np.arange(leads)
    again = random.random(leads) < 0.1
    visitor[again] = (random.random(again.sum()) * visitor[again]).astype(np.int64)

    visits, lead = _touches(random, touches, rows, way, visitor)
    clicks = visits.assign(lead=lead)[visits["yclid"] != ""].drop_duplicates("lead")
    click = clicks.set_index("lead")["yclid"].reindex(np.arange(leads)).fillna("1" * 19)
    own = rows.assign(
        ym_client_id=_clients(np.where(way == "client", visitor, -1)),
        yclid=click.reset_index(drop=True).where(way == "yclid", ""),
    )
    return {
        "leads": conform("leads", own),
        "touches": conform("touches", visits),
        "calls": conform("calls", _calls(random, rows, np.flatnonzero(way == "call"), visitor)),
        "appointments": frames["appointments"].iloc[::10].reset_index(drop=True),
        "payments": frames["payments"].iloc[::10].reset_index(drop=True),
    }


def _touches(
    random: np.random.Generator, count: int, rows: pd.DataFrame, way: np.ndarray, who: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """Touches in order of time, to the second, and the lead of each (-1: nobody's)."""
    created = microseconds(rows["created_at"])
    pool = np.flatnonzero(way != "nothing")
    often = random.exponential(1, len(pool))
    lead = random.choice(pool, count, p=often / often.sum())
    lead[random.random(count) < 1 / 6] = -1
    before = random.exponential(25 * _DAY, count) * random.choice((1, -1), count, p=(0.96, 0.04))
    somewhen = created.min() + random.random(count) * YEARS * 365 * _DAY
    at = np.where(lead >= 0, created[lead] - before, somewhen)
    at = np.minimum(at, created.max()).astype(np.int64) // _SECOND * _SECOND
    order = np.argsort(at, kind="stable")
    at, lead = at[order], lead[order]

    kind = random.choice(len(_VISITS), count, p=[v[-1] for v in _VISITS])
    tagged = np.array([v[2] != "" for v in _VISITS])[kind]
    clicked = (kind == 0) & (random.random(count) < 0.8)
    # A call centre's own list of touches knows phones instead of ClientIDs.
    by_phone = (lead >= 0) & (
        (way[lead] == "phone") | ((way[lead] == "yclid") & (random.random(count) < 0.1))
    )
    person = rows["person_key"].iloc[lead].reset_index(drop=True)
    stranger = len(who) + random.integers(0, len(who), count)
    frame = pd.DataFrame(
        {
            "source": words(("metrica:visits",), np.zeros(count, np.int64)),
            "touch_id": ids("V", count),
            "at": times(at),
            "ym_client_id": _clients(
                np.where(by_phone, -1, np.where(lead >= 0, who[lead], stranger))
            ),
            "person_key": person.where(by_phone, ""),
            "traffic_source": words([v[0] for v in _VISITS], kind),
            "adv_engine": words([v[1] for v in _VISITS], kind),
            "utm_source": words([v[2] for v in _VISITS], kind),
            "utm_medium": words([v[3] for v in _VISITS], kind),
            "utm_campaign": words(
                [*_CAMPAIGNS, ""], np.where(tagged, random.integers(0, len(_CAMPAIGNS), count), -1)
            ),
            "yclid": ids("17", count).where(clicked, ""),
        }
    )
    return frame, lead


def _calls(
    random: np.random.Generator, rows: pd.DataFrame, lead: np.ndarray, who: np.ndarray
) -> pd.DataFrame:
    """Two calls of each lead: most within half an hour of it, with the visitor, a source or neither."""
    lead = np.repeat(lead, 2)
    count = len(lead)
    at = microseconds(rows["created_at"])[lead] + random.integers(-2_700, 2_700, count) * _SECOND
    tells = random.choice(3, count, p=(0.6, 0.25, 0.15))
    return pd.DataFrame(
        {
            "source": words(("file:calls",), np.zeros(count, np.int64)),
            "call_id": ids("C", count),
            "started_at": times(at),
            "person_key": rows["person_key"].iloc[lead].reset_index(drop=True),
            "ym_client_id": _clients(np.where(tells == 0, who[lead], -1)),
            "source_raw": words(("", "2ГИС", ""), tells),
            "is_unique": np.zeros(count, dtype=bool),
        }
    )


def _clients(visitor: np.ndarray) -> pd.Series:
    """ClientIDs of visitors, 19 digits; "" where there is none (-1)."""
    digits = pd.Series(10**18 + visitor * 7_919, dtype="int64").astype("str")
    return digits.where(visitor >= 0, "")
