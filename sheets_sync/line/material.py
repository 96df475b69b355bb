"""What this run knows, gathered for reports and tabs: the one place where the store meets them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from metrics.past import Past
from metrics.settings import Settings
from sheets_sync.books.book import Typed
from sheets_sync.clinic.config import Clinic, ReportConfig
from sheets_sync.privacy.personal import find_personal
from sheets_sync.store import SourceState
from sheets_sync.store.freshness import freshness
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
