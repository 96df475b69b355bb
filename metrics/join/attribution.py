"""How much of a lead each of its touches is owed: weights that add up to one."""

from __future__ import annotations

import re

import numpy as np

from metrics.calendar import DAY
from metrics.coded import Bools, Coded, Floats, Ints
from metrics.join.histories import Histories
from metrics.join.looks import Looks
from metrics.join.markov import markov_weights
from metrics.join.rules import (
    DIRECT_ENGINES,
    DIRECT_MEDIUM,
    DIRECT_NAME,
    DIRECT_SOURCE,
    PAID_MEDIUM,
)
from metrics.settings import Attribution

#: Time decay: a touch is worth half as much every so many days before the lead.
HALF_LIFE_DAYS = 7
#: Traffic sources that say nothing of where a person came from.
NOT_SIGNIFICANT = ("direct", "internal", "saved")


def weights(model: Attribution, history: Histories, channel: Coded, converted: Bools) -> Floats:
    """The weight of each touch under `model`; the weights of a lead add up to 1.

    In: histories (by lead, then time); the channel of each touch; `converted` says of each lead
    row whether it became a paying patient (for Markov). One-touch leads agree in all models.
    """
    if not len(history.lead):
        return np.zeros(0)
    match model:
        case "first":
            return _marked(history.starts, history)
        case "last":
            # An internal visit is not a channel: the previous significant touch decides.
            return _last_of(history, significant(history) & history.came_back)
        case "last_significant":
            return _last_of(history, significant(history))
        case "last_paid":
            tells, bought = significant(history), paid(history)
            return _last_of(history, tells, bought, tells & bought)
        case "linear":
            return (1.0 / history.length)[history.place]
        case "position":
            return _position(history)
        case "time_decay":
            return _time_decay(history)
        case "markov":
            starts, place = history.starts, history.place
            return markov_weights(channel, starts, place, converted[history.lead[starts]])


def significant(history: Histories) -> Bools:
    """Touches that are not direct, internal or saved."""
    return ~history.looks.among("traffic_source", NOT_SIGNIFICANT)[history.look]


def paid(history: Histories) -> Bools:
    """Touches of paid advertising: those in the rules' scopes direct and paid, and ad visits."""
    looks = history.looks
    tagged = _matches(looks, "utm_source", DIRECT_SOURCE) & _matches(
        looks, "utm_medium", DIRECT_MEDIUM
    )
    such = (
        looks.has_yclid
        | tagged
        | _matches(looks, "source_raw", DIRECT_NAME)
        | _matches(looks, "utm_medium", PAID_MEDIUM)
        | looks.among("traffic_source", ("ad",))
        | looks.among("adv_engine", DIRECT_ENGINES.split())
    )
    bought: Bools = such[history.look]
    return bought


def _matches(looks: Looks, field: str, pattern: str) -> Bools:
    search = re.compile(pattern, re.IGNORECASE).search
    column = looks.fields[field]
    return column.where(np.array([search(v) is not None for v in column.values], dtype=bool))


def _last_of(history: Histories, *marks: Bools) -> Floats:
    """1 for the last touch of each lead that has the last of `marks`; where none has, that has the
    one before, and so on to the lead's very last touch; else 0."""
    chosen = history.starts + history.length - 1
    for mark in marks:
        rows = np.flatnonzero(mark)
        chosen[history.place[rows]] = rows  # in order of time: the last one stays
    return _marked(chosen, history)


def _position(history: Histories) -> Floats:
    """40 % to the first, 40 % to the last, 20 % to those between; two touches halve."""
    starts, length = history.starts, history.length
    ends = np.select([length == 1, length == 2], [1.0, 0.5], default=0.4)
    share: Floats = (0.2 / np.maximum(length - 2, 1))[history.place]
    share[starts] = share[starts + length - 1] = ends
    return share


def _time_decay(history: Histories) -> Floats:
    """2 ^ (−age / 7 days), age before the lead's last touch, divided by the lead's sum."""
    place = history.place
    last = history.at[history.starts + history.length - 1][place]
    raw: Floats = np.exp2((history.at - last) / (HALF_LIFE_DAYS * DAY))
    return raw / np.bincount(place, raw)[place]


def _marked(rows: Ints, history: Histories) -> Floats:
    weight = np.zeros(len(history.lead))
    weight[rows] = 1.0
    return weight
