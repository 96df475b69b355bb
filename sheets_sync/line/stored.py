"""What the store keeps beside the clinic's sources: typed costs, and sources that are no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from metrics.schema import ENTITIES
from sheets_sync.clinic.config import ReportConfig
from sheets_sync.line.pull import read_of
from sheets_sync.line.run import LiveRun, SourceRead
from sheets_sync.sources.source import Pulled
from sheets_sync.store import SourceState
from templates_sheets import costs as costs_tab
from templates_sheets.inputs import Inputs

#: Everything that a source without ids may ever have held: its new rows are all of its rows.
_ALWAYS = (date(1900, 1, 1), date(2199, 12, 31))


def merge_typed_costs(run: LiveRun, inputs: Inputs[ReportConfig]) -> list[SourceRead]:
    """Rows of the tab «Расходы» are all of that source's rows: a row taken out is gone."""
    refused = len(inputs.about(costs_tab.TAB.title))
    pulled = Pulled("costs", inputs.costs, read=len(inputs.costs) + refused, replace=_ALWAYS)
    is_stored = any(s.source == costs_tab.SOURCE for s in run.store.sources.states(run.clinic.id))
    if inputs.costs.empty and not refused and not is_stored:
        return []
    merged = run.store.rows.merge(
        run.clinic.id, costs_tab.SOURCE, [pulled], run.now, run_id=run.run_id
    )
    return [read_of(costs_tab.SOURCE, pulled, merged["costs"])]


def forget_gone(run: LiveRun) -> None:
    """Forget sources that the clinic's file no longer names and that say nothing of their own.

    One without rows (its path was mistyped, or its rows are another's now) would be stale for
    ever; a renamed export of costs or traffic, which have no ids, would count twice.
    """
    named = {source.name for source in run.clinic.source} | {costs_tab.SOURCE}
    states = run.store.sources.states(run.clinic.id)
    ours = [s for s in states if s.source in named]
    for name in sorted({s.source for s in states} - named):
        if all(not s.rows or _is_covered(s, ours) for s in states if s.source == name):
            run.store.rows.forget(run.clinic.id, name, run.now, run.run_id)


def _is_covered(gone: SourceState, ours: Sequence[SourceState]) -> bool:
    """Whether a source of the same kind now gives every day that a gone one gave."""
    kind = gone.source.partition(":")[0]
    return not ENTITIES[gone.entity].key and any(
        s.entity == gone.entity
        and s.source.partition(":")[0] == kind
        and s.first is not None
        and s.last is not None
        and s.first <= gone.first <= gone.last <= s.last
        for s in ours
        if gone.first and gone.last
    )
