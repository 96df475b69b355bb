"""Contacts of call tracking beside rows of the CRM: what each is, which are one, what is missing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from metrics.calendar import DAY, HOUR, end_of, local_days, microseconds
from metrics.coded import Bools, Floats, encode, look_up
from metrics.facts import Facts, day_number
from metrics.join.call_leads import PREFIX, unique_calls
from metrics.join.join import Joined
from metrics.join.rules import RuleRows, classify
from metrics.schema import empty
from metrics.settings import NO_CHANNEL
from metrics.sums import TOLERANCE, by_patient, codes, group_sum, known_sum, ratio, within

#: What a contact is, what a row of the CRM is; of each the first that holds.
CONTACTS = (
    "in_crm", "outgoing", "no_phone", "repeated", "off_target", "missed", "patients", "not_in_crm",
)  # fmt: skip
CRM = (
    "spam", "duplicates", "repeat_requests", "in_tracking", "crm_no_phone", "other_way",
    "not_in_tracking",
)  # fmt: skip
#: From so many leads by phone on, a channel's margin of one is its own.
_ENOUGH = 10
_WORDS = ("source_raw", "utm_source", "utm_medium", "utm_campaign")


def contacts(facts: Facts, joined: Joined, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Definitions §20: a row per contact or CRM row, and share of it under a fractional model.

    Out: day int64, channel str, weight, kind (CONTACTS or CRM), lead bool (a lead from tracking,
    no repeat request).
    """
    calls, stored = (rows[n] if n in rows else empty(n) for n in ("calls", "leads"))
    items = pd.concat([_calls(joined, calls), _lead_rows(joined, stored)])
    items = items.reset_index(drop=True)
    leads, who = joined.rows["leads"], joined.who
    row = items["row"].to_numpy()
    paired = _paired(items, joined.settings.match_hours * HOUR)
    status = np.append(leads["status"].to_numpy(dtype=object), "")[row]
    kept = np.append(who.lead_kept, -1)[row]
    is_kept = (row >= 0) & (kept == row)
    spam, repeat = status == "spam", np.append(who.repeat, False)[row] & is_kept
    double = (row >= 0) & ~is_kept & ~spam
    no_phone = (items["person_key"] == "").to_numpy()
    way = items["contact_type"].isin(("call", "form", "")).to_numpy()
    call, tracking = items["call"].to_numpy(), items["tracking"].to_numpy()
    again = np.where(call, ~items["unique"], double).astype(bool)
    off = np.where(call, items["off"], spam).astype(bool)
    out, missed = (items[name].to_numpy(dtype=bool) for name in ("out", "missed"))
    contact = [paired, out, no_phone, again, off, missed, _seen(items, joined)]
    crm = [spam, double, repeat, paired, no_phone, ~way]
    items["kind"] = np.where(
        tracking,
        _first(contact, CONTACTS),
        _first(crm, CRM),
    )
    items["lead"] = tracking & is_kept & ~repeat
    items["day"] = local_days(items["at"].to_numpy(), joined.settings.zone)
    return _shares(items.assign(row=np.where(is_kept, row, -1)), facts, joined)


def _first(holds: list[Bools], names: tuple[str, ...]) -> npt.NDArray[np.object_]:
    """Row by row the name of the first that holds, else the last name."""
    place = np.select(holds, range(len(holds)), default=len(holds))
    first: npt.NDArray[np.object_] = np.array(names, dtype=object)[place]
    return first


def lost_margin(facts: Facts, joined: Joined, missing: pd.DataFrame) -> Floats:
    """Kopecks that contacts would have brought: their number × the margin of a lead by phone.

    In: `missing` with channel, contacts. Of the channel's leads of the report's period if there are
    enough, else of the clinic's, else NaN; 0 where nothing is missing.
    """
    settings, leads = facts.settings, facts.leads
    by_phone = (joined.rows["leads"]["contact_type"] == "call").to_numpy()
    inside = within(leads["day"].to_numpy(), *map(day_number, (settings.first, settings.last)))
    chosen = inside & ~leads["repeat"].to_numpy()
    chosen &= np.append(by_phone, False)[leads["lead"].to_numpy()]
    called = np.zeros(len(by_phone) + 1, dtype=bool)
    called[leads["lead"].to_numpy()[chosen]] = True
    keys = codes(facts.groups, ["channel"])
    count = group_sum(
        keys.code[leads["group"].to_numpy()[chosen]], leads["weight"].to_numpy()[chosen], len(keys)
    )
    pay = facts.payments
    lead = by_patient(facts.patients, facts.patients["lead"].to_numpy(), -1)
    paid = np.flatnonzero(pay["revenue"].to_numpy() & called[lead[pay["patient"].to_numpy()]])
    margin, known = (pay[name].to_numpy()[paid] for name in ("margin", "known"))
    brought = known_sum(keys.code[pay["group"].to_numpy()[paid]], margin, known, len(keys))
    clinic = ratio(brought.sum(), count.sum()).item() if count.sum() >= _ENOUGH else np.nan
    own = np.where(count >= _ENOUGH - TOLERANCE, ratio(brought, count), clinic)
    of_channel = dict(zip(keys.labels["channel"], own, strict=True))
    each = missing["channel"].map(of_channel).to_numpy(dtype=np.float64)
    each = np.where(missing["channel"].isin(list(of_channel)), each, clinic)
    number = missing["contacts"].to_numpy(dtype=np.float64)
    lost: Floats = np.where(number > 0, np.round(number * each), 0.0)
    return lost


def _calls(joined: Joined, calls: pd.DataFrame) -> pd.DataFrame:
    """Every call up to as_of, outgoing ones too."""
    leads, known = joined.rows["leads"], joined.rows["calls"]
    end = end_of(joined.settings.as_of, joined.settings.zone)
    calls = calls[microseconds(calls["started_at"]) < end]
    unique = unique_calls(leads[~leads["is_call"]], known, joined.settings)
    place = look_up(calls["call_id"], known["call_id"])
    return pd.DataFrame(
        {name: calls[name] for name in ("person_key", *_WORDS)}
        | {
            "id": calls["call_id"],
            "at": microseconds(calls["started_at"]),
            "yclid": (calls["yclid"] != ""),
            "contact_type": "call",
            "row": look_up(PREFIX + calls["call_id"], leads["lead_id"]),
            "call": True,
            "tracking": True,
            "out": calls["call_direction"] == "out",
            "unique": np.append(unique, True)[place],
            "off": ~calls["is_target"].fillna(value=True).astype(bool),
            "missed": is_missed(calls),
        }
    )


def is_missed(calls: pd.DataFrame) -> Bools:
    """Calls that nobody took: by status, without one if nobody talked."""
    silent = (calls["talk_duration"] == 0).fillna(value=False).to_numpy(dtype=bool)
    missed: Bools = (calls["status"] == "missed").to_numpy() | (
        (calls["status"] == "").to_numpy() & silent
    )
    return missed


def _lead_rows(joined: Joined, stored: pd.DataFrame) -> pd.DataFrame:
    """Every lead row up to as_of, of tracking and of the CRM, that is no call."""
    leads = joined.rows["leads"]
    own = leads[~leads["is_call"]]
    place = look_up(own["lead_id"], stored["lead_id"])
    return pd.DataFrame(
        {name: own[name] for name in ("person_key", *_WORDS, "contact_type", "referrer_domain")}
        | {
            "id": own["lead_id"],
            "at": microseconds(own["created_at"]),
            "yclid": (own["yclid"] != ""),
            "row": own.index.to_numpy(),
            "call": False,
            "tracking": (stored["role"] == "tracking").to_numpy()[place],
            "out": False,
            "unique": True,
            "off": False,
            "missed": False,
        }
    )


def _paired(items: pd.DataFrame, near: int) -> Bools:
    """Items that have their own on the other side: the nearest first, one to one."""
    paired = np.zeros(len(items), dtype=bool)
    table = items[["person_key", "at", "id"]].assign(place=np.arange(len(items)))
    known = (items["person_key"] != "") & ~items["out"]
    left = table[known & items["tracking"]]
    right = table[known & ~items["tracking"]]
    both = left.merge(right, on="person_key", suffixes=("", "_crm"))
    both = both.assign(gap=(both["at"] - both["at_crm"]).abs())
    both = both[both["gap"] <= near].sort_values(["gap", "id", "id_crm"])
    for one, other in zip(both["place"].tolist(), both["place_crm"].tolist(), strict=True):
        if not (paired[one] or paired[other]):
            paired[one] = paired[other] = True
    return paired


def _seen(items: pd.DataFrame, joined: Joined) -> Bools:
    """Items whose person had visited more than 24 hours before."""
    who, visits, payments = joined.who, joined.rows["appointments"], joined.rows["payments"]
    pairs = pd.DataFrame(
        {
            "person_key": pd.concat([visits["person_key"], payments["person_key"]]),
            "patient": np.concatenate([who.visit_patient, who.paid_patient]),
        }
    ).query("person_key != ''")
    first = who.first_visit[pairs["patient"].to_numpy()]
    starts = np.append(microseconds(visits["starts_at"]), np.iinfo(np.int64).max)
    earliest = pairs.assign(at=starts[first]).groupby("person_key")["at"].min()
    at = items["person_key"].map(earliest).fillna(np.iinfo(np.int64).max).to_numpy(np.float64)
    seen: Bools = items["at"].to_numpy(np.float64) - at > DAY
    return seen


def _shares(items: pd.DataFrame, facts: Facts, joined: Joined) -> pd.DataFrame:
    """Each item with its channel: a lead's own, else that of the rules over its own words."""
    names = ["day", "kind", "lead"]
    carried = facts.leads[["lead", "group", "weight"]].rename(columns={"lead": "row"})
    own = items.loc[items["row"] >= 0, [*names, "row"]].merge(carried, on="row")
    channel = facts.groups["channel"].to_numpy()[own["group"].to_numpy()]
    other = items[items["row"] < 0].reset_index(drop=True)
    ruled = other[names].assign(channel=_ruled(other, joined), weight=1.0)
    columns = ["day", "channel", "weight", "kind", "lead"]
    return pd.concat([own.assign(channel=channel)[columns], ruled[columns]], ignore_index=True)


def _ruled(items: pd.DataFrame, joined: Joined) -> pd.Series:
    if items.empty:
        return pd.Series([], dtype="str")
    words = (*_WORDS, "contact_type", "referrer_domain")
    fields = {name: encode(items[name].fillna("").astype("str")) for name in words}
    _, text, network, _ = joined.costs.book.inherit(fields["utm_campaign"])
    yclid: Bools = items["yclid"].to_numpy(dtype=bool)
    rows = RuleRows(len(items), {**fields, "utm_campaign": text, "network": network}, yclid)
    return classify(rows, joined.settings.rules, NO_CHANNEL).channel.text()
