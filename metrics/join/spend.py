"""Cost rows: their channel, campaign and direction, whole kopecks a day, one truth per channel."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from metrics.calendar import day_number, day_numbers
from metrics.coded import Bools, Coded, Ints, combine, encode
from metrics.entity_rows import EntityRows, alone
from metrics.join.campaigns_book import NAMES, CampaignBook, campaign_book
from metrics.join.directions import by_pattern, first_given
from metrics.join.overlaps import overlaps
from metrics.join.patterns import Haystack
from metrics.join.platform_totals import platform_totals
from metrics.join.rules import DIRECT_NAME, RuleRows, classify
from metrics.schema import COSTS
from metrics.settings import COST_ORDER, NO_CHANNEL, NO_DIRECTION, Settings


@dataclass(frozen=True)
class Groups:
    """The acquisition group of each row, as columns; its phrase only where a report asks for it."""

    channel: Coded
    campaign: Coded
    direction: Coded
    retarget: Bools
    phrase: Coded | None = None

    def take(self, rows: Ints | Bools) -> Groups:
        return Groups(
            self.channel.take(rows),
            self.campaign.take(rows),
            self.direction.take(rows),
            self.retarget[rows],
            None if self.phrase is None else self.phrase.take(rows),
        )


@dataclass(frozen=True)
class Spend:
    """Costs per day after precedence, with what was left out, and what costs know of campaigns.

    day, cost, impressions, clicks   int64, one row per cost row and day
    source   kind of the source of each row
    groups   where each row belongs
    is_direct  rows of Direct: of its source, or of its platform
    lost_rows, lost_amount   cost rows (kopecks) of a source that lost a channel's day to another
    twice_days, twice_amount   files' days (kopecks) that a later file holds too
    total_rows, total_amount   cost rows (kopecks) that are the sum of campaigns in other files
    mixed_rows, mixed_amount   cost rows (kopecks) that may be, for their sums differ
    """

    day: Ints
    cost: Ints
    impressions: Ints
    clicks: Ints
    source: Coded
    groups: Groups
    is_direct: Bools
    book: CampaignBook
    lost_rows: int
    lost_amount: int
    twice_days: int
    twice_amount: int
    total_rows: int
    total_amount: int
    mixed_rows: int
    mixed_amount: int


_SPENT: WeakKeyDictionary[EntityRows, tuple[Settings, Spend]] = WeakKeyDictionary()


def spend_once(costs: pd.DataFrame | EntityRows, settings: Settings) -> Spend:
    """What costs come to; of the very same rows it is known."""
    if isinstance(costs, pd.DataFrame):
        return spend(costs, settings)
    if costs not in _SPENT or _SPENT[costs][0] != settings:
        _SPENT[costs] = settings, spend(alone(costs), settings)
    return _SPENT[costs][1]


def spend(costs: pd.DataFrame, settings: Settings) -> Spend:
    """Cost rows (conformed) to costs per day (definitions §1, §3, §4)."""
    columns = {n: encode(costs[n]) for n in COSTS.texts}
    row, day, last = _days(costs)
    money, impressions, clicks = (
        _spread(_count(costs[n]), row, last, costs) for n in ("cost", "impressions", "clicks")
    )
    happened = np.flatnonzero(day <= day_number(settings.as_of))
    twice = overlaps(columns, row[happened], day[happened], settings.sources)
    once = happened[~twice.lost]
    twice_amount = int(money[happened[twice.lost]].sum())
    totals = platform_totals(columns, row[once], day[once], money[once], settings.sources)
    mixed, wholes = (_sum_of(row[once][t], money[once][t]) for t in (totals.doubtful, totals.lost))
    once = once[~totals.lost]
    row, day, money = row[once], day[once], money[once]
    book = campaign_book({n: columns[n].take(row) for n in NAMES}, money)
    groups = _groups(columns, book, settings).take(row)
    source = kinds(columns["source"]).take(row)
    named = Haystack(columns["platform"].values).matches(DIRECT_NAME)
    is_direct = columns["platform"].where(named).take(row) | _is(source, "direct")
    wins = winners(groups.channel, day, money, source, settings.cost_order)
    lost = ~wins & (money != 0)
    beaten = _sum_of(row[lost], money[lost])
    return Spend(
        day[wins],
        money[wins],
        impressions[once][wins],
        clicks[once][wins],
        source.take(wins),
        groups.take(wins),
        is_direct[wins],
        book,
        lost_rows=beaten[0],
        lost_amount=beaten[1],
        twice_days=twice.days,
        twice_amount=twice_amount,
        total_rows=wholes[0],
        total_amount=wholes[1],
        mixed_rows=mixed[0],
        mixed_amount=mixed[1],
    )


def _sum_of(row: Ints, money: Ints) -> tuple[int, int]:
    """How many cost rows some costs per day are of, and their kopecks."""
    return len(np.unique(row)), int(money.sum())


def _groups(columns: dict[str, Coded], book: CampaignBook, settings: Settings) -> Groups:
    rows = len(columns["platform"])
    campaign, _, _, _ = book.inherit(_own_campaign(columns))
    text = first_given((columns["utm_campaign"], columns["campaign"]), "")
    fields = {n: columns[n] for n in ("platform", "network", "utm_source", "utm_medium")}
    answer = classify(
        RuleRows(rows, {**fields, "utm_campaign": text}, np.zeros(rows, dtype=bool), is_cost=True),
        settings.rules,
        NO_CHANNEL,
    )
    pattern = by_pattern((campaign, text), settings.directions)
    direction = first_given((columns["direction"], pattern), NO_DIRECTION)
    return Groups(answer.channel, campaign, direction, answer.retarget)


def _own_campaign(columns: dict[str, Coded]) -> Coded:
    """What names the row's campaign: its id, else its name, else its utm_campaign."""
    return first_given((columns["campaign_id"], columns["campaign"], columns["utm_campaign"]), "")


def _days(costs: pd.DataFrame) -> tuple[Ints, Ints, Bools]:
    """One row per cost row and day: the cost row, the day, whether it is the row's last day."""
    first, last = day_numbers(costs["date_from"]), day_numbers(costs["date_to"])
    length = np.maximum(last - first + 1, 1)
    row = np.repeat(np.arange(len(costs)), length)
    start = np.cumsum(length) - length
    place = np.arange(len(row)) - np.repeat(start, length)
    return row, first[row] + place, place == length[row] - 1


def _is(column: Coded, value: str) -> Bools:
    return column.where(np.array([v == value for v in column.values], dtype=bool))


def _spread(values: Ints, row: Ints, last: Bools, costs: pd.DataFrame) -> Ints:
    """floor(value / n) a day, the remainder on the last day (definitions §4)."""
    length = np.bincount(row, minlength=len(costs)) if len(row) else np.ones(len(costs), int)
    each, rest = np.divmod(values, np.maximum(length, 1))
    return each[row] + np.where(last, rest[row], 0)


def kinds(source: Coded) -> Coded:
    """The kind of each row's source."""
    return source.with_texts([v.partition(":")[0] for v in source.values])


def winners(channel: Coded, day: Ints, money: Ints, source: Coded, order: tuple[str, ...]) -> Bools:
    """Rows of the one kind of source whose cost of the channel's day counts.

    That is the first by `order` with a cost above 0; where none has, with one below 0; where
    none has either, the first. Kinds that `order` does not name come after it in the usual order,
    others after these by name: no two have one place, so two never win.
    """
    if not len(day):
        return np.zeros(0, dtype=bool)
    order = tuple(dict.fromkeys((*order, *COST_ORDER, *sorted(source.values))))
    place = np.array([order.index(kind) for kind in source.values])[source.codes]
    days = (day - day.min(), int(np.ptp(day)) + 1)
    of_channel, first = combine([(channel.codes, len(channel.values)), days], len(day))
    of_kind, _ = combine([(of_channel, len(first)), (place, len(order))], len(day))
    total = np.zeros(len(day), dtype=np.int64)
    np.add.at(total, of_kind, money)
    total = total[of_kind]
    rank = place + len(order) * np.where(total > 0, 0, np.where(total < 0, 1, 2))
    best = np.full(len(first), 3 * len(order))
    np.minimum.at(best, of_channel, rank)
    won: Bools = rank == best[of_channel]
    return won


def _count(column: pd.Series) -> Ints:
    return column.fillna(0).to_numpy(dtype=np.int64)
