"""Visitors of the site: who saw which pages and reached which goals, and who of them became a lead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from metrics.calendar import end_of, local_days, microseconds
from metrics.coded import Bools, Coded, Ints, encode, look_up
from metrics.facts import day_number
from metrics.join.join import Joined
from metrics.join.patterns import Haystack
from metrics.settings import Settings
from metrics.sources import SourceFreshness

Place = Literal["landing_path", "end_path", "goals"]
#: The first matching visit of who has none; later than every moment.
NO_VISIT = np.iinfo(np.int64).max


@dataclass(frozen=True)
class SegmentPattern:
    """One row of «Шаблоны сегментов»: whose visits match `pattern` in `place`, and who later
    reached no goal that matches `but`."""

    segment: str
    place: Place
    pattern: str
    but: str = ""


_PAGES = (
    ("Просмотрщики цен", "price|prais|cen[ay]|tsen|stoimost|цен|прайс|стоим"),
    ("Читатели FAQ", "faq|vopros|вопрос"),
    ("Посетители страницы врача", "doctor|vrach|врач|specialist"),
)
_FORM = "form.*(start|open)|начал.*форм|открыл.*форм"
_SENT = "submit|send|отправ"
#: What holds while «Шаблоны сегментов» is empty.
SEGMENT_PATTERNS = (
    *(
        SegmentPattern(segment, place, pattern)
        for segment, pattern in _PAGES
        for place in ("landing_path", "end_path")
    ),
    SegmentPattern("Брошенные формы", "goals", _FORM, _SENT),
)


@dataclass(frozen=True)
class SiteVisits:
    """Visits that have a ClientID, of some days that end with as_of.

    clients  the ClientIDs; `client` is the place of each visit's in it
    at       when each visit was (µs UTC); `day` its local day
    pages    landing_path, end_path of each visit
    goals    the cell of its goals; `names` are what the counter calls a goal's id
    """

    clients: list[str]
    client: Ints
    at: Ints
    day: Ints
    pages: Mapping[str, Coded]
    goals: Coded
    names: Mapping[str, str]

    def since(self, day: int) -> SiteVisits:
        """Those of `day` and later; clients keep their places."""
        rows = self.day >= day
        return replace(
            self,
            client=self.client[rows],
            at=self.at[rows],
            day=self.day[rows],
            pages={name: column.take(rows) for name, column in self.pages.items()},
            goals=self.goals.take(rows),
        )

    def first(self, patterns: Iterable[SegmentPattern] | None = None) -> Ints:
        """Of each client the first visit (µs) of a segment, NO_VISIT where it is not in it; of all
        visits where no patterns are given."""
        first = np.full(len(self.clients), NO_VISIT)
        if patterns is None:
            np.minimum.at(first, self.client, self.at)
            return first
        for row in patterns:
            first = np.minimum(first, self._first_of(row))
        return first

    def _first_of(self, row: SegmentPattern) -> Ints:
        first = np.full(len(self.clients), NO_VISIT)
        seen = self._reached(row.pattern) if row.place == "goals" else self._saw(row)
        np.minimum.at(first, self.client[seen], self.at[seen])
        if row.but:
            done = self._reached(row.but)
            last = np.full(len(self.clients), -1 - NO_VISIT)
            np.maximum.at(last, self.client[done], self.at[done])
            first[last >= first] = NO_VISIT
        return first

    def _saw(self, row: SegmentPattern) -> Bools:
        column = self.pages[row.place]
        return column.where(Haystack(column.values).matches(row.pattern))

    def _reached(self, pattern: str) -> Bools:
        ids = list(self._cells_of)
        hits = Haystack(ids).matches(pattern)
        hits |= Haystack([self.names.get(goal, "") for goal in ids]).matches(pattern)
        mask = np.zeros(len(self.goals.values), dtype=bool)
        for place in np.flatnonzero(hits):
            mask[self._cells_of[ids[place]]] = True
        return self.goals.where(mask)

    @cached_property
    def _cells_of(self) -> dict[str, list[int]]:
        """Each goal's id, or name where a file gives that -> the cells that hold it."""
        cells: dict[str, list[int]] = {}
        for place, cell in enumerate(self.goals.values):
            for goal in re.split(r"[,;|\[\]\"]", cell):
                if goal.strip():
                    cells.setdefault(goal.strip(), []).append(place)
        return cells


def site_visits(
    touches: pd.DataFrame, names: Mapping[str, str], settings: Settings, days: int
) -> SiteVisits:
    """The visits of the `days` that end with as_of, of touches (conformed) that have a ClientID."""
    at = microseconds(touches["at"])
    day = local_days(at, settings.zone)
    recent = (at < end_of(settings.as_of, settings.zone)) & (
        day > day_number(settings.as_of) - days
    )
    rows = np.flatnonzero(recent & (touches["ym_client_id"] != "").to_numpy())
    columns = {
        name: encode(touches[name].take(rows))
        for name in ("ym_client_id", "landing_path", "end_path", "goals")
    }
    client, goals = columns.pop("ym_client_id"), columns.pop("goals")
    return SiteVisits(client.values, client.codes, at[rows], day[rows], columns, goals, names)


def goal_names(sources: Iterable[SourceFreshness]) -> dict[str, str]:
    """What the counters call their goals, by id."""
    kept = (
        source.state.get("traffic", {}).get("counter", {}).get("goals", ()) for source in sources
    )
    return {str(goal[0]): str(goal[1]) for goals in kept for goal in goals}


@dataclass(frozen=True)
class ClientLeads:
    """Pairs of a lead and a ClientID that it came by: kept leads, no repeat requests.

    lead, client   rows of leads; places in the clients of some visits
    created        when the lead was (µs UTC)
    """

    lead: Ints
    client: Ints
    created: Ints

    def of(self, first: Ints) -> ClientLeads:
        """Those of visitors, created after their first visit."""
        rows = self.created > first[self.client]
        return ClientLeads(self.lead[rows], self.client[rows], self.created[rows])


def client_leads(joined: Joined, clients: Sequence[str]) -> ClientLeads:
    """Leads by their own ClientID, else by those of the touches that were found for them."""
    leads, who, history = joined.rows["leads"], joined.who, joined.history
    counts = (who.lead_kept == np.arange(len(leads))) & ~who.repeat
    own = (leads["ym_client_id"] != "").to_numpy()
    tables = (joined.rows["touches"], joined.rows["calls"])
    # An item of a history is a touch, else a call, else the lead itself.
    other = np.flatnonzero(
        (counts & ~own)[history.lead] & (history.item < sum(len(table) for table in tables))
    )
    ids = pd.concat([table["ym_client_id"] for table in tables], ignore_index=True)
    mine = np.flatnonzero(counts & own)
    lead = np.concatenate([mine, history.lead[other]])
    parts = [leads["ym_client_id"].take(mine), ids.take(history.item[other])]
    client = look_up(pd.concat(parts, ignore_index=True), pd.Series(clients, dtype="str"))
    hit = client >= 0
    created = microseconds(leads["created_at"])
    return ClientLeads(lead[hit], client[hit], created[lead[hit]])
