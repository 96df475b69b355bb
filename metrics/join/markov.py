"""Markov removal effect: what would be lost of all conversions if a channel were not there."""

from __future__ import annotations

import numpy as np

from metrics.coded import Bools, Coded, Floats, Ints, combine, dense

#: Fewer conversions than this, or a single channel, say nothing of removal.
ENOUGH_CONVERSIONS = 100
_ROUNDS = 200
_CLOSE = 1e-9
#: A channel's factor is never 0, or a lead of that channel alone would be shared among nobody.
_LEAST = 1e-300


def removal_shares(
    channel: Ints, channels: int, starts: Ints, ends: Ints, wins: Floats, losses: Floats
) -> Floats:
    """The share of conversions that each channel is owed; shares add up to 1 (0 without any).

    In: the channel code of each touch of every path, one path after the other; where each path
    starts and ends (one past its last touch); how many conversions and losses each path had.
    A first-order chain start → channels → conversion or loss is counted from all paths; the
    removal effect of a channel is the part of conversions lost when it leads to a loss instead
    (Anderl, Becker, von Wangenheim, Schumann 2016).
    """
    flow, last, width = wins + losses, channel[ends - 1], channels + 2
    onward = np.repeat(flow, ends - starts)
    onward[ends - 1] = 0
    cells = channel[:-1] * width + channel[1:]
    whole = np.bincount(cells, onward[:-1], (channels + 1) * width).reshape(-1, width)
    whole[channels, :channels] = np.bincount(channel[starts], flow, channels)
    whole[:channels, channels] = np.bincount(last, wins, channels)
    whole[:channels, channels + 1] = np.bincount(last, losses, channels)
    totals = whole.sum(axis=1, keepdims=True)
    step = np.divide(whole, totals, out=np.zeros_like(whole), where=totals > 0)

    everything = _reached(step, -1)
    if everything == 0:
        return np.zeros(channels)
    effect = np.array([1 - _reached(step, c) / everything for c in range(channels)])
    effect = np.maximum(effect, 0)
    total = effect.sum()
    shares: Floats = effect / total if total > 0 else effect
    return shares


def _reached(step: Floats, removed: int) -> float:
    """The chance of a conversion from the start, with one channel leading nowhere."""
    channels = step.shape[0] - 1
    move, win = step[:, :channels].copy(), step[:, channels].copy()
    if removed >= 0:
        move[:, removed] = 0
        win[removed] = 0
        move[removed] = 0
    chance = np.linalg.solve(np.eye(channels) - move[:channels], win[:channels])
    return float(move[channels] @ chance)


def markov_weights(channel: Coded, starts: Ints, place: Ints, converted: Bools) -> Floats:
    """Weights of touches such that converted leads add up to each channel's removal share.

    A lead is shared among its own channels only. Weights begin as the channels' removal shares and
    are scaled in turn to one per lead and to the removal totals per channel until they agree; a
    total that the paths cannot reach is approached. Where there is not enough data, NaN.

    In: the channel of each touch and which of the paths it is on; where each path starts and
    whether it converted.
    """
    used, code = dense(channel.codes, len(channel.values))
    if converted.sum() < ENOUGH_CONVERSIONS or len(used) < 2:
        return np.full(len(code), np.nan)
    wins = converted.astype(np.float64)
    ends = np.append(starts[1:], len(code))
    shares = removal_shares(code, len(used), starts, ends, wins, 1 - wins)
    target = shares * wins.sum()
    # A row per converted lead: how many touches it had of each channel; then one of those alike.
    touch = np.flatnonzero(converted[place])
    cell = (np.cumsum(converted) - 1)[place[touch]] * len(used) + code[touch]
    counts = np.bincount(cell, minlength=int(converted.sum()) * len(used)).reshape(-1, len(used))
    alike, first = combine([(c, int(c.max()) + 1) for c in counts.T], len(counts))
    leads, counts = np.bincount(alike), counts[first].astype(np.float64)
    factor = np.maximum(shares, _CLOSE)
    for _ in range(_ROUNDS):
        sums = factor * (leads / (counts @ factor) @ counts)
        scale = np.divide(target, sums, out=np.ones_like(sums), where=sums > 0)
        if np.abs(scale - 1).max() < _CLOSE:
            break
        factor *= np.maximum(scale, _CLOSE)
        factor = np.maximum(factor / factor.max(), _LEAST)
    raw = factor[code]
    weight: Floats = raw / np.bincount(place, raw)[place]
    return weight
