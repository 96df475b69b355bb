"""What the cost rows know of campaigns: by id or name, without case, a name, network, direction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from metrics.coded import Coded, Ints, combine, fold

#: Columns of cost rows that say something of a campaign; the first three name it.
NAMES = ("campaign_id", "campaign", "utm_campaign", "network", "direction")


@dataclass(frozen=True)
class BookCampaign:
    """One campaign: the name shown, the text its cost rows show to the rules, what it carries."""

    name: str
    text: str
    network: str
    direction: str


@dataclass(frozen=True)
class CampaignBook:
    """Campaigns by folded id, name or utm_campaign, in this order of trust."""

    by_id: dict[str, BookCampaign] = field(default_factory=dict)
    by_name: dict[str, BookCampaign] = field(default_factory=dict)
    by_utm: dict[str, BookCampaign] = field(default_factory=dict)

    def find(self, campaign: str) -> BookCampaign | None:
        """The campaign that a lead's, touch's or visit's utm_campaign names, if costs know it."""
        key = fold(campaign)
        if not key:
            return None
        return self.by_id.get(key) or self.by_name.get(key) or self.by_utm.get(key)

    def inherit(self, campaign: Coded) -> tuple[Coded, Coded, Coded, Coded]:
        """For a column of utm_campaign: names shown, texts for the rules, networks, directions.

        A campaign that no cost row knows keeps its own text as name and text, and has neither
        network nor direction.
        """
        campaigns = [self.find(v) for v in campaign.values]
        pairs = list(zip(campaigns, campaign.values, strict=True))
        columns = (
            [k.name if k else own for k, own in pairs],
            [k.text if k else own for k, own in pairs],
            [k.network if k else "" for k in campaigns],
            [k.direction if k else "" for k in campaigns],
        )
        names, texts, networks, directions = (campaign.with_texts(c) for c in columns)
        return names, texts, networks, directions


def campaign_book(columns: dict[str, Coded], cost: Ints) -> CampaignBook:
    """Make the book of cost rows: of several answers the one with most cost, ties by alphabet.

    In: the cost rows' coded columns of NAMES (direction "" = not given) and their kopecks.
    """
    coded = tuple(columns[name] for name in NAMES)
    code, first = combine([(c.codes, len(c.values)) for c in coded], len(cost))
    sums = np.bincount(code, weights=cost, minlength=len(first))
    shelves: tuple[dict[str, list[tuple[float, tuple[str, ...]]]], ...] = (
        defaultdict(list),
        defaultdict(list),
        defaultdict(list),
    )
    for row, total in zip(first, sums, strict=True):
        texts = tuple(c.values[c.codes[row]] for c in coded)
        for shelf, key in zip(shelves, texts[:3], strict=True):
            if fold(key):
                shelf[fold(key)].append((float(total), texts))
    by_id = {key: _dearest_campaign(rows) for key, rows in shelves[0].items()}
    by_name = {key: _dearest_campaign(rows) for key, rows in shelves[1].items()}
    by_utm = {key: _dearest_campaign(rows) for key, rows in shelves[2].items()}
    return CampaignBook(by_id, by_name, by_utm)


def _dearest_campaign(rows: list[tuple[float, tuple[str, ...]]]) -> BookCampaign:
    return BookCampaign(
        name=_dearest([(c, t[1] or t[2] or t[0]) for c, t in rows]),
        text=_dearest([(c, t[2] or t[1]) for c, t in rows]),
        network=_dearest([(c, t[3]) for c, t in rows]),
        direction=_dearest([(c, t[4]) for c, t in rows]),
    )


def _dearest(rows: list[tuple[float, str]]) -> str:
    """The text (not "") with most cost; ties by alphabet; "" if there is none."""
    totals: dict[str, float] = defaultdict(float)
    for cost, text in rows:
        if text:
            totals[text] += cost
    return min(totals, key=lambda text: (-totals[text], text)) if totals else ""
