"""Messages to a clinic's people, and until when they want no alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default="")


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, primary_key=True, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "outbox",
        *(_key("clinic"), _key("channel"), _key("key"), _text("rule"), _text("about")),
        sa.Column("lines", sa.JSON, nullable=False),
        sa.Column("picture", sa.LargeBinary),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        _text("state"),
        sa.Column("tried_at", sa.BigInteger),
        _text("answer"),
        sa.Column("error", sa.JSON),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mutes",
        _key("clinic"),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
