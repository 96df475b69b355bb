"""What this run knows, gathered for reports and tabs: the one place where the store meets them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from metrics.past import Past
from metrics.settings import Settings
from metrics.sources import SourceFreshness
from sheets_sync.books.book import Typed
from sheets_sync.clinic.config import Clinic, ReportConfig
from sheets_sync.privacy.personal import find_personal
from sheets_sync.sources import source_title
from sheets_sync.store import SourceState
from templates_sheets.inputs import Inputs
from templates_sheets.journal import Line
from templates_sheets.material import Material


def material(
    clinic: Clinic,
    settings: Settings,
    rows: Mapping[str, pd.DataFrame],
    typed: Typed,
    inputs: Inputs[ReportConfig],
    states: Sequence[SourceState],
    at: datetime,
    journal: Sequence[Line] = (),
    memory: MutableMapping[str, Any] | None = None,
    past: Past | None = None,
) -> Material:
    """Everything that reports and tabs may ask for; `at` is the moment of the run, UTC."""
    return Material(
        settings=settings,
        rows=rows,
        at=at.astimezone(clinic.zone),
        sources=tuple(freshness(state, clinic.zone) for state in states),
        typed=inputs.typed,
        grids=typed.grids,
        comments=typed.comments,
        complaints=inputs.complaints,
        goals=inputs.goals,
        journal=journal,
        memory={} if memory is None else memory,
        past=past,
        is_personal=lambda text: find_personal(text) != "",
    )


def freshness(state: SourceState, zone: ZoneInfo) -> SourceFreshness:
    """What reports may know of a source."""
    good = state.last_good_at
    error: Mapping[str, Any] = state.error or {}
    return SourceFreshness(
        name=source_title(state.source),
        entity=state.entity,
        last_good=good.astimezone(zone).date() if good else None,
        stale=state.stale,
        error=str(error.get("message", "")),
        refused=state.refused,
        rows=state.rows,
        read=state.read,
        source=state.source,
        state=state.state,
    )
