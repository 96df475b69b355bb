"""The frames everybody agrees on: nine entities, their columns and kinds, checked at borders."""

from __future__ import annotations

from functools import cache
from typing import Literal

import pandas as pd

from metrics.entity import DTYPES, Entity, EntityColumn, SchemaError, is_coded

_PERSONAL: dict[str, Literal["doctor", "manager", "campaign"]] = {
    "doctor": "doctor",
    "manager": "manager",
    "campaign": "campaign",
    "utm_campaign": "campaign",
}


def _text(*names: str) -> tuple[EntityColumn, ...]:
    return tuple(EntityColumn(n, personal=_PERSONAL.get(n, "")) for n in names)


def _id(name: str) -> EntityColumn:
    return EntityColumn(name, required=True)


_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
#: Which configured source gave the row, as "<kind>:<name>"; the kind decides whose cost wins.
_SOURCE = EntityColumn("source", required=True, ours=True)

LEADS = Entity(
    "leads",
    "lead_id",
    "created_at",
    (
        _SOURCE,
        _id("lead_id"),
        EntityColumn("created_at", "time", required=True),
        *_text("person_key", "status", "source_raw", *_UTM, "yclid", "ym_client_id"),
        *_text("referrer_domain", "landing_path", "contact_type"),
        *_text("service", "direction", "branch", "manager"),
        EntityColumn("updated_at", "time"),
        #: Whose rows these are: "tracking" (call tracking) or "crm"; "" is "crm".
        EntityColumn("role", ours=True),
        #: Other ids by which rows of its system may name this lead, separated by spaces; one that
        #: begins with "?" yields to another lead's without it.
        EntityColumn("aliases", ours=True),
    ),
)
APPOINTMENTS = Entity(
    "appointments",
    "appointment_id",
    "starts_at",
    (
        _SOURCE,
        _id("appointment_id"),
        *_text("patient_key", "person_key", "lead_id"),
        EntityColumn("booked_at", "time"),
        EntityColumn("starts_at", "time", required=True),
        EntityColumn("status", required=True),
        *_text("doctor", "service", "direction", "branch", "source_raw"),
        #: Rows of one source with one visit_id are one visit.
        EntityColumn("visit_id", ours=True),
    ),
)
PAYMENTS = Entity(
    "payments",
    "payment_id",
    "paid_at",
    (
        _SOURCE,
        _id("payment_id"),
        *_text("patient_key", "person_key", "appointment_id"),
        EntityColumn("paid_at", "time", required=True),
        EntityColumn("amount", "kopecks", required=True),
        EntityColumn("cost", "kopecks"),
        EntityColumn("kind", required=True),
        *_text("service", "direction", "doctor", "branch"),
    ),
)
COSTS = Entity(
    "costs",
    "",
    "date_from",
    (
        _SOURCE,
        EntityColumn("date_from", "day", required=True),
        EntityColumn("date_to", "day", required=True),
        EntityColumn("platform", required=True),
        *_text("campaign", "campaign_id", "network", "utm_source", "utm_medium", "utm_campaign"),
        EntityColumn("cost", "kopecks", required=True),
        EntityColumn("vat_included", "flag"),
        EntityColumn("impressions", "count"),
        EntityColumn("clicks", "count"),
        EntityColumn("direction"),
        #: Which file of the source the row stands in; "" where it came from no file. Of two files
        #: that hold one campaign's day the later counts.
        EntityColumn("file", ours=True),
    ),
)
CALLS = Entity(
    "calls",
    "call_id",
    "started_at",
    (
        _SOURCE,
        _id("call_id"),
        EntityColumn("started_at", "time", required=True),
        *_text("person_key", "source_raw", *_UTM, "yclid", "ym_client_id", "status"),
        EntityColumn("talk_duration", "count"),
        EntityColumn("is_unique", "flag"),
        EntityColumn("is_target", "flag"),
        #: Seconds until the call was taken; NA is unknown.
        EntityColumn("wait_duration", "count"),
        *_text("call_direction", "branch", "manager"),
    ),
)
TOUCHES = Entity(
    "touches",
    "touch_id",
    "at",
    (
        _SOURCE,
        _id("touch_id"),
        EntityColumn("at", "time", required=True),
        *_text("ym_client_id", "person_key", "traffic_source", "source_engine", "adv_engine"),
        *_text(*_UTM, "yclid", "goals", "landing_path", "end_path"),
    ),
)
TRAFFIC = Entity(
    "traffic",
    "",
    "date",
    (
        _SOURCE,
        EntityColumn("date", "day", required=True),
        *_text("traffic_source", "source_engine", "adv_engine"),
        *_text("utm_source", "utm_medium", "utm_campaign"),
        EntityColumn("visits", "count"),
        EntityColumn("users", "count"),
        EntityColumn("goal_id"),
        EntityColumn("reaches", "count"),
    ),
)

#: What people say of the clinic: neither the text nor the author.
REVIEWS = Entity(
    "reviews",
    "review_id",
    "at",
    (
        _SOURCE,
        _id("review_id"),
        EntityColumn("at", "time", required=True),
        EntityColumn("platform", required=True),
        #: 1 to 5.
        EntityColumn("rating", "count", required=True),
        #: NA is not answered; an answer without a date of its own is as old as the review.
        EntityColumn("answered_at", "time"),
        *_text("doctor", "branch"),
    ),
)
#: What phrases of advertising cost: a part of costs, never added to them.
PHRASES = Entity(
    "phrases",
    "",
    "date",
    (
        _SOURCE,
        EntityColumn("date", "day", required=True),
        EntityColumn("platform", required=True),
        *_text("campaign_id", "campaign"),
        EntityColumn("keyword", required=True),
        EntityColumn("network"),
        EntityColumn("impressions", "count"),
        EntityColumn("clicks", "count"),
        EntityColumn("cost", "kopecks", required=True),
    ),
)

_ALL = (LEADS, APPOINTMENTS, PAYMENTS, COSTS, CALLS, TOUCHES, TRAFFIC, REVIEWS, PHRASES)
ENTITIES: dict[str, Entity] = {e.name: e for e in _ALL}

#: Words that a normalised cell may hold.
LEAD_STATUSES = ("new", "in_work", "qualified", "booked", "won", "lost", "spam", "duplicate")
#: Rows of these take part in nothing (definitions §2).
NOT_LEADS = ("spam", "duplicate")
APPOINTMENT_STATUSES = (
    "booked",
    "confirmed",
    "arrived",
    "completed",
    "no_show",
    "cancelled",
    "rescheduled",
)
PAYMENT_KINDS = ("payment", "prepayment", "refund", "insurance", "balance_spend", "bonus")
CONTACT_TYPES = ("form", "call", "chat", "messenger", "walk_in", "other")
#: "" is "in". Nobody came by a call that the clinic made itself: it never becomes a lead.
CALL_DIRECTIONS = ("in", "out", "")
NETWORKS = ("search", "ad_network", "")


@cache
def empty(entity: str) -> pd.DataFrame:
    """The empty frame of `entity` with its exact columns and dtypes; nobody writes into it."""
    columns = ENTITIES[entity].columns
    return pd.DataFrame({c.name: pd.Series([], dtype=DTYPES[c.kind]) for c in columns})


def conform(entity: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give `frame` the columns of `entity` in order, with exact dtypes; absent ones are empty.

    Raises SchemaError for an unknown column or a missing required value.
    """
    spec = ENTITIES[entity]
    unknown = [c for c in frame.columns if c not in spec.names]
    if unknown:
        raise SchemaError(f"{entity}: unknown columns {unknown}")
    columns = {}
    for c in spec.columns:
        if c.name in frame.columns:
            values = frame[c.name]
            if c.name in spec.words and is_coded(values):
                columns[c.name] = values
                continue
            if c.kind == "text" and (nothing := values.isna()).any():
                values = values.astype("str").where(~nothing, "")
            columns[c.name] = values.astype(DTYPES[c.kind])
        else:
            fill = pd.Series(["" if c.kind == "text" else None] * len(frame), index=frame.index)
            columns[c.name] = fill.astype(DTYPES[c.kind])
    return check(entity, pd.DataFrame(columns, index=frame.index).reset_index(drop=True))


def check(entity: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` unchanged if it is exactly what `entity` promises, else raise SchemaError."""
    spec = ENTITIES[entity]
    if list(frame.columns) != spec.names:
        raise SchemaError(f"{entity}: columns {list(frame.columns)}, expected {spec.names}")
    for c in spec.columns:
        values = frame[c.name]
        is_code = c.name in spec.words and is_coded(values)
        if not is_code and str(values.dtype) != DTYPES[c.kind]:
            raise SchemaError(f"{entity}.{c.name}: dtype {values.dtype}, expected {DTYPES[c.kind]}")
        if not c.required:
            continue
        bad = (values == "") if c.kind == "text" else values.isna()
        if bool(bad.any()):
            raise SchemaError(f"{entity}.{c.name}: required, but {int(bad.sum())} cells are empty")
    return frame
