"""The language of the channel rules (rules/README) over one row of words."""

from __future__ import annotations

import re

from metrics.join.rules import Rule

Fields = dict[str, str]

DIRECT_NAME = r"^(яндекс[ .]*директ|директ|yandex[ ._-]*direct|direct)$"
DIRECT_SOURCE = r"^(ya|yd|yandex([ ._-]?(direct|network|rsya|search))?|y?direct)$"
DIRECT_MEDIUM = r"^(.*cp[acmv].*|ppc|context|retargeting|paid.*)$"
PAID_MEDIUM = r"^(.*cp[acmv].*|ppc|retargeting|target|paid.*|banner|display)$"


def folded(text: str) -> str:
    """«Case does not matter; ё = е»"""
    return text.strip().lower().replace("ё", "е")


def found(pattern: str, text: str) -> bool:
    """«`matches` = regular expression found anywhere»; «an empty field never matches»"""
    if not text:
        return False
    return (
        re.search(pattern.replace("ё", "е").replace("Ё", "Е"), folded(text), re.IGNORECASE)
        is not None
    )


def among(words: str, text: str) -> bool:
    """«`in` = equal to one of the words»"""
    return bool(text) and folded(text) in [folded(word) for word in words.split()]


def is_direct(row: Fields) -> bool:
    """«Scope `direct`: platform or source_raw matches `…`, or adv_engine is ya_direct or
    ya_undefined, or yclid is present, or utm_source matches `…` with utm_medium matching `…`»"""
    return (
        found(DIRECT_NAME, row.get("platform", ""))
        or found(DIRECT_NAME, row.get("source_raw", ""))
        or folded(row.get("adv_engine", "")) in ("ya_direct", "ya_undefined")
        or row.get("yclid", "") != ""
        or (
            found(DIRECT_SOURCE, row.get("utm_source", ""))
            and found(DIRECT_MEDIUM, row.get("utm_medium", ""))
        )
    )


def is_paid(row: Fields, *, is_cost: bool) -> bool:
    """«Scope `paid`: utm_medium matches `…`, or the row is a cost.»"""
    return is_cost or found(PAID_MEDIUM, row.get("utm_medium", ""))


def in_scope(rule: Rule, row: Fields, *, is_cost: bool) -> bool:
    """«Scope `any`: every row.»"""
    if rule.scope == "direct":
        return is_direct(row)
    if rule.scope == "paid":
        return is_paid(row, is_cost=is_cost)
    return True


def holds(rule: Rule, row: Fields) -> bool:
    """«`matches` = regular expression found anywhere in any of the fields; `in` = equal to one of
    the words; `always`.»"""
    if rule.operator == "always":
        return True
    test = found if rule.operator == "matches" else among
    return any(test(rule.value, row.get(name, "")) for name in rule.fields)


def channel(row: Fields, rules: tuple[Rule, ...], *, is_cost: bool) -> tuple[str, int, bool]:
    """«First match wins, except `(flag)`, which marks the row and goes on.» «Every assignment
    keeps the rule's number.» «traffic_source `internal` is not a channel … with none, the rules
    go on as if it were empty.» Channel, rule's number, retarget flag."""
    if row.get("traffic_source") == "internal":
        row = row | {"traffic_source": ""}
    flag = False
    answer: tuple[str, int] | None = None
    for rule in sorted(rules, key=lambda r: r.order):
        if not (in_scope(rule, row, is_cost=is_cost) and holds(rule, row)):
            continue
        if rule.channel.startswith("(flag)"):
            flag = True
        elif answer is None:
            answer = (rule.channel, rule.order)
    name, number = answer or ("Не определён", 0)
    return name, number, flag
