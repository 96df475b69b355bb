"""Markov removal effect: what would be lost of all conversions if a channel were not there."""

from __future__ import annotations

import numpy as np

from metrics.coded import Bools, Coded, Floats, Ints

#: Fewer conversions than this, or a single channel, say nothing of removal.
ENOUGH_CONVERSIONS = 100
_ROUNDS = 200
_CLOSE = 1e-9


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
    inner = np.setdiff1d(np.arange(len(channel)), ends - 1)
    path = np.repeat(np.arange(len(starts)), ends - starts)
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
    used, code = np.unique(channel.codes, return_inverse=True)
    ends = starts + length
    wins = converted.astype(np.float64)
    if wins.sum() < ENOUGH_CONVERSIONS or len(used) < 2:
        return np.full(len(code), np.nan)
    shares = removal_shares(code, len(used), starts, ends, wins, 1 - wins)
    lead = np.repeat(np.arange(len(starts)), length)
    factor = np.maximum(shares, _CLOSE)
    live = wins[lead] > 0
    weight = _per_lead(factor[code], lead, starts)
    for _ in range(_ROUNDS):
        sums = np.bincount(code[live], weights=weight[live], minlength=len(used))
        wanted = shares * wins.sum()
        scale = np.divide(wanted, sums, out=np.ones_like(sums), where=sums > 0)
        if np.abs(scale - 1).max() < _CLOSE:
            break
        factor *= np.maximum(scale, _CLOSE)
        factor /= factor.max()
        weight = _per_lead(np.maximum(factor, 1e-300)[code], lead, starts)
    return weight


def _per_lead(raw: Floats, lead: Ints, starts: Ints) -> Floats:
    return raw / np.add.reduceat(raw, starts)[lead]
