"""One line of «Качество данных»: a measurement, its norm, and what to do when it is not met."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import pandas as pd

from metrics.coded import Bools, Floats, Ints
from metrics.facts import Facts, day_number
from metrics.sums import pick, ratio, within
from metrics.wording import counted, number, percent, roubles


@dataclass(frozen=True)
class Check:
    """A line: `value` in figures and `text` in words; `action` is wanted only if not `ok`."""

    key: str
    check: str
    value: float
    text: str
    norm: str
    ok: bool
    action: str


@dataclass(frozen=True)
class Period:
    """The report's days, the leads created on them (no repeat requests) and all that was paid."""

    first: int
    last: int
    leads: pd.DataFrame
    payments: pd.DataFrame

    @classmethod
    def of(cls, facts: Facts) -> Period:
        first, last = day_number(facts.settings.first), day_number(facts.settings.last)
        leads, pay = facts.leads, facts.payments
        chosen = within(leads["day"].to_numpy(), first, last) & ~leads["repeat"].to_numpy()
        columns = ["group", "weight", "rung", "touches", "has_source", "has_utm"]
        money = ["patient", "day", "group", "margin", "known", "revenue"]
        paid = within(pay["day"].to_numpy(), first, last)
        return cls(first, last, pick(leads, columns, chosen), pick(pay, money, paid))

    def has(self, day: Ints) -> Bools:
        """Which day numbers lie in the period."""
        return within(day, self.first, self.last)


def share_of(
    key: str, check: str, part: Floats | float, whole: Floats | float, most: float, action: str
) -> Check:
    """A share that is usual up to `most`; empty and fine where there is nothing to share."""
    share = ratio(part, whole).item()
    nothing = isnan(share)
    text = "" if nothing else percent(share, 1)
    return Check(key, check, share, text, f"до {percent(most)}", nothing or share <= most, action)


def none_of(key: str, check: str, count: int, action: str, text: str = "") -> Check:
    """A thing of which there should be none."""
    return Check(key, check, float(count), text or number(count), "0", count == 0, action)


def rows_worth(count: int, one: str, few: str, many: str, kopecks: int) -> str:
    """«12 оплат на 340 000 ₽»."""
    return f"{counted(count, one, few, many)} на {roubles(kopecks)}" if count else "0"


def program_fault(changes: pd.DataFrame) -> list[Check]:
    """Past numbers that one version of the program counts in two ways, if there are any.

    In: `metrics.reports.changes`.
    """
    count = int(changes["is_fault"].sum())
    return [
        none_of(
            "program_fault",
            "Числа прошлых месяцев, посчитанные иначе той же программой",
            count,
            "Так быть не должно: сообщите разработчикам. Какие это числа, сказано в «Что "
            "изменилось», колонка «Программа».",
        )
    ][: min(count, 1)]
