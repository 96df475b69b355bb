"""The touches of each lead: visits by its ids or its call's, its own words, its own call."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from metrics.calendar import DAY, MINUTE, microseconds
from metrics.coded import Bools, Ints, begins, by_code
from metrics.cores import both, each
from metrics.entity_rows import EntityRows
from metrics.join.keys import how_many
from metrics.join.looks import Looks, looks
from metrics.settings import Settings

#: How a lead's touches were found, from the surest rung down.
RUNGS = ("client_id", "yclid", "call", "utm", "source", "none")
_CALL, _UTM, _SOURCE = (RUNGS.index(name) for name in ("call", "utm", "source"))
#: The rungs of the four ways to a lead's visits (`_Search._visits`), and the third of these.
_RUNG_OF_WAY = (RUNGS.index("client_id"), RUNGS.index("yclid"), _CALL, _CALL)
_BY_CALL = 2
#: Leads whose touches are looked for at once.
_AT_ONCE = 1 << 15


@dataclass(frozen=True)
class Histories:
    """The touches of every kept lead, by rising lead row, then time.

    lead    kept lead row of each touch; `at` when it was (µs UTC)
    came_back  the lead's very last touch was an internal one, which is left out
    rung    index into RUNGS: how surely the lead's touches are its own, the same for all of them
    look    row of `looks`: what the channel rules look at
    item    what it is: a row of touches, else (after these) of calls, else (after both) the
            place of its lead among them, which each of them has
    """

    lead: Ints
    at: Ints
    came_back: Bools
    rung: Ints
    look: Ints
    looks: Looks
    item: Ints

    @cached_property
    def starts(self) -> Ints:
        """Where the touches of each lead that has any begin."""
        return np.flatnonzero(np.diff(self.lead, prepend=-1))

    @cached_property
    def length(self) -> Ints:
        """How many touches each of these leads has."""
        return np.diff(np.append(self.starts, len(self.lead)))

    @cached_property
    def place(self) -> Ints:
        """The place of each touch's lead among them."""
        return np.repeat(np.arange(len(self.starts)), self.length)


def histories(rows: dict[str, EntityRows], kept: Ints, settings: Settings) -> Histories:
    """Find the touches of `kept` leads (rows of rows["leads"], rising) in the look-back window.

    Visits to the site by the first of these that finds any: the lead's ClientID; the ClientID that
    clicked its yclid; the ClientID of its nearest call within `call_minutes`; its phone. A lead
    with neither of the first two has its own words, utm or else source, as a touch of the moment it
    was created, also beside its call's visits. The nearest call within `call_lead_minutes`, if it
    tells anything and has brought no visits, is one touch more: the lead's words stay its own and
    come after it. A visit is at most `lookback_days` × 24 h older than the lead, and not later
    than it. An `internal` touch is not a channel: it is left out where the lead has another.
    """
    search = _Search(rows["leads"].take(kept), rows["touches"], rows["calls"], settings)
    # Leads do not ask each other: any core may look for the touches of some of them.
    some = [slice(at, at + _AT_ONCE) for at in range(0, max(len(kept), 1), _AT_ONCE)]
    parts = zip(*each([search.part(leads).touches for leads in some]), strict=True)
    place, at, came_back, rung, look, item = (np.concatenate(columns) for columns in parts)
    return Histories(kept[place], at, came_back, rung, look, search.looks, item)


class _Search:
    """Touches, calls and the leads themselves as one list of items; a rung finds items."""

    def __init__(
        self, leads: EntityRows, touches: EntityRows, calls: EntityRows, settings: Settings
    ) -> None:
        self.created = microseconds(leads["created_at"])
        self.oldest = self.created - settings.lookback_days * DAY
        self.visit_call = settings.call_minutes * MINUTE
        self.own_call = settings.call_lead_minutes * MINUTE
        self.is_call = leads["is_call"].to_numpy()
        self.call_at = microseconds(calls["started_at"])
        self.touch_at = microseconds(touches["at"])
        self.first_call = len(touches)
        self.first_lead = self.first_own = len(touches) + len(calls)
        self.times = np.concatenate([self.touch_at, self.call_at, self.created])
        tables = (touches, calls, leads)
        self.looks, self.look = both(
            partial(looks, tables), lambda: self._shelve(*tables) if self.first_lead else None
        )[0]

    def _shelve(self, touches: EntityRows, calls: EntityRows, leads: EntityRows) -> None:
        """Touches and calls by their keys, and the keys of leads."""
        client, click, person = (
            [table[name].to_numpy() for table in (touches, calls, leads)]
            for name in ("client", "click", "person")
        )
        self.touch_client, self.call_client, self.lead_client = client
        self.lead_click, self.lead_person = click[2], person[2]
        shelves = [
            partial(_shelved, client[0], self.touch_at, how_many(*client)),
            partial(_shelved, click[0], self.touch_at, how_many(*click)),
            partial(_shelved, person[0], self.touch_at, how_many(*person)),
            partial(_shelved, person[1], self.call_at, how_many(*person)),
        ]
        self.by_client, self.by_click, self.by_person, self.calls_by_person = each(shelves)
        #: The touch with the smallest id of each yclid; -1 where no touch has it.
        self.first_click = np.full(how_many(*click) + 1, -1)
        self.first_click[click[0][::-1]] = np.arange(self.first_call)[::-1]
        self.first_click[-1] = -1

    def part(self, some: slice) -> _Search:
        """The search for some of the leads alone."""
        part = copy(self)
        part.created, part.oldest, part.is_call = (
            of_leads[some] for of_leads in (self.created, self.oldest, self.is_call)
        )
        if self.first_lead:
            part.lead_client, part.lead_click, part.lead_person = (
                of_leads[some] for of_leads in (self.lead_client, self.lead_click, self.lead_person)
            )
        part.first_own = self.first_lead + some.start
        return part

    def touches(self) -> tuple[Ints, Ints, Bools, Ints, Ints, Ints]:
        """Of each touch the lead's place among all, the time, `came_back`, rung, look and item."""
        place, item, rung = self.pairs()
        # A call that began after the lead was created is one contact with it: not a later one.
        at = np.minimum(self.times[item], self.created[place])
        order = by_code(place, at)
        place, item, at = place[order], item[order], at[order]
        look = self.look[item]
        internal = self.looks.among("traffic_source", ("internal",))[look]
        others = np.bincount(place[~internal], minlength=len(self.created))
        keep = ~internal | (others[place] == 0)
        came_back = np.zeros(len(self.created), dtype=bool)
        came_back[place] = internal  # in order of time: the last one stays
        place = place[keep]
        lead = place + (self.first_own - self.first_lead)
        return lead, at[keep], came_back[place], rung[place], look[keep], item[keep]

    def pairs(self) -> tuple[Ints, Ints, Ints]:
        """Pairs (lead, item) – visits, then calls, then leads themselves – and each lead's rung."""
        everybody = np.arange(len(self.created))
        own = self.first_own + everybody
        tells = self._tells(own)
        rung = np.select(
            [self.is_call, self.looks.tagged[self.look[own]], tells],
            [_CALL, _UTM, _SOURCE],
            RUNGS.index("none"),
        )
        if not self.first_lead:  # neither touches nor calls: each lead is its only touch
            return everybody, own, rung
        place, item, way = self._visits(everybody)
        call = self._call(np.flatnonzero(~self.is_call & (way != _BY_CALL)), self.own_call)
        place, item = np.concatenate([place, call[0]]), np.concatenate([item, call[1]])
        alone = np.bincount(place, minlength=len(everybody)) == 0
        speaks = np.flatnonzero(alone | (tells & ((way < 0) | (way == _BY_CALL))))
        rung = np.where(way >= 0, np.array(_RUNG_OF_WAY)[way], rung)
        rung[call[0]] = np.minimum(rung[call[0]], np.where(tells[call[0]], len(RUNGS), _CALL))
        return np.concatenate([place, speaks]), np.concatenate([item, own[speaks]]), rung

    def _visits(self, looking: Ints) -> tuple[Ints, Ints, Ints]:
        """Pairs (lead, touch) by the first way that finds any, and that way of each lead, or -1."""
        ways = (self._by_client, self._by_yclid, self._by_call, self._by_phone)
        way, pairs = np.full(len(looking), -1), []
        for number, find in enumerate(ways):
            pairs.append(find(looking))
            way[pairs[-1][0]] = number
            looking = np.flatnonzero(way < 0)
        place, item = (np.concatenate(columns) for columns in zip(*pairs, strict=True))
        return place, item, way

    def _tells(self, item: Ints) -> Bools:
        return self.looks.tells[self.look[item]]

    def _by_client(self, who: Ints) -> tuple[Ints, Ints]:
        return self._of_client(who, self.lead_client[who])

    def _by_phone(self, who: Ints) -> tuple[Ints, Ints]:
        return self._in_window(who, self.lead_person[who], self.by_person)

    def _of_client(self, who: Ints, client: Ints) -> tuple[Ints, Ints]:
        return self._in_window(who, client, self.by_client)

    def _by_yclid(self, who: Ints) -> tuple[Ints, Ints]:
        """The history of the ClientID that made the click, else the click alone."""
        clicked = self.lead_click[who]
        touch = self.first_click[clicked]
        hit = touch >= 0
        place, item = self._of_client(who[hit], self.touch_client[touch[hit]])
        alone, click = self._in_window(who, clicked, self.by_click)
        more = ~np.isin(alone, place, kind="table")
        return np.concatenate([place, alone[more]]), np.concatenate([item, click[more]])

    def _by_call(self, who: Ints) -> tuple[Ints, Ints]:
        """The history of the ClientID of the nearest call."""
        who = who[~self.is_call[who]]
        near, call = self._nearest(who, self.visit_call)
        return self._of_client(near, self.call_client[call])

    def _call(self, who: Ints, within: int) -> tuple[Ints, Ints]:
        """The nearest call of each lead itself, unless it says nothing of where it came from."""
        near, call = self._nearest(who, within)
        item = self.first_call + call
        tells = self._tells(item)
        return near[tells], item[tells]

    def _nearest(self, who: Ints, within: int) -> tuple[Ints, Ints]:
        """Those of `who` whose phone called within so many µs, and the nearest such call: of two
        as near the one before the lead, of one moment's the first id."""
        calls = self.calls_by_person
        mine = self.lead_person[who]
        who = who[calls.start[mine] < calls.start[mine + 1]]  # few have called at all
        mine, created = self.lead_person[who], self.created[who]
        low, high = calls.start[mine], calls.start[mine + 1]
        spot = _bisect(calls.at, low, high, created)
        before = np.where(spot > low, _bisect(calls.at, low, spot, calls.at[spot - 1]), -1)
        best, gap = np.full(len(who), -1), np.full(len(who), within + 1)
        for candidate in (before, spot):
            inside = np.flatnonzero((candidate >= low) & (candidate < high))
            distance = np.abs(calls.at[candidate[inside]] - created[inside])
            better = distance < gap[inside]
            best[inside[better]], gap[inside[better]] = candidate[inside[better]], distance[better]
        hit = best >= 0
        return who[hit], calls.touch[best[hit]]

    def _in_window(self, who: Ints, key: Ints, shelf: _TouchIndex) -> tuple[Ints, Ints]:
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
class _TouchIndex:
    """Touches that have a key, by key, then time; those of key k are at start[k] … start[k + 1]."""

    touch: Ints
    at: Ints
    start: Ints


def _shelved(key: Ints, at: Ints, keys: int) -> _TouchIndex:
    """Touches (their key, -1 for none, and time) on a shelf of so many keys."""
    touch = np.flatnonzero(key >= 0)
    key, at = key[touch], at[touch]
    order = by_code(key, at)
    return _TouchIndex(touch[order], at[order], begins(key, keys))


def _bisect(values: Ints, low: Ints, high: Ints, target: Ints) -> Ints:
    """For each row the first place in [low, high) whose value is not below `target`."""
    low, high = low.copy(), high.copy()
    while True:
        live = np.flatnonzero(low < high)
        if not len(live):
            return low
        middle = (low[live] + high[live]) // 2
        below = values[middle] < target[live]
        low[live[below]] = middle[below] + 1
        high[live[~below]] = middle[~below]
