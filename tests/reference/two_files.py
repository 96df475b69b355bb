"""Costs and visits that two files hold (definitions 1, «Costs and traffic of two files»)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cached_property

from metrics.settings import Settings
from tests.reference.channels import folded
from tests.reference.money import by_day
from tests.reference.rows import Row

#: «one platform, by any of its usual names», as far as the tests' clinics use them.
ONE = {
    "директ": "яндексдирект",
    "direct": "яндексдирект",
    "yandexdirect": "яндексдирект",
    "vk": "vkреклама",
    "вк": "vkреклама",
    "vkads": "vkреклама",
    "вкреклама": "vkреклама",
    "avito": "авито",
    "2gis": "2гис",
}
MARKS = ("date", "traffic_source", "source_engine", "adv_engine", "utm_source", "utm_medium",
         "utm_campaign", "goal_id")  # fmt: skip


def platform(row: Row) -> str:
    letters = "".join(c for c in folded(row["platform"]) if c.isalnum())
    return ONE.get(letters, letters) or row["platform"]


def is_one_campaign(one: Row, other: Row) -> bool:
    """«(equal ids; where either has none, names without case)»; «a row that its utm_campaign alone
    names is every campaign of that tag»."""
    if one["campaign_id"] and other["campaign_id"]:
        return bool(one["campaign_id"] == other["campaign_id"])
    tags = [folded(r["utm_campaign"]) for r in (one, other)]
    alone = any(not r["campaign"] and not r["campaign_id"] for r in (one, other))
    if alone and tags[0] and tags[0] == tags[1]:
        return True
    names = [r["campaign"] or r["utm_campaign"] for r in (one, other)]
    nameless = [r for r, name in zip((one, other), names, strict=True) if not name]
    if any(r["campaign_id"] for r in nameless):
        return False
    return folded(names[0]) == folded(names[1])


def is_nameless(row: Row) -> bool:
    return not (row["campaign"] or row["campaign_id"] or row["utm_campaign"])


class TwoFiles:
    """The cost rows of files, held against each other."""

    def __init__(self, rows: list[Row], settings: Settings) -> None:
        self.rows = [r for r in rows if r["file"]]
        self.settings = settings

    def place(self, row: Row) -> tuple[int, str, str]:
        """«later in the order of `[[source]]`, then by file name»"""
        order = [*self.settings.sources]
        place = order.index(row["source"]) if row["source"] in order else len(order)
        return place, row["source"], row["file"]

    def days(self, row: Row) -> list[tuple[date, int]]:
        """Days of a row up to `as_of` that no later file holds, and its kopecks of each."""
        count = (row["date_to"] - row["date_from"]).days + 1
        shares = by_day(row["cost"] or 0, count)
        all_days = [(row["date_from"] + timedelta(days=i), s) for i, s in enumerate(shares)]
        return [
            (d, s)
            for d, s in all_days
            if d <= self.settings.as_of and not self.is_held_later(row, d)
        ]

    def is_held_later(self, row: Row, day: date) -> bool:
        """«the day of the later file counts»"""
        return row["file"] != "" and any(
            self.place(other) > self.place(row)
            and other["date_from"] <= day <= other["date_to"]
            and platform(other) == platform(row)
            and other["network"] == row["network"]
            and is_one_campaign(row, other)
            for other in self.rows
        )

    def is_total(self, row: Row) -> bool:
        """«A row without a campaign … whose campaigns in other files come to it within a rouble …
        is their sum; such days must be two»"""
        return id(row) in self._totals

    @cached_property
    def _totals(self) -> set[int]:
        if len({self.place(r) for r in self.rows}) < 2 or not any(map(is_nameless, self.rows)):
            return set()
        met = {id(r): self._met(r) for r in self.rows if is_nameless(r)}
        agree = Counter[tuple[object, ...]]()
        for row in self.rows:
            agree[self.place(row), platform(row)] += met.get(id(row), 0)
        return {
            id(r) for r in self.rows if met.get(id(r), 0) and agree[self.place(r), platform(r)] >= 2
        }

    def _met(self, row: Row) -> int:
        """Of how many days campaigns elsewhere tell, if all together come to the row's sum."""
        own, beside, met = 0, 0, 0
        for day, cost in self.days(row):
            others = [
                c
                for other in self.rows
                if not is_nameless(other)
                and self.place(other) != self.place(row)
                and platform(other) == platform(row)
                and row["network"] in ("", other["network"])
                for d, c in self.days(other)
                if d == day
            ]
            own, beside, met = own + cost, beside + sum(others), met + bool(others)
        return met if abs(own - beside) <= 100 else 0


def traffic_once(rows: list[Row], settings: Settings) -> list[Row]:
    """Visits without those of files whose day and marks a file of a later source has, too."""
    order = [*settings.sources]

    def place(row: Row) -> int:
        return order.index(row["source"]) if row["source"] in order else len(order)

    files = [r for r in rows if r["source"].startswith("file:")]
    last: dict[tuple[object, ...], int] = {}
    for row in files:
        marks = tuple(row[m] for m in MARKS)
        last[marks] = max(last.get(marks, -1), place(row))
    return [r for r in rows if r not in files or place(r) == last[tuple(r[m] for m in MARKS)]]
