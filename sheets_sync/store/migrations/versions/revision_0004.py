"""What live sources give: roles and aliases of leads, visits, more of calls; issued tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default="")


def upgrade() -> None:
    op.add_column("leads", _text("role"))
    op.add_column("leads", _text("aliases"))
    op.add_column("appointments", _text("visit_id"))
    op.add_column("calls", sa.Column("wait_duration", sa.BigInteger))
    for name in ("call_direction", "branch", "manager"):
        op.add_column("calls", _text(name))
    op.create_table(
        "tokens",
        sa.Column("name", TEXT, primary_key=True),
        _text("sealed"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
