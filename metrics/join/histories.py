"""The touches before each lead: by ClientID, else yclid, else a tracked call, else its own words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.calendar import DAY, MINUTE, microseconds
from metrics.coded import Bools, Coded, Ints, begins, concat, constant, encode, encode_keys
from metrics.settings import Settings

#: How a lead's touches were found, from the surest rung down.
RUNGS = ("client_id", "yclid", "call", "utm", "source", "none")
#: What the channel rules look at in a touch.
FIELDS = (
    "source_raw",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "referrer_domain",
    "traffic_source",
    "adv_engine",
    "contact_type",
)


@dataclass(frozen=True)
class Histories:
    """The touches of every kept lead, by rising lead row, then time.

    lead    kept lead row of each touch; `at` when it was (µs UTC)
    came_back  the lead's very last touch was an internal one, which is left out
    rung    index into RUNGS, the same for all touches of a lead
    fields  what the channel rules look at, by name; `has_yclid` whether there is a yclid
    """

    lead: Ints
    at: Ints
    came_back: Bools
    rung: Ints
    fields: dict[str, Coded]
    has_yclid: Bools


def histories(frames: dict[str, pd.DataFrame], kept: Ints, settings: Settings) -> Histories:
    """Find the touches of `kept` leads (rows of frames["leads"], rising) in the look-back window.

    The ladder: touches of the lead's ClientID; of the ClientID that clicked its yclid; of the
    ClientID of a call from its phone within `call_minutes`, else that call itself, else touches
    of its phone; else the lead's own utm; else its source field. A touch is at most
    `lookback_days` × 24 h older than the lead, and not later than it. An `internal` touch is not
    a channel: it is left out where the lead has another.
    """
    leads, touches, calls = frames["leads"], frames["touches"], frames["calls"]
    search = _Search(leads.iloc[kept], touches, calls, settings)
    parts = [
        (place, item, np.full(len(place), RUNGS.index(rung), dtype=np.int64))
        for rung, place, item in search.ladder()
    ]
    place, item, rung = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    at = search.times[item]
    # A rung finds the touches of a lead in order of time: only leads are out of order.
    order = np.argsort(place, kind="stable")
    place, item, rung, at = place[order], item[order], rung[order], at[order]
    internal = _is_internal(search.fields["traffic_source"].take(item))
    others = np.bincount(place[~internal], minlength=len(kept))
    keep = ~internal | (others[place] == 0)
    came_back = np.zeros(len(kept), dtype=bool)
    came_back[place] = internal  # in order of time: the last one stays
    place, item, rung, at = place[keep], item[keep], rung[keep], at[keep]
    fields = {name: column.take(item) for name, column in search.fields.items()}
    return Histories(kept[place], at, came_back[place], rung, fields, search.has_yclid[item])


def _is_internal(source: Coded) -> Bools:
    return source.where(np.array([v == "internal" for v in source.values], dtype=bool))


class _Search:
    """Touches, calls and the leads themselves as one list of items; a rung finds items."""

    def __init__(
        self, leads: pd.DataFrame, touches: pd.DataFrame, calls: pd.DataFrame, settings: Settings
    ) -> None:
        self.created = microseconds(leads["created_at"])
        self.oldest = self.created - settings.lookback_days * DAY
        self.near = settings.call_minutes * MINUTE
        self.call_at = microseconds(calls["started_at"])
        self.touch_at = microseconds(touches["at"])
        self.first_call = len(touches)
        self.first_lead = len(touches) + len(calls)
        self.times = np.concatenate([self.touch_at, self.call_at, self.created])
        tables = (touches, calls, leads)
        self.fields = {
            name: concat(
                [encode(t[name]) if name in t.columns else constant("", len(t)) for t in tables]
            )
            for name in FIELDS
        }
        self.has_yclid = np.concatenate([(t["yclid"] != "").to_numpy() for t in tables])
        if not self.first_lead:
            return
        (self.touch_client, self.call_client, self.lead_client), clients = encode_keys(
            *(t["ym_client_id"] for t in tables)
        )
        (touch_yclid, _, self.lead_yclid), clicks = encode_keys(*(t["yclid"] for t in tables))
        (touch_person, self.call_person, self.lead_person), persons = encode_keys(
            *(t["person_key"] for t in tables)
        )
        self.by_client = _shelved(self.touch_client, self.touch_at, clients)
        self.by_yclid = _shelved(touch_yclid, self.touch_at, clicks)
        self.by_person = _shelved(touch_person, self.touch_at, persons)
        #: The touch with the smallest id of each yclid; -1 where no touch has it.
        self.first_click = np.full(clicks + 1, -1)
        self.first_click[touch_yclid[::-1]] = np.arange(len(touches))[::-1]
        self.first_click[-1] = -1

    def ladder(self) -> list[tuple[str, Ints, Ints]]:
        """Rung by rung the pairs (lead, item) found for leads that no rung above has found."""
        open_leads = np.ones(len(self.created), dtype=bool)
        looking = np.arange(len(self.created))
        found: list[tuple[str, Ints, Ints]] = []
        rungs = (
            ("client_id", lambda who: self._of_client(who, self.lead_client[who])),
            ("yclid", self._by_yclid),
            ("call", self._by_call),
            ("call", self._by_phone),
        )
        # With neither touches nor calls there is nothing to climb to.
        for rung, find in rungs if self.first_lead else ():
            place, item = find(looking)
            found.append((rung, place, item))
            open_leads[place] = False
            looking = np.flatnonzero(open_leads)
        own = self.first_lead + looking
        tagged = self._tagged(own)
        sourced = ~tagged & self._tells(own)
        for rung, mask in (("utm", tagged), ("source", sourced), ("none", ~tagged & ~sourced)):
            found.append((rung, looking[mask], own[mask]))
        return found

    def _tagged(self, item: Ints) -> Bools:
        tagged = self.has_yclid[item]
        for name in ("utm_source", "utm_medium", "utm_campaign"):
            tagged = tagged | self.fields[name].take(item).filled()
        return tagged

    def _tells(self, item: Ints) -> Bools:
        return self._tagged(item) | self.fields["source_raw"].take(item).filled()

    def _of_client(self, who: Ints, client: Ints) -> tuple[Ints, Ints]:
        return self._in_window(who, client, self.by_client)

    def _by_yclid(self, who: Ints) -> tuple[Ints, Ints]:
        """The history of the ClientID that made the click, else the click alone."""
        clicked = self.lead_yclid[who]
        touch = self.first_click[clicked]
        hit = touch >= 0
        place, item = self._of_client(who[hit], self.touch_client[touch[hit]])
        alone, click = self._in_window(who, clicked, self.by_yclid)
        more = ~np.isin(alone, place)
        return np.concatenate([place, alone[more]]), np.concatenate([item, click[more]])

    def _by_call(self, who: Ints) -> tuple[Ints, Ints]:
        """The history of the ClientID of the nearest call of the phone, else that call itself."""
        order = np.lexsort((self.call_at, self.call_person))
        person, at = self.call_person[order], np.append(self.call_at[order], 0)
        mine = self.lead_person[who]
        low = np.searchsorted(person, mine, side="left")
        high = np.searchsorted(person, mine, side="right")
        spot = _bisect(at, low, high, self.created[who])
        # Of calls before the lead the last moment's, and of that moment's the first id.
        before = np.where(spot > low, _bisect(at, low, spot, at.take(spot - 1, mode="clip")), -1)
        best, gap = np.full(len(who), -1), np.full(len(who), self.near + 1)
        for candidate in (before, spot):
            inside = (candidate >= low) & (candidate < high) & (mine >= 0)
            distance = np.full(len(who), self.near + 1)
            distance[inside] = np.abs(at[candidate[inside]] - self.created[who[inside]])
            better = distance < gap
            best[better], gap[better] = candidate[better], distance[better]
        hit = best >= 0
        call = order[best[hit]]
        place, item = self._of_client(who[hit], self.call_client[call])
        # A call that says nothing of where it came from is no touch: the lead's own words are more.
        alone = ~np.isin(who[hit], place) & self._tells(self.first_call + call)
        return (
            np.concatenate([place, who[hit][alone]]),
            np.concatenate([item, self.first_call + call[alone]]),
        )

    def _by_phone(self, who: Ints) -> tuple[Ints, Ints]:
        return self._in_window(who, self.lead_person[who], self.by_person)

    def _in_window(self, who: Ints, key: Ints, shelf: _Shelf) -> tuple[Ints, Ints]:
        """Pairs of leads `who` and touches with their `key` within the look-back window."""
        # Without a key `low` is the end and `high` the beginning: nothing lies between.
        low, high = shelf.start[key], shelf.start[key + 1]
        first = _bisect(shelf.at, low, high, self.oldest[who])
        last = _bisect(shelf.at, first, high, self.created[who] + 1)
        count = last - first
        begin = np.cumsum(count) - count
        step = np.arange(count.sum()) - np.repeat(begin, count)
        return np.repeat(who, count), shelf.touch[np.repeat(first, count) + step]


@dataclass(frozen=True)
class _Shelf:
    """Touches that have a key, by key, then time; those of key k are at start[k] … start[k + 1]."""

    touch: Ints
    at: Ints
    start: Ints


def _shelved(key: Ints, at: Ints, keys: int) -> _Shelf:
    """Touches (their key, -1 for none, and time) on a shelf of so many keys."""
    touch = np.flatnonzero(key >= 0)
    touch = touch[np.lexsort((at[touch], key[touch]))]
    return _Shelf(touch, at[touch], begins(key[touch], keys))


def _bisect(values: Ints, low: Ints, high: Ints, wanted: Ints) -> Ints:
    """For each row the first place in [low, high) whose value is not below `wanted`."""
    low, high = low.copy(), high.copy()
    while True:
        live = np.flatnonzero(low < high)
        if not len(live):
            return low
        middle = (low[live] + high[live]) // 2
        below = values[middle] < wanted[live]
        low[live[below]] = middle[below] + 1
        high[live[~below]] = middle[~below]
