"""What a report is asked for: the period, the day it is made on, and the clinic's choices."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from metrics.join.rules import Rule, default_rules

Attribution = Literal[
    "last_significant", "first", "last", "last_paid", "linear", "position", "time_decay", "markov"
]
Ltv = Literal["ltv_12m", "ltv_s0", "ltv_s1", "ltv_s3"]
Bands = Literal["margin", "s1"]

#: Attribution models, in the order of the tab «Модели».
MODELS: tuple[Attribution, ...] = get_args(Attribution)

#: Whose cost of a channel's day is taken, by kind of source.
COST_ORDER = ("direct", "vk_ads", "avito", "metrica", "file", "upload", "sheet")

NO_CHANNEL = "Не определён"
NO_DIRECTION = "Без направления"
NO_CAMPAIGN = ""
OTHER = "Прочее"
TOTAL = "Итого"
ALL = "Все"


@dataclass(frozen=True)
class Settings:
    """Everything a metric may depend on besides rows. `first` and `last` day are both included."""

    as_of: date
    first: date
    last: date
    timezone: str = "Europe/Moscow"
    margin_rate: Decimal | None = None
    margin_rates: dict[str, Decimal] = field(default_factory=dict)
    recall_months: dict[str, int] = field(default_factory=dict)
    attribution: Attribution = "last_significant"
    ltv: Ltv = "ltv_12m"
    bands: Bands = "margin"
    lookback_days: int = 90
    duplicate_days: int = 30
    lead_max_age_days: int = 180
    ltv_window_months: int = 24
    ltv_min_patients: int = 10
    funnel_months: int = 13
    cohort_months: int = 24
    min_patients: int = 1
    verdict_min_patients: int = 3
    action_min_effect: int = 20_000
    alert_min_effect: int = 20_000
    cost_order: tuple[str, ...] = COST_ORDER
    spread_costs: Literal["none", "leads"] = "none"
    directions: tuple[tuple[str, str], ...] = ()
    call_minutes: int = 30
    match_hours: int = 24
    callback_hours: int = 24
    work_hours: str = "09:00–21:00"
    clinic: str = ""
    call_lead_minutes: int = 30
    sources: tuple[str, ...] = ()
    hide_tabs: tuple[str, ...] = ()
    compare_from: date | None = None
    compare_to: date | None = None
    changed_since: date | None = None
    forecast_min_repeaters: int = 100
    forecast_max_error: Decimal = Decimal("0.25")
    phrases_top: int = 200
    keep_uploads: int = 0
    rules: tuple[Rule, ...] = field(default_factory=default_rules)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def default_period(as_of: date) -> tuple[date, date]:
    """The 90 days that end the day before `as_of`."""
    return as_of - timedelta(days=90), as_of - timedelta(days=1)


def compared_period(settings: Settings) -> tuple[date, date]:
    """`compare_from` … `compare_to`; else as many days as the report's, just before them.

    A `compare_from` after the last day compares nothing: it does not count.
    """
    last = settings.compare_to or settings.first - timedelta(days=1)
    first = settings.compare_from
    if first is None or first > last:
        first = last - (settings.last - settings.first)
    return first, last


def working_minutes(hours: str) -> tuple[int, int]:
    """Working hours like «09:00–21:00» as minutes of the day, the second not included.

    Raises ValueError with the Russian phrase of what was expected.
    """
    times = re.fullmatch(r"(\d{1,2}):([0-5]\d) ?[–—-] ?(\d{1,2}):([0-5]\d)", hours.strip())
    low, high = (
        (int(times[1]) * 60 + int(times[2]), int(times[3]) * 60 + int(times[4]))
        if times
        else (0, 0)
    )
    if not low < high <= 24 * 60:
        raise ValueError("часы работы, например 09:00–21:00")
    return low, high
