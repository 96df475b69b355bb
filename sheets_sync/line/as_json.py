"""What a command did as plain values: what `--json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sheets_sync.line.run import RunReport, SourceRead
from sheets_sync.sources import shown_source
from sheets_sync.sources.source import Refusal
from sheets_sync.store import SourceState

if TYPE_CHECKING:  # as in show.outcome
    from sheets_sync.line.check import CheckReport
    from sheets_sync.line.verify import VerifyReport


def as_plain(synced: RunReport) -> dict[str, Any]:
    """The run as plain values: for `romi-sheets sync --json`."""
    run = synced.run
    channels = synced.channels
    return {
        "clinic": run.clinic.id,
        "name": run.clinic.name,
        "run_id": run.run_id,
        "ok": synced.ok,
        "error": None,
        "clock": run.service.now.isoformat() if run.service.now else None,
        "as_of": run.as_of.isoformat(),
        "from": synced.settings.first.isoformat(),
        "to": synced.settings.last.isoformat(),
        "book": synced.address,
        "counts": synced.counts,
        "sources": [_source_json(r, synced.states) for r in synced.sources],
        "refused": [_refusal_json(*r) for r in synced.refusals],
        "complaints": list(synced.complaints),
        "messages": list(synced.messages),
        "money": "kopecks",
        "channels": channels.astype(object).where(channels.notna(), None).to_dict("records"),
    }


def checked_plain(checked: CheckReport) -> dict[str, Any]:
    """The answer of `romi-sheets check --json`."""
    plan = checked.plan.drop(columns="next_step")
    return {
        "ok": checked.ok,
        "error": None,
        "lines": [asdict(line) for line in checked.lines],
        "plan": plan.astype(object).to_dict("records"),
        "next_step": checked.next_step,
    }


def verified_plain(verified: VerifyReport) -> dict[str, Any]:
    """The answer of `romi-sheets verify --json`."""
    return {
        "ok": not verified.differ,
        "error": None,
        "book": verified.address,
        "checked": verified.checked,
        "differ": verified.differ,
        "rows": verified.rows.astype(object).to_dict("records"),
    }


def _source_json(read: SourceRead, states: tuple[SourceState, ...]) -> dict[str, Any]:
    state = next((s for s in states if (s.source, s.entity) == (read.source, read.entity)), None)
    kept = state.state.get(read.entity, {}) if state else {}
    merged = read.merged
    return {
        "source": shown_source(read.source),
        "entity": read.entity,
        "read": read.read,
        "refused": read.refused,
        "totals": read.totals,
        "unchanged_since_last_time": read.unread,
        "new": merged.new if merged else 0,
        "changed": merged.changed if merged else 0,
        "unchanged": merged.unchanged if merged else 0,
        "rows": state.rows if state else 0,
        "stale": bool(read.error),
        "last_good_at": (state.last_good_at.isoformat() if state and state.last_good_at else None),
        "notes": list(read.notes),
        "understood": kept.get("understood", []),
        "did": kept.get("did"),
        "error": read.error.as_dict() if read.error else None,
    }


def _refusal_json(source: str, entity: str, refusal: Refusal) -> dict[str, Any]:
    return {
        "source": shown_source(source),
        "entity": entity,
        "file": refusal.file,
        "row": refusal.row,
        "column": refusal.column,
        "value": refusal.value,
        "reason": refusal.reason,
    }
