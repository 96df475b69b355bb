"""How fresh a source is, in the words of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from metrics.sources import SourceFreshness
from sheets_sync.sources import source_title
from sheets_sync.store.sources import SourceState


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
