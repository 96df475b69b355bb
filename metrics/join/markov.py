"""Markov removal effect: what would be lost of all conversions if a channel were not there."""

from __future__ import annotations

import numpy as np

from metrics.coded import Bools, Coded, Floats, Ints, dense

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
    flow = wins + losses
    path = np.repeat(np.arange(len(starts)), ends - starts)
    inner = np.flatnonzero(path[:-1] == path[1:])
    last = channel[ends - 1]
    start, won, lost = (np.full(len(starts), channels + i) for i in (0, 0, 1))
    moves = (
        (start, channel[starts], flow),
        (channel[inner], channel[inner + 1], flow[path[inner]]),
        (last, won, wins),
        (last, lost, losses),
    )
    width = channels + 2
    cells = np.concatenate([row * width + column for row, column, _ in moves])
    sums = np.bincount(cells, np.concatenate([m[2] for m in moves]), (channels + 1) * width)
    whole = sums.reshape(channels + 1, width)
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


def markov_weights(channel: Coded, starts: Ints, length: Ints, converted: Bools) -> Floats:
    """Weights of touches such that converted leads add up to each channel's removal share.

    A lead is shared among its own channels only. Weights begin as the channels' removal shares and
    are scaled in turn to one per lead and to the removal totals per channel until they agree; a
    total that the paths cannot reach is approached. Where there is not enough data, NaN.
    """
    used, code = dense(channel.codes, len(channel.values))
    if converted.sum() < ENOUGH_CONVERSIONS or len(used) < 2:
        return np.full(len(code), np.nan)
    wins = converted.astype(np.float64)
    shares = removal_shares(code, len(used), starts, starts + length, wins, 1 - wins)
    target = shares * wins.sum()
    # A row per converted lead: how many touches it had of each channel.
    cell = np.repeat(np.cumsum(converted) - 1, length) * len(used) + code
    size = int(converted.sum()) * len(used)
    counts = np.bincount(cell[np.repeat(converted, length)], minlength=size).astype(np.float64)
    counts = counts.reshape(-1, len(used))
    factor = np.maximum(shares, _CLOSE)
    for _ in range(_ROUNDS):
        sums = factor * (1 / (counts @ factor) @ counts)
        scale = np.divide(target, sums, out=np.ones_like(sums), where=sums > 0)
        if np.abs(scale - 1).max() < _CLOSE:
            break
        factor *= np.maximum(scale, _CLOSE)
        factor = np.maximum(factor / factor.max(), _LEAST)
    raw = factor[code]
    weight: Floats = raw / np.repeat(np.add.reduceat(raw, starts), length)
    return weight
