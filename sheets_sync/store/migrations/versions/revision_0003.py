"""CRM orders: what Metrica was last told of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default="")


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("clinic", TEXT, primary_key=True),
        sa.Column("order_id", TEXT, primary_key=True),
        _text("client"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        _text("status"),
        sa.Column("revenue", sa.BigInteger, nullable=False, server_default="0"),
        _text("upload_id"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
