"""Which second of which client and target a conversion was told as: nothing else may have it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for name in ("client", "target"):
        op.add_column("pushes", sa.Column(name, TEXT, nullable=False, server_default=""))
    second = sa.Column("second", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("pushes", second)
