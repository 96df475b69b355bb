"""Channel rules: an ordered table, first match wins; (flag) rules mark the row and go on."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Rule:
    """One row of the table «Каналы»."""

    order: int
    scope: str
    fields: tuple[str, ...]
    operator: str
    value: str
    channel: str


@cache
def default_rules() -> tuple[Rule, ...]:
    """The rules that ship with the product, `metrics/channels.csv`."""
    text = resources.files("metrics").joinpath("channels.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter=";")
    return tuple(
        Rule(
            int(r["order"]),
            r["scope"],
            tuple(r["fields"].split()),
            r["operator"],
            r["value"],
            r["channel"],
        )
        for r in rows
    )
