"""What the database holds: one table per entity of metrics.schema, and the service's own memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from metrics.entity import Entity
from metrics.schema import ENTITIES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970, UTC. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at!r}")
    return (at - _EPOCH) // _MICROSECOND


class Moment(sa.types.TypeDecorator[datetime]):
    """A time with a zone, kept as whole microseconds UTC: the same on both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        del dialect
        return None if value is None else micros(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        del dialect
        return None if value is None else _EPOCH + int(value) * _MICROSECOND


#: Compared byte by byte on both databases: the order of text is that of its code points.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

#: The key of a row that has no id of its own (costs, traffic).
ROW_NO = "row_no"

METADATA = sa.MetaData()


def _key(name: str, kind: Any = TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=False, server_default="")


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _table(name: str, *parts: sa.Column[Any] | sa.Index) -> sa.Table:
    # Without rowids SQLite keeps a clinic's rows together, in the order of their key.
    return sa.Table(name, METADATA, *parts, sqlite_with_rowid=False)


def key_of(spec: Entity) -> str:
    """The column that tells a clinic's rows of `spec` apart."""
    return spec.key or ROW_NO


def _entity(spec: Entity) -> sa.Table:
    columns = [_key("clinic")]
    if not spec.key:
        columns.append(_key(ROW_NO, sa.BigInteger))
    for c in spec.columns:
        if c.name == spec.key:
            columns.append(_key(c.name))
        elif c.kind == "text":
            columns.append(_text(c.name))
        else:
            kind = sa.SmallInteger if c.kind == "flag" else sa.BigInteger
            columns.append(sa.Column(c.name, kind, nullable=not c.required))
    return _table(spec.name, *columns)


ROWS: dict[str, sa.Table] = {name: _entity(spec) for name, spec in ENTITIES.items()}

SOURCES = _table(
    "sources",
    *(_key("clinic"), _key("source"), _key("entity")),
    _text("fingerprint"),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("last_good_at", Moment),
    sa.Column("failed_at", Moment),
    sa.Column("error", sa.JSON(none_as_null=True)),
    *(_count("rows_stored"), _count("rows_read"), _count("refused"), _count("totals")),
    sa.Column("first", Moment),
    sa.Column("last", Moment),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("partial_day", sa.Date),
)
REFUSALS = _table(
    "refusals",
    *(_key("clinic"), _key("source"), _key("entity"), _key("n", sa.BigInteger)),
    _text("file"),
    _count("row"),
    *(_text("column"), _text("value"), _text("reason")),
)
RUNS = _table(
    "runs",
    _key("run_id"),
    *(_text("clinic"), _text("kind")),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    _text("stage"),
    sa.Column("percent", sa.Float(53), nullable=False, server_default="0"),
    sa.Column("ok", sa.Boolean),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("error", sa.JSON(none_as_null=True)),
    sa.Index("runs_by_clinic", "clinic", "created_at"),
)
REQUESTS = _table(
    "requests",
    *(_key("clinic"), _key("request_id")),
    _text("run_id"),
    sa.Column("at", Moment, nullable=False),
)
JOBS = _table(
    "jobs",
    _key("clinic"),
    _text("queued_run"),
    sa.Column("wanted_at", Moment),
    _text("running_run"),
    sa.Column("started_at", Moment),
    sa.Column("done_at", Moment),
    sa.Column("next_at", Moment),
    _count("tries"),
    sa.Index("jobs_by_next", "next_at"),
)
SPENDS = sa.Table(
    "spends",
    METADATA,
    sa.Column("key", TEXT, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Index("spends_by_key", "key", "at"),
)
SPEND_DAYS = _table("spend_days", _key("key"), _key("day", sa.Date), _count("spent"))
SLOTS = _table(
    "slots",
    *(_key("slot"), _text("key")),
    sa.Column("expires", sa.Float(53), nullable=False),
    sa.Index("slots_by_key", "key"),
)
PUSHES = _table(
    "pushes",
    *(_key("clinic"), _key("kind"), _key("id"), _text("upload_id")),
    sa.Column("at", Moment, nullable=False),
    *(_text("client"), _text("target"), _count("second")),
)
UPLOADS = _table(
    "uploads",
    *(_key("clinic"), _key("upload_id"), _text("kind")),
    sa.Column("at", Moment, nullable=False),
    _count("rows_sent"),
    _text("status"),
    sa.Column("status_at", Moment),
)
ORDERS = _table(
    "orders",
    *(_key("clinic"), _key("order_id"), _text("client")),
    sa.Column("created_at", Moment, nullable=False),
    _text("status"),
    _count("revenue"),
    _text("upload_id"),
    sa.Column("at", Moment, nullable=False),
)
#: What a service issued, sealed under the service's secret; named by kind and account.
TOKENS = _table("tokens", *(_key("name"), _text("sealed")), sa.Column("at", Moment, nullable=False))
NONCES = _table(
    "nonces",
    *(_key("clinic"), _key("nonce")),
    sa.Column("expires", Moment, nullable=False),
    sa.Index("nonces_by_expiry", "expires"),
)
MEMORY = _table(
    "memory",
    *(_key("clinic"), _key("name")),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
#: Merges since a clinic was first shown a book: by n, its own count of them.
MERGES = _table(
    "merges",
    *(_key("clinic"), _key("n", sa.BigInteger)),
    sa.Column("at", Moment, nullable=False),
    *(_text("run_id"), _text("source")),
)
#: What a merge did: `old` is what it superseded of a row, or the row it deleted (frames.strung),
#: null where it brought the row.
HISTORY = _table(
    "history",
    *(_key("clinic"), _key("n", sa.BigInteger), _key("entity"), _key("key")),
    sa.Column("old", TEXT),
)
#: What a book showed on a day, after merge `n`.
SNAPSHOTS = _table(
    "snapshots",
    *(_key("clinic"), _key("as_of", sa.Date)),
    sa.Column("at", Moment, nullable=False),
    _count("n"),
    _text("version"),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
OUTBOX = _table(
    "outbox",
    *(_key("clinic"), _key("channel"), _key("key"), _text("rule"), _text("about")),
    sa.Column("lines", sa.JSON, nullable=False),
    sa.Column("picture", sa.LargeBinary),
    sa.Column("made_at", Moment, nullable=False),
    _text("state"),
    sa.Column("tried_at", Moment),
    _text("answer"),
    sa.Column("error", sa.JSON(none_as_null=True)),
)
#: Until when a clinic is sent no alerts.
MUTES = _table("mutes", _key("clinic"), sa.Column("until", Moment, nullable=False))
TOTALS = _table(
    "totals",
    *(_key("name"), _key("label"), _key("detail")),
    sa.Column("value", sa.Float(53), nullable=False, server_default="0"),
)
