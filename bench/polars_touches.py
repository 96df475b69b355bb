"""The twin's touch histories in polars: the touches that each lead had, by the ladder of rungs."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from bench.polars_join import spelled
from bench.polars_people import key
from metrics.settings import Settings

#: What is asked of a touch, beside whether it has a yclid; equal ones are one kind.
FIELDS = (
    "utm_source", "utm_medium", "utm_campaign", "source_raw", "referrer_domain", "traffic_source",
    "adv_engine", "contact_type",
)  # fmt: skip


def histories(
    frames: dict[str, pl.DataFrame], leads: pl.DataFrame, settings: Settings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The touches of `leads` (lead, at, kind, came_back) by lead and time; the kinds there are.

    A lead's own words are its touch if no rung finds another. Keys are 64-bit hashes.
    """
    person = key("person_key")
    touches = _items(frames["touches"].sort("touch_id").with_columns(person), "at", settings)
    calls = _items(frames["calls"].sort("call_id").with_columns(person), "started_at", settings)
    own = _items(leads, "created_at", settings)
    kinds = pl.concat([_kinds(rows) for rows in (touches, calls, own)]).unique("kind")

    whom = own.select("lead", "client", "click", "person", created="at")
    looking, rungs = whom, []
    for rung in (
        lambda who: _of("client", who, touches, settings),
        lambda who: _by_click(who, touches, settings),
        lambda who: _of("client", _nearest(who, calls, settings.call_minutes), touches, settings),
        lambda who: _of("person", who, touches, settings),
    ):
        rungs.append(rung(looking))
        looking = looking.join(rungs[-1], on="lead", how="anti")
    by_call = rungs[2].select("lead").unique()
    others = whom.join(by_call, on="lead", how="anti")
    near = _nearest(others, calls, settings.call_lead_minutes).filter("tells")
    rungs.append(
        near.select("lead", "item", pl.min_horizontal("at", "created").alias("at"), "kind")
    )
    quiet = pl.concat([f.select("lead") for f in rungs]).unique()
    lasting = pl.concat([by_call, looking.select("lead")]).unique()
    speaking = own.filter("tells").join(lasting, on="lead", how="semi")
    alone = own.join(quiet, on="lead", how="anti")
    words = pl.concat([speaking, alone]).unique("lead")
    rungs.append(words.select("lead", "item", "at", "kind"))
    rungs = [f.with_columns(rank=pl.lit(max(n - 3, 0))) for n, f in enumerate(rungs)]

    internal = kinds.select("kind", internal=pl.col("traffic_source") == "internal")
    pairs = pl.concat(rungs).join(internal, on="kind").sort("lead", "at", "rank", "item")
    leads = pairs.group_by("lead").agg(
        pl.col("internal").last().alias("came_back"), pl.col("internal").all().alias("alone")
    )
    pairs = pairs.join(leads, on="lead", maintain_order="left")
    kept = pairs.filter(~pl.col("internal") | pl.col("alone"))
    return kept.select("lead", "at", "kind", "came_back"), kinds


def _items(rows: pl.DataFrame, at: str, settings: Settings) -> pl.DataFrame:
    """Rows up to as_of with item, kind, client, click and person; whether they tell of a source."""
    absent = [pl.lit("").alias(name) for name in FIELDS if name not in rows.columns]
    day = pl.col(at).dt.convert_time_zone(settings.timezone).dt.date()
    return (
        rows.filter(day <= settings.as_of)
        .with_row_index("item")
        .rename({at: "at", "person_key": "person"})
        .with_columns(
            *absent,
            has_yclid=pl.col("yclid") != "",
            client=key("ym_client_id"),
            click=key("yclid"),
        )
        .with_columns(
            kind=pl.struct(*FIELDS, "has_yclid").hash(),
            tells=pl.any_horizontal("has_yclid", *(pl.col(n) != "" for n in FIELDS[:4])),
        )
    )


def _kinds(items: pl.DataFrame) -> pl.DataFrame:
    return spelled(items.select("kind", *FIELDS, "has_yclid").unique("kind"))


def _of(name: str, who: pl.DataFrame, touches: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The touches that share a key with each lead of `who`, within its look-back window."""
    oldest = pl.col("created") - timedelta(days=settings.lookback_days)
    return (
        who.lazy()
        .select("lead", "created", name)
        .join(touches.lazy().select("item", "at", "kind", name), on=name)
        .filter(pl.col("at").is_between(oldest, pl.col("created")))
        .select("lead", "item", "at", "kind")
        .collect()
    )


def _by_click(who: pl.DataFrame, touches: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The history of the ClientID that made the click, else the click alone."""
    clicks = touches.select("click", "client").drop_nulls("click").unique("click", keep="first")
    clickers = who.drop("client").join(clicks, on="click")
    history = _of("client", clickers, touches, settings)
    alone = _of("click", who, touches, settings).join(history, on="lead", how="anti")
    return pl.concat([history, alone])


def _nearest(who: pl.DataFrame, calls: pl.DataFrame, minutes: int) -> pl.DataFrame:
    """The nearest call of each lead's phone within `minutes`: its ClientID and what it tells."""
    gap = (pl.col("at") - pl.col("created")).abs()
    return (
        who.select("lead", "created", "person")
        .join(calls.select("item", "at", "kind", "person", "client", "tells"), on="person")
        .filter(gap <= timedelta(minutes=minutes))
        .sort(gap, "at", "item")
        .unique("lead", keep="first", maintain_order=True)
    )
