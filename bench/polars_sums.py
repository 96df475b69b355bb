"""The arithmetic that the twin's reports share: folds by group and safe ratios."""

from __future__ import annotations

import polars as pl

from bench.polars_join import GROUP


def folded(sums: pl.LazyFrame, groups: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    """Sums by group added up by columns of the groups (and what else `by` names)."""
    names = groups.select("group", *(c for c in by if c in GROUP))
    return summed(sums.join(names, on="group").drop("group"), by)


def summed(rows: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    return rows.group_by(by).agg(pl.exclude(by).sum()) if by else rows.select(pl.all().sum())


def ratio(above: str | pl.Expr, below: str) -> pl.Expr:
    above = pl.col(above) if isinstance(above, str) else above
    return pl.when(pl.col(below) != 0).then(above / pl.col(below))


def positive(above: str, below: str) -> pl.Expr:
    return pl.when(pl.col(above) != 0, pl.col(below) != 0).then(pl.col(above) / pl.col(below))
