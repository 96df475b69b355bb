"""The first tables: seven entities, sources, runs, jobs, limits, the push ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _keys(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(n, TEXT, primary_key=True) for n in names]


def _number_key(name: str, kind: Any = sa.BigInteger) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(n, TEXT, nullable=False, server_default="") for n in names]


def _counts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(n, sa.BigInteger, nullable=False, server_default="0") for n in names]


def _needed(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(n, kind, nullable=False) for n in names]


def _maybe(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(n, kind) for n in names]


TABLES: dict[str, list[sa.Column[Any]]] = {
    "leads": [
        *_keys("clinic"),
        *_texts("source"),
        *_keys("lead_id"),
        *_needed(sa.BigInteger, "created_at"),
        *_texts(
            "person_key",
            "status",
            "source_raw",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "utm_term",
            "yclid",
            "ym_client_id",
            "referrer_domain",
            "landing_path",
            "contact_type",
            "service",
            "direction",
            "branch",
            "manager",
        ),
        *_maybe(sa.BigInteger, "updated_at"),
    ],
    "appointments": [
        *_keys("clinic"),
        *_texts("source"),
        *_keys("appointment_id"),
        *_texts("patient_key", "person_key", "lead_id"),
        *_maybe(sa.BigInteger, "booked_at"),
        *_needed(sa.BigInteger, "starts_at"),
        *_texts("status", "doctor", "service", "direction", "branch", "source_raw"),
    ],
    "payments": [
        *_keys("clinic"),
        *_texts("source"),
        *_keys("payment_id"),
        *_texts("patient_key", "person_key", "appointment_id"),
        *_needed(sa.BigInteger, "paid_at", "amount"),
        *_maybe(sa.BigInteger, "cost"),
        *_texts("kind", "service", "direction", "doctor", "branch"),
    ],
    "costs": [
        *_keys("clinic"),
        _number_key("row_no"),
        *_texts("source"),
        *_needed(sa.BigInteger, "date_from", "date_to"),
        *_texts(
            "platform",
            "campaign",
            "campaign_id",
            "network",
            "utm_source",
            "utm_medium",
            "utm_campaign",
        ),
        *_needed(sa.BigInteger, "cost"),
        *_maybe(sa.SmallInteger, "vat_included"),
        *_maybe(sa.BigInteger, "impressions", "clicks"),
        *_texts("direction"),
    ],
    "calls": [
        *_keys("clinic"),
        *_texts("source"),
        *_keys("call_id"),
        *_needed(sa.BigInteger, "started_at"),
        *_texts(
            "person_key",
            "source_raw",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "utm_term",
            "yclid",
            "ym_client_id",
            "status",
        ),
        *_maybe(sa.BigInteger, "talk_duration"),
        *_maybe(sa.SmallInteger, "is_unique", "is_target"),
    ],
    "touches": [
        *_keys("clinic"),
        *_texts("source"),
        *_keys("touch_id"),
        *_needed(sa.BigInteger, "at"),
        *_texts(
            "ym_client_id",
            "person_key",
            "traffic_source",
            "source_engine",
            "adv_engine",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "utm_term",
            "yclid",
            "goals",
            "landing_path",
        ),
    ],
    "traffic": [
        *_keys("clinic"),
        _number_key("row_no"),
        *_texts("source"),
        *_needed(sa.BigInteger, "date"),
        *_texts(
            "traffic_source",
            "source_engine",
            "adv_engine",
            "utm_source",
            "utm_medium",
            "utm_campaign",
        ),
        *_maybe(sa.BigInteger, "visits", "users"),
        *_texts("goal_id"),
        *_maybe(sa.BigInteger, "reaches"),
    ],
    "sources": [
        *_keys("clinic", "source", "entity"),
        *_texts("fingerprint"),
        *_needed(sa.JSON, "state"),
        *_maybe(sa.BigInteger, "last_good_at", "failed_at"),
        *_maybe(sa.JSON, "error"),
        *_counts("rows_stored", "rows_read", "refused", "totals"),
        *_maybe(sa.BigInteger, "first", "last"),
        *_needed(sa.JSON, "notes", "headers"),
        *_maybe(sa.Date, "partial_day"),
    ],
    "refusals": [
        *_keys("clinic", "source", "entity"),
        _number_key("n"),
        *_texts("file"),
        *_counts("row"),
        *_texts("column", "value", "reason"),
    ],
    "runs": [
        *_keys("run_id"),
        *_texts("clinic", "kind"),
        *_needed(sa.BigInteger, "created_at"),
        *_maybe(sa.BigInteger, "started_at", "finished_at"),
        *_texts("stage"),
        sa.Column("percent", sa.Float(53), nullable=False, server_default="0"),
        *_maybe(sa.Boolean, "ok"),
        *_needed(sa.JSON, "counts"),
        *_maybe(sa.JSON, "error"),
    ],
    "requests": [
        *_keys("clinic", "request_id"),
        *_texts("run_id"),
        *_needed(sa.BigInteger, "at"),
    ],
    "jobs": [
        *_keys("clinic"),
        *_texts("queued_run"),
        *_maybe(sa.BigInteger, "wanted_at"),
        *_texts("running_run"),
        *_maybe(sa.BigInteger, "started_at", "done_at", "next_at"),
        *_counts("tries"),
    ],
    "spends": [
        *_needed(TEXT, "key"),
        *_needed(sa.Float(53), "at"),
    ],
    "spend_days": [
        *_keys("key"),
        _number_key("day", sa.Date),
        *_counts("spent"),
    ],
    "slots": [
        *_keys("slot"),
        *_texts("key"),
        *_needed(sa.Float(53), "expires"),
    ],
    "pushes": [
        *_keys("clinic", "kind", "id"),
        *_texts("upload_id"),
        *_needed(sa.BigInteger, "at"),
    ],
    "uploads": [
        *_keys("clinic", "upload_id"),
        *_texts("kind"),
        *_needed(sa.BigInteger, "at"),
        *_counts("rows_sent"),
        *_texts("status"),
        *_maybe(sa.BigInteger, "status_at"),
    ],
    "nonces": [
        *_keys("clinic", "nonce"),
        *_needed(sa.BigInteger, "expires"),
    ],
}
INDEXES = (
    ("runs_by_clinic", "runs", ["clinic", "created_at"]),
    ("jobs_by_next", "jobs", ["next_at"]),
    ("spends_by_key", "spends", ["key", "at"]),
    ("slots_by_key", "slots", ["key"]),
    ("nonces_by_expiry", "nonces", ["expires"]),
)


def upgrade() -> None:
    for name, columns in TABLES.items():
        keyed = any(c.primary_key for c in columns)
        op.create_table(name, *columns, sqlite_with_rowid=not keyed)
    for name, table, names in INDEXES:
        op.create_index(name, table, names)
