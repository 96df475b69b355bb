"""Totals: what is counted over all processes and machines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "totals",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("label", TEXT, primary_key=True),
        sa.Column("detail", TEXT, primary_key=True),
        sa.Column("value", sa.Float(53), nullable=False, server_default="0"),
        sqlite_with_rowid=False,
    )
