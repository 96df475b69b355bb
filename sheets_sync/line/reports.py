"""Every report of one run, computed from joined facts in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from metrics.facts import Facts
from metrics.join.join import attribute, prepare
from metrics.reports.campaigns import campaigns
from metrics.reports.channel_report import channel_report
from metrics.reports.cohorts import cohorts
from metrics.reports.funnel import funnel
from metrics.reports.models import models
from metrics.reports.quality import SourceFreshness, quality
from metrics.reports.services import services
from metrics.reports.unit_economics import unit_economics
from metrics.reports.weekly import weekly
from metrics.settings import Settings
from sheets_sync.clinic.config import spoken
from sheets_sync.store import SourceState


@dataclass(frozen=True)
class Reports:
    """The frames that tabs are made of; each is described by the metric that makes it."""

    facts: Facts
    channel_report: pd.DataFrame
    campaigns: pd.DataFrame
    cohorts: pd.DataFrame
    unit_economics: pd.DataFrame
    unit_by_channel: pd.DataFrame
    services: pd.DataFrame
    funnel: pd.DataFrame
    weekly: pd.DataFrame
    models: pd.DataFrame
    quality: pd.DataFrame


def freshness(state: SourceState, zone: ZoneInfo) -> SourceFreshness:
    """What «Качество данных» shows of a source."""
    good = state.last_good_at
    return SourceFreshness(
        spoken(state.source),
        state.entity,
        good.astimezone(zone).date() if good else None,
        state.stale,
        str((state.error or {}).get("message", "")),
        state.refused,
        state.rows,
    )


#: LTV is known on as_of, not of a period: its value of the period before was another.
_OF_AS_OF = ("ltv", "ltv_12m", "ltv_now", "ltv_days", "ltv_cac", "ltv_s0", "ltv_s1", "ltv_s3")


def before(facts: Facts) -> pd.DataFrame:
    """The channel report of as many days just before the report's period."""
    settings = facts.settings
    length = settings.last - settings.first + timedelta(days=1)
    earlier = replace(settings, first=settings.first - length, last=settings.last - length)
    report = channel_report(replace(facts, settings=earlier))
    return report.assign(**dict.fromkeys(_OF_AS_OF, float("nan")))


def reports(
    frames: dict[str, pd.DataFrame], settings: Settings, sources: Sequence[SourceFreshness] = ()
) -> Reports:
    """Join a clinic's conformed rows and compute every report (definitions §2-§9)."""
    joined = prepare(frames, settings)
    facts = attribute(joined, settings.attribution)
    return Reports(
        facts,
        channel_report(facts),
        campaigns(facts),
        cohorts(facts),
        unit_economics(facts, "direction"),
        unit_economics(facts, "channel"),
        services(facts),
        funnel(facts),
        weekly(facts),
        models(joined, facts),
        quality(facts, sources),
    )
