"""What each day's book showed, and what merges did to rows since."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default="")


def _key(name: str, kind: Any = TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "merges",
        *(_key("clinic"), _key("n", sa.BigInteger)),
        sa.Column("at", sa.BigInteger, nullable=False),
        *(_text("run_id"), _text("source")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history",
        *(_key("clinic"), _key("n", sa.BigInteger), _key("entity"), _key("key")),
        sa.Column("old", TEXT),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "snapshots",
        *(_key("clinic"), _key("as_of", sa.Date)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False, server_default="0"),
        _text("version"),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
