"""The tabs: one declaration a file, and `TABS`, their order in the book."""

from __future__ import annotations

from templates_sheets import (
    alerts,
    campaigns,
    changes,
    channel_report,
    channels,
    cohorts,
    comparison,
    costs,
    definitions,
    directions,
    forecast,
    funnel,
    journal,
    models,
    phrases,
    plan,
    plan_fact,
    quality,
    recall,
    reconciliation,
    rollout,
    segment_patterns,
    segments,
    service,
    services,
    settings,
    summary,
    unit_by_channel,
    unit_economics,
    verification,
    weekly,
)
from templates_sheets.tab import Tab

__all__ = ["HIDEABLE", "INPUT_TABS", "TABS"]

TABS: tuple[Tab, ...] = (
    summary.TAB,
    weekly.TAB,
    plan_fact.TAB,
    alerts.TAB,
    channel_report.TAB,
    campaigns.TAB,
    phrases.TAB,
    cohorts.TAB,
    unit_economics.TAB,
    unit_by_channel.TAB,
    services.TAB,
    comparison.TAB,
    forecast.TAB,
    recall.TAB,
    segments.TAB,
    reconciliation.TAB,
    service.TAB,
    funnel.TAB,
    models.TAB,
    quality.TAB,
    changes.TAB,
    verification.TAB,
    rollout.TAB,
    definitions.TAB,
    journal.TAB,
    settings.TAB,
    costs.TAB,
    plan.TAB,
    channels.TAB,
    directions.TAB,
    segment_patterns.TAB,
)
#: The tabs that people fill.
INPUT_TABS = tuple(tab for tab in TABS if tab.filled_by == "people")
#: Titles that `hide_tabs` may name: who hides «Настройки» could not bring it back.
HIDEABLE = tuple(tab.title for tab in TABS if tab is not settings.TAB)
