"""The twin's rules in polars: channel, retarget flag, campaign book, directions by pattern."""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from metrics.join.rules import Rule
from metrics.settings import NO_CHANNEL, NO_DIRECTION

DIRECT_NAME = r"^(яндекс[ .]*директ|директ|yandex[ ._-]*direct|direct)$"
DIRECT_SOURCE = r"^(ya|yd|yandex([ ._-]?(direct|network|rsya|search))?|y?direct)$"
DIRECT_MEDIUM = r"^(.*cp[acmv].*|ppc|context|retargeting|paid.*)$"
PAID_MEDIUM = r"^(.*cp[acmv].*|ppc|retargeting|target|paid.*|banner|display)$"
DIRECT_ENGINES = "ya_direct ya_undefined"
NOTHING = pl.lit(value=False)


def plain(column: pl.Expr) -> pl.Expr:
    """Lower case, ё = е, no spaces around."""
    return column.str.strip_chars().str.to_lowercase().str.replace_all("ё", "е")


def classified(
    rows: pl.DataFrame, rules: tuple[Rule, ...], *, is_cost: bool = False
) -> pl.DataFrame:
    """Add `channel` and `retarget` to distinct rows by the ordered table."""
    words = {n: plain(pl.col(n)) for n in rows.columns if rows.schema[n] == pl.String}
    clicked = pl.col("has_yclid") if "has_yclid" in rows.columns else NOTHING

    def matches(fields: tuple[str, ...], pattern: str) -> pl.Expr:
        pattern = f"(?i){pattern.replace('ё', 'е')}"
        hits = [words[f].str.contains(pattern) & (words[f] != "") for f in fields if f in words]
        return reduce(or_, hits, NOTHING)

    def among(fields: tuple[str, ...], value: str) -> pl.Expr:
        names = [w.lower().replace("ё", "е") for w in value.split()]
        return reduce(or_, [words[f].is_in(names) for f in fields if f in words], NOTHING)

    tagged = matches(("utm_source",), DIRECT_SOURCE) & matches(("utm_medium",), DIRECT_MEDIUM)
    direct = tagged | clicked | matches(("platform", "source_raw"), DIRECT_NAME)
    everything = pl.lit(value=True)
    scopes = {
        "any": everything,
        "paid": everything if is_cost else matches(("utm_medium",), PAID_MEDIUM),
        "direct": direct | among(("adv_engine",), DIRECT_ENGINES),
    }

    def hit(rule: Rule) -> pl.Expr:
        if rule.operator == "always":
            return scopes[rule.scope]
        ask = matches if rule.operator == "matches" else among
        return scopes[rule.scope] & ask(rule.fields, rule.value)

    ordered = sorted(rules, key=lambda r: r.order)
    flags = [hit(r) for r in ordered if r.channel.startswith("(flag)")]
    channels = [
        pl.when(hit(r)).then(pl.lit(r.channel))
        for r in ordered
        if not r.channel.startswith("(flag)")
    ]
    return rows.with_columns(
        pl.coalesce([*channels, pl.lit(NO_CHANNEL)]).alias("channel"),
        reduce(or_, flags, NOTHING).alias("retarget"),
    )


def direction(
    own: list[pl.Expr], columns: list[pl.Expr], patterns: tuple[tuple[str, str], ...]
) -> pl.Expr:
    """The first of `own` that is filled (None: the place of the patterns), else the patterns."""
    hits = [
        pl.when(
            reduce(or_, [plain(c).str.contains(f"(?i){p.replace('ё', 'е')}") for c in columns])
        ).then(pl.lit(name))
        for p, name in patterns
    ]
    first, *rest = [pl.when(g != "").then(g) for g in own]
    return pl.coalesce([first, *hits, *rest, pl.lit(NO_DIRECTION)])


def campaign_book(costs: pl.DataFrame) -> pl.DataFrame:
    """What cost rows know of campaigns: key, name, text, known_network, known_direction."""
    names = ["campaign_id", "campaign", "utm_campaign", "network", "direction"]
    sums = costs.group_by(names).agg(pl.col("cost").sum())
    name, utm, number = pl.col("campaign"), pl.col("utm_campaign"), pl.col("campaign_id")
    attributes = {
        "name": pl.when(name != "").then(name).when(utm != "").then(utm).otherwise(number),
        "text": pl.when(utm != "").then(utm).otherwise(name),
        "known_network": pl.col("network"),
        "known_direction": pl.col("direction"),
    }
    shelves = []
    for key in ("campaign_id", "campaign", "utm_campaign"):
        shelf = sums.with_columns(plain(pl.col(key)).alias("key")).filter(pl.col("key") != "")
        book = shelf.select("key").unique()
        for attribute, expression in attributes.items():
            dearest = (
                shelf.with_columns(expression.alias(attribute))
                .filter(pl.col(attribute) != "")
                .group_by("key", attribute)
                .agg(pl.col("cost").sum())
                .sort("cost", attribute, descending=[True, False])
                .unique("key", keep="first", maintain_order=True)
                .drop("cost")
            )
            book = book.join(dearest, on="key", how="left")
        shelves.append(book)
    whole = pl.concat(shelves).unique("key", keep="first", maintain_order=True)
    return whole.with_columns(pl.col(*attributes).fill_null(""))


def inherit(rows: pl.DataFrame, campaign: pl.Expr, book: pl.DataFrame) -> pl.DataFrame:
    """Add what the book knows of each row's campaign: campaign, text, known_network, …"""
    own = rows.with_columns(campaign.alias("own"), plain(campaign).alias("key"))
    joined = own.join(book, on="key", how="left")
    return joined.with_columns(
        pl.coalesce("name", "own").alias("campaign"),
        pl.coalesce("text", "own").alias("text"),
        pl.col("known_network", "known_direction").fill_null(""),
    ).drop("own", "key", "name")
