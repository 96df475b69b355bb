"""Channel rules: an ordered table, first match wins; (flag) rules mark the row and go on."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from metrics.coded import Bools, Coded, Ints, combine, fold
from metrics.join.patterns import Haystack, unreadable

#: Columns that a rule may look at.
FIELDS = (
    "platform",
    "network",
    "source_raw",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "referrer_domain",
    "traffic_source",
    "adv_engine",
    "contact_type",
)
SCOPES = ("any", "direct", "paid")
OPERATORS = ("matches", "in", "always")
#: What stands in the column «Канал» of a rule that only marks the row.
RETARGET_FLAG = "(flag) ретаргет"

DIRECT_NAME = r"^(яндекс[ .]*директ|директ|yandex[ ._-]*direct|direct)$"
DIRECT_SOURCE = r"^(ya|yd|yandex([ ._-]?(direct|network|rsya|search))?|y?direct)$"
DIRECT_MEDIUM = r"^(.*cp[acmv].*|ppc|context|retargeting|paid.*)$"
PAID_MEDIUM = r"^(.*cp[acmv].*|ppc|retargeting|target|paid.*|banner|display)$"
DIRECT_ENGINES = "ya_direct ya_undefined"


@dataclass(frozen=True)
class Rule:
    """One row of the table «Каналы»."""

    order: int
    scope: str
    fields: tuple[str, ...]
    operator: str
    value: str
    channel: str


@dataclass(frozen=True)
class RuleRows:
    """Rows to be given a channel: coded columns by field name, and whether yclid is there."""

    count: int
    fields: dict[str, Coded]
    has_yclid: Bools
    is_cost: bool = False


@dataclass(frozen=True)
class Channels:
    """The answer for each row: its channel, the number of the rule, the retarget flag."""

    channel: Coded
    rule: Ints
    retarget: Bools


@cache
def default_rules() -> tuple[Rule, ...]:
    """The rules that ship with the product, `metrics/channels.csv`."""
    text = resources.files("metrics.join").joinpath("channels.csv").read_text(encoding="utf-8")
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


def fault(rule: Rule) -> str:
    """What is wrong with a marketer's rule, as a Russian phrase; "" if nothing is."""
    if rule.scope not in SCOPES:
        return f"область «{rule.scope}» неизвестна; бывает: {', '.join(SCOPES)}"
    if rule.operator not in OPERATORS:
        return f"условие «{rule.operator}» неизвестно; бывает: {', '.join(OPERATORS)}"
    unknown = [f for f in rule.fields if f not in FIELDS]
    if unknown:
        return f"поле «{unknown[0]}» неизвестно; бывает: {', '.join(FIELDS)}"
    if rule.operator != "always" and not (rule.fields and rule.value):
        return "нужны и поле, и значение"
    if not rule.channel:
        return "не указан канал"
    if rule.operator == "matches":
        error = unreadable(rule.value)
        return f"выражение «{rule.value}» не читается: {error}" if error else ""
    return ""


def classify(rows: RuleRows, rules: tuple[Rule, ...], otherwise: str) -> Channels:
    """Give each row its channel by the first rule that matches (rules/README of the product).

    Case does not matter, ё = е, an empty field never matches. A traffic_source of `internal` is
    not a channel: it counts as empty. A row that no rule matches is `otherwise`, rule 0.
    """
    columns = [(c.codes, len(c.values)) for c in rows.fields.values()]
    code, first = combine([*columns, (rows.has_yclid.astype(np.int64), 2)], rows.count)
    table = _DistinctRows(
        {name: column.take(first) for name, column in rows.fields.items()},
        rows.has_yclid[first],
        is_cost=rows.is_cost,
    )
    channel, rule, retarget = table.answers(rules, otherwise)
    named = Coded(code, channel).with_texts(channel)
    return Channels(named, rule[code], retarget[code])


class _DistinctRows:
    """The distinct rows: each rule is asked once of each distinct value of each field."""

    def __init__(self, fields: dict[str, Coded], has_yclid: Bools, *, is_cost: bool) -> None:
        self.count = len(has_yclid)
        self.fields = fields
        self.has_yclid = has_yclid
        self.texts = {
            name: Haystack(
                "" if name == "traffic_source" and v == "internal" else v for v in column.values
            )
            for name, column in fields.items()
        }
        nobody = np.zeros(self.count, dtype=bool)
        paid = self.matches(("utm_medium",), PAID_MEDIUM)
        self.scopes = {
            "any": ~nobody,
            "paid": ~nobody if is_cost else paid,
            "direct": self._is_direct(),
        }

    def matches(self, fields: tuple[str, ...], pattern: str) -> Bools:
        """Rows where the expression is found anywhere in any of the fields."""
        return self._any(fields, lambda name: self.texts[name].matches(pattern))

    def among(self, fields: tuple[str, ...], words: str) -> Bools:
        """Rows where any of the fields is one of the words."""
        chosen = {fold(w) for w in words.split()}
        return self._any(fields, lambda name: self.texts[name].among(chosen))

    def answers(self, rules: tuple[Rule, ...], otherwise: str) -> tuple[list[str], Ints, Bools]:
        """Channel, number of the rule and retarget flag of each distinct row."""
        channel = [otherwise] * self.count
        number = np.zeros(self.count, dtype=np.int64)
        retarget = np.zeros(self.count, dtype=bool)
        open_rows = np.ones(self.count, dtype=bool)
        for rule in sorted(rules, key=lambda r: r.order):
            hit = self._hit(rule)
            if rule.channel.startswith("(flag)"):
                retarget |= hit
                continue
            hit &= open_rows
            for row in np.flatnonzero(hit):
                channel[row] = rule.channel
            number[hit] = rule.order
            open_rows &= ~hit
        return channel, number, retarget

    def _hit(self, rule: Rule) -> Bools:
        scope = self.scopes[rule.scope]
        if rule.operator == "always":
            return scope.copy()
        ask = self.matches if rule.operator == "matches" else self.among
        return scope & ask(rule.fields, rule.value)

    def _is_direct(self) -> Bools:
        tagged = self.matches(("utm_source",), DIRECT_SOURCE) & self.matches(
            ("utm_medium",), DIRECT_MEDIUM
        )
        named = self.matches(("platform", "source_raw"), DIRECT_NAME)
        clicked = self.among(("adv_engine",), DIRECT_ENGINES)
        return tagged | named | clicked | self.has_yclid

    def _any(self, fields: tuple[str, ...], test: Callable[[str], Bools]) -> Bools:
        rows = np.zeros(self.count, dtype=bool)
        for name in fields:
            if name in self.fields:
                rows |= self.fields[name].where(test(name))
        return rows
