"""Key phrases: how one is written, and what of a campaign's cost each of them took."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from metrics.calendar import day_number, day_numbers
from metrics.coded import Bools, Coded, combine, concat, constant, encode
from metrics.entity_rows import EntityRows
from metrics.join.directions import by_pattern, first_given, respell
from metrics.join.histories import Histories
from metrics.join.rules import RuleRows, classify
from metrics.join.spend import Groups, Spend, kinds, winners
from metrics.schema import PHRASES
from metrics.settings import NO_CHANNEL, NO_DIRECTION, Settings

#: What is shown of a lead or a cost whose phrase is not known.
NO_PHRASE = "Без фразы"
AUTOTARGETING = "автотаргетинг"

_SIGNS = str.maketrans("", "", '+!"[]()')


def normal_form(text: str, is_personal: Callable[[str], bool]) -> str:
    """A phrase as one writes it once: «+Имплантация [зубов] -цена» is «имплантация зубов».

    NO_PHRASE where it is empty, a placeholder that nobody filled in, or tells of a person.
    """
    lower = re.sub(r"\s+", " ", text.lower().replace("ё", "е"))
    if lower.strip().startswith("---autotargeting"):
        return AUTOTARGETING
    phrase = " ".join(lower.split(" -")[0].translate(_SIGNS).split())
    if phrase in ("", "{keyword}") or is_personal(phrase):
        return NO_PHRASE
    return phrase


def normal_forms(column: Coded, is_personal: Callable[[str], bool]) -> Coded:
    """A column of phrases, each in its normal form."""
    return column.with_texts([normal_form(text, is_personal) for text in column.values])


def terms(rows: dict[str, EntityRows], history: Histories) -> Coded:
    """The utm_term of each touch: the phrase that was looked for."""
    leads = rows["leads"].take(history.lead[history.starts])
    tables = (rows["touches"], rows["calls"], leads)
    columns = [t.coded("utm_term") if "utm_term" in t else constant("", len(t)) for t in tables]
    return concat(columns).take(history.item)


def phrase_spend(
    phrases: pd.DataFrame,
    costs: Spend,
    settings: Settings,
    spelling: dict[str, str],
    is_personal: Callable[[str], bool],
) -> Spend:
    """Rows of `phrases` (conformed) that count, as costs per day, with a phrase in their groups.

    They count on days on which the channel's winning cost is Direct's (definitions §22); of two
    kinds of sources that tell one channel's day one wins, as of costs.
    """
    phrases = phrases[day_numbers(phrases["date"]) <= day_number(settings.as_of)]
    columns = {n: encode(phrases[n]) for n in PHRASES.texts}
    groups = _groups(columns, costs, settings, spelling)
    groups = replace(groups, phrase=normal_forms(columns["keyword"], is_personal))
    day = day_numbers(phrases["date"])
    money, impressions, clicks = (
        phrases[n].fillna(0).to_numpy(dtype=np.int64) for n in ("cost", "impressions", "clicks")
    )
    counts = _on_direct_days(groups.channel, day, costs)
    source = kinds(columns["source"])
    place = np.flatnonzero(counts)
    won = winners(
        groups.channel.take(place),
        day[place],
        money[place],
        source.take(place),
        settings.cost_order,
    )
    place = place[won]
    return replace(
        costs,
        day=day[place],
        cost=money[place],
        impressions=impressions[place],
        clicks=clicks[place],
        source=source.take(place),
        groups=groups.take(place),
        is_direct=np.ones(len(place), dtype=bool),
    )


def _groups(
    columns: dict[str, Coded], costs: Spend, settings: Settings, spelling: dict[str, str]
) -> Groups:
    """The channel by the rules over the row itself, the direction of its campaign."""
    rows = len(columns["platform"])
    own = first_given((columns["campaign_id"], columns["campaign"]), "")
    campaign, text, _, of_book = costs.book.inherit(own)
    shown = first_given((columns["campaign"], text), "")
    fields = {"platform": columns["platform"], "network": columns["network"], "utm_campaign": shown}
    answer = classify(
        RuleRows(rows, fields, np.zeros(rows, dtype=bool), is_cost=True), settings.rules, NO_CHANNEL
    )
    pattern = by_pattern((campaign, text), settings.directions)
    direction = respell(first_given((of_book, pattern), NO_DIRECTION), spelling)
    return Groups(answer.channel, campaign, direction, answer.retarget)


def _on_direct_days(channel: Coded, day: np.ndarray, costs: Spend) -> Bools:
    """Rows whose channel's cost of the day, the one that counts, is Direct's."""
    both = concat([channel, costs.groups.channel])
    days = np.concatenate([day, costs.day])
    low = int(days.min(initial=0))
    shape = [(both.codes, len(both.values)), (days - low, int(days.max(initial=0)) - low + 1)]
    code, first = combine(shape, len(days))
    is_direct = np.zeros(len(first), dtype=bool)
    is_direct[code[len(day) :][costs.is_direct]] = True
    counts: Bools = is_direct[code[: len(day)]]
    return counts


def apart(costs: Spend, phrases: Spend) -> Spend:
    """Costs with what their phrases took under these, and so much less under NO_PHRASE.

    The sums by campaign, channel and direction stay what they were, to the kopeck.
    """
    nameless = [
        replace(part, phrase=constant(NO_PHRASE, len(part.retarget)))
        for part in (costs.groups, phrases.groups)
    ]
    parts = (nameless[0], phrases.groups, nameless[1])
    groups = Groups(
        concat([p.channel for p in parts]),
        concat([p.campaign for p in parts]),
        concat([p.direction for p in parts]),
        np.concatenate([p.retarget for p in parts]),
        concat([p.phrase for p in parts if p.phrase is not None]),
    )
    return replace(
        costs,
        day=np.concatenate([costs.day, phrases.day, phrases.day]),
        cost=np.concatenate([costs.cost, phrases.cost, -phrases.cost]),
        impressions=np.concatenate([costs.impressions, phrases.impressions, -phrases.impressions]),
        clicks=np.concatenate([costs.clicks, phrases.clicks, -phrases.clicks]),
        source=concat([costs.source, phrases.source, phrases.source]),
        groups=groups,
        is_direct=np.concatenate([costs.is_direct, phrases.is_direct, phrases.is_direct]),
    )
