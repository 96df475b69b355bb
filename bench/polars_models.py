"""The twin's attribution models in polars: how much of each lead its channels are owed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from bench.polars_people import people
from bench.polars_rules import DIRECT_ENGINES, DIRECT_MEDIUM, DIRECT_SOURCE, PAID_MEDIUM, classified
from bench.polars_touches import histories
from metrics.join.attribution import HALF_LIFE_DAYS, NOT_SIGNIFICANT
from metrics.join.markov import ENOUGH_CONVERSIONS
from metrics.money import PAID_KINDS
from metrics.settings import MODELS, Settings

_ROUNDS, _CLOSE = 200, 1e-9


@dataclass(frozen=True)
class Owed:
    """Weights of touches (lead, channel, a column per model); their sums by channel."""

    touches: pl.DataFrame
    channels: pl.DataFrame


def owed(frames: dict[str, pl.DataFrame], settings: Settings) -> Owed:
    """Definitions §3 for a clinic with touch histories and no costs."""
    who = people(frames, settings)
    history, kinds = histories(frames, who.leads, settings)
    kinds = _traits(classified(kinds, settings.rules))
    touches = history.join(kinds, on="kind", maintain_order="left")
    payers = who.payments.filter((pl.col("amount") > 0) & pl.col("kind").is_in(PAID_KINDS))
    won = who.patients.join(payers, on="patient", how="semi").select("lead").drop_nulls().unique()
    weighed = _markov(_closed(touches), won)
    by_lead = weighed.select("lead", "channel", *MODELS)
    sums = by_lead.group_by("channel").agg(pl.col(MODELS).sum())
    return Owed(by_lead, sums)


def _traits(kinds: pl.DataFrame) -> pl.DataFrame:
    """Kinds of touches with their channel: is it significant, is it paid advertising."""

    def matches(column: str, pattern: str) -> pl.Expr:
        return pl.col(column).str.contains(f"(?i){pattern}")

    tagged = matches("utm_source", DIRECT_SOURCE) & matches("utm_medium", DIRECT_MEDIUM)
    clicked = pl.col("has_yclid") | pl.col("adv_engine").is_in(DIRECT_ENGINES.split())
    ad = matches("utm_medium", PAID_MEDIUM) | (pl.col("traffic_source") == "ad")
    return kinds.select(
        "kind",
        "channel",
        significant=~pl.col("traffic_source").is_in(NOT_SIGNIFICANT),
        paid=tagged | clicked | ad,
    )


def _closed(touches: pl.DataFrame) -> pl.DataFrame:
    """Touches with the weights of all models but Markov. Sums and ends of a lead come by group_by
    and join: windows (`over`) take ten times as long on so many small groups."""
    row, significant = pl.col("row").cast(pl.Int64), pl.col("significant").cast(pl.Int64)
    ranks = {
        "last": significant * pl.col("came_back"),
        "last_significant": significant,
        "last_paid": significant + 2 * pl.col("paid"),
    }
    ranked = touches.with_row_index("row").with_columns(
        (rank * len(touches) + row).alias(name) for name, rank in ranks.items()
    )
    leads = ranked.group_by("lead").agg(
        pl.len().alias("size"),
        pl.col("row").min().alias("start"),
        pl.col("at").max().alias("until"),
        pl.col(*ranks).max().name.suffix("_best"),
    )
    placed = ranked.join(leads, on="lead", maintain_order="left")
    place, size = pl.col("row") - pl.col("start"), pl.col("size").cast(pl.Int64)
    ends = (place == 0) | (place == size - 1)
    many = pl.when(ends).then(0.4).otherwise(0.2 / (size - 2))
    age = (pl.col("until") - pl.col("at")).dt.total_microseconds() / 86_400_000_000
    weighed = placed.with_columns(
        *((pl.col(n) == pl.col(f"{n}_best")).cast(pl.Float64) for n in ranks),
        first=(place == 0).cast(pl.Float64),
        linear=1 / size,
        position=pl.when(size == 1).then(1.0).when(size == 2).then(0.5).otherwise(many),
        time_decay=(age * (-math.log(2) / HALF_LIFE_DAYS)).exp(),
    )
    return _per_lead(weighed, "time_decay")


def _per_lead(touches: pl.DataFrame, name: str) -> pl.DataFrame:
    """A column divided by its sum over the lead."""
    sums = touches.group_by("lead").agg(pl.col(name).sum().alias("sum"))
    divided = touches.join(sums, on="lead", maintain_order="left")
    return divided.with_columns(pl.col(name) / pl.col("sum")).drop("sum")


def _markov(touches: pl.DataFrame, won: pl.DataFrame) -> pl.DataFrame:
    """Touches with weights whose sums over `won` leads are the channels' removal shares, or as near
    as the paths let them be."""
    names = touches["channel"].unique().sort()
    coded = touches.with_columns(
        pl.col("channel").replace_strict(names, range(len(names)), return_dtype=pl.Int64)
    ).select("lead", "channel")
    path = coded.join(won.with_columns(won=True), on="lead", how="left", maintain_order="left")
    live = path.filter("won")
    conversions = live["lead"].n_unique()
    if conversions < ENOUGH_CONVERSIONS or len(names) < 2:
        msg = "too few conversions to compare Markov with"
        raise ValueError(msg)
    effect = _removal(path.with_columns(pl.col("won").fill_null(value=False)), len(names))
    factor = _scaled(live, effect * conversions, np.maximum(effect, _CLOSE))
    raw = pl.Series("markov", factor[path["channel"].to_numpy()])
    return _per_lead(touches.with_columns(raw), "markov")


def _scaled(live: pl.DataFrame, effect: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Factors of channels, scaled in turn until sums over leads are `effect`.

    Leads with the same channels are owed to alike: each such bag of channels is scaled once.
    """
    bags = (
        live.group_by("lead", "channel")
        .len("times")
        .sort("lead", "channel")
        .group_by("lead")
        .agg("channel", "times")
        .group_by("channel", "times")
        .len("leads")
        .with_row_index("bag")
        .explode("channel", "times")
    )
    bag, channel, times, leads = (
        bags[name].to_numpy() for name in ("bag", "channel", "times", "leads")
    )
    for _ in range(_ROUNDS):
        raw = factor[channel] * times
        sums = np.bincount(channel, raw / np.bincount(bag, raw)[bag] * leads, len(effect))
        scale = np.where(sums > 0, effect / np.where(sums > 0, sums, 1), 1)
        if np.abs(scale - 1).max() < _CLOSE:
            break
        factor = factor * np.maximum(scale, _CLOSE)
        factor = np.maximum(factor / factor.max(), 1e-300)
    return factor


def _removal(path: pl.DataFrame, channels: int) -> np.ndarray:
    """The share of conversions lost without each channel: start → channels → won or lost."""
    start, won, lost = channels, channels + 1, channels + 2
    lead, channel = pl.col("lead"), pl.col("channel")
    outcome = pl.when("won").then(won).otherwise(lost)
    steps = path.select(
        pl.when(lead == lead.shift(1)).then(channel.shift(1)).otherwise(start).alias("before"),
        channel.alias("at"),
        pl.when(lead.ne_missing(lead.shift(-1))).then(outcome).alias("end"),
    )
    flow = np.zeros((start + 1, lost + 1))
    for before, after in (("before", "at"), ("at", "end")):
        for row in steps.group_by(before, after).len().drop_nulls().iter_rows():
            flow[row[0], row[1]] += row[2]
    step = flow / np.maximum(flow.sum(axis=1, keepdims=True), 1)

    def reached(alive: np.ndarray) -> float:
        inside = step[np.ix_(alive, alive)]
        return float((np.linalg.inv(np.eye(len(alive)) - inside) @ step[alive, won])[-1])

    everyone = np.arange(start + 1)
    whole = reached(everyone)
    effect = np.array([1 - reached(np.delete(everyone, c)) / whole for c in range(channels)])
    effect = np.maximum(effect, 0)
    return effect / effect.sum()
