"""Which inbound calls are leads, and which lead rows are kept (definitions 2, calls and leads)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from tests.reference.rows import Row, Rows

#: A lead made of a call: its own id, and what the call says.
CALL_LEAD = "call:"
_SAID = ("person_key", "source_raw", "utm_source", "utm_medium", "utm_campaign", "utm_term",
         "yclid", "ym_client_id")  # fmt: skip
_UNSAID = ("service", "direction", "landing_path", "referrer_domain", "utm_content",
           "branch", "manager", "aliases", "role")  # fmt: skip


class Calls(Rows):
    """Lead rows of CRMs and of calls, in one walk through time: each decides on the next."""

    @cached_property
    def _walk(self) -> tuple[dict[str, str], list[Row]]:
        """Row's lead_id → the kept lead it means; the rows that calls became.

        «**Lead** (лид): a lead row whose status is not spam or duplicate. … A row of the same
        `person_key` created less than 30 × 24 hours (setting) after a kept lead is a duplicate of
        it: … whatever names it means the kept one. A row without `person_key` is its own lead. An
        inbound unique call is a lead row of contact_type call.»"""
        meaning: dict[str, str] = {}
        made: list[Row] = []
        kept: dict[str, Row] = {}
        events = [(r["created_at"], False, r["lead_id"], r) for r in self._real]
        events += [(c["started_at"], True, c["call_id"], c) for c in self.calls]
        for at, is_call, _, event in sorted(events, key=lambda e: e[:3]):
            row = event
            if is_call:
                if not self._is_unique(event, kept) or self._row_of(event):
                    continue
                row = _as_lead(event)
                made.append(row)
            near = kept.get(row["person_key"]) if row["person_key"] else None
            if near is not None and self._is_soon(at, near["created_at"]):
                meaning[row["lead_id"]] = near["lead_id"]
            else:
                meaning[row["lead_id"]] = row["lead_id"]
                kept[row["person_key"]] = row
        return meaning, made

    def _is_soon(self, later: datetime, earlier: datetime) -> bool:
        return later - earlier < timedelta(hours=24 * self.settings.duplicate_days)

    @cached_property
    def _real(self) -> list[Row]:
        """«Rows of status spam or duplicate take part in nothing.»"""
        return [r for r in self.crm_rows if r["status"] not in ("spam", "duplicate")]

    @cached_property
    def _telling(self) -> set[str]:
        """Sources that have a column of uniqueness."""
        return {c["source"] for c in self.calls if c["is_unique"] is not None}

    def _is_unique(self, call: Row, kept: dict[str, Row]) -> bool:
        """«Where a source has no column of uniqueness, an inbound call is unique if its key has no
        inbound call (ties: smaller id first) and no kept lead in the `duplicate_days` × 24 h
        before it; a call without a key is unique. … An empty cell in a column of uniqueness is
        «not unique».»"""
        if call["source"] in self._telling:
            return call["is_unique"] is True
        if not call["person_key"]:
            return True
        mine = (call["started_at"], call["call_id"])
        before = [
            c
            for c in self.calls
            if c["person_key"] == call["person_key"]
            and (c["started_at"], c["call_id"]) < mine
            and self._is_soon(call["started_at"], c["started_at"])
        ]
        lead = kept.get(call["person_key"])
        return not before and (
            lead is None or not self._is_soon(call["started_at"], lead["created_at"])
        )

    def _row_of(self, call: Row) -> Row | None:
        """«A call is no lead of its own if a lead row of its key, not itself a call, was created
        within `call_lead_minutes` (30) before or after it»; «rows that are no leads (spam, status
        duplicate) take no call.»"""
        within = timedelta(minutes=self.settings.call_lead_minutes)
        return next(
            (
                r
                for r in self._real
                if r["person_key"]
                and r["person_key"] == call["person_key"]
                and abs(r["created_at"] - call["started_at"]) <= within
            ),
            None,
        )

    @cached_property
    def kept_by_row(self) -> dict[str, str]:
        return self._walk[0]

    @cached_property
    def lead_rows(self) -> list[Row]:
        return [*self.crm_rows, *self._walk[1]]

    def call_near(self, lead: Row, minutes: int) -> Row | None:
        """The nearest call of a lead row's phone, of two as near the earlier."""
        if not lead["person_key"] or lead["lead_id"].startswith(CALL_LEAD):
            return None
        near = [
            (abs(c["started_at"] - lead["created_at"]), c["started_at"], c["call_id"], c)
            for c in self.calls
            if c["person_key"] == lead["person_key"]
        ]
        found = min(near, key=lambda n: n[:3], default=None)
        return found[3] if found and found[0] <= timedelta(minutes=minutes) else None


def _as_lead(call: Row) -> Row:
    """«An inbound unique call is a lead row of contact_type call.»"""
    return {
        "lead_id": CALL_LEAD + call["call_id"],
        "created_at": call["started_at"],
        "status": "new",
        "contact_type": "call",
        **{name: call[name] for name in _SAID},
        **dict.fromkeys(_UNSAID, ""),
    }
