"""Reviews, phrases of advertising, where a visit ended, which file a cost stands in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default="")


def _key(name: str, kind: Any = TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _number(name: str, *, required: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=not required)


def upgrade() -> None:
    op.add_column("touches", _text("end_path"))
    op.add_column("costs", _text("file"))
    op.create_table(
        "reviews",
        *(_key("clinic"), _text("source"), _key("review_id")),
        *(_number("at", required=True), _text("platform"), _number("rating", required=True)),
        *(_number("answered_at"), _text("doctor"), _text("branch")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "phrases",
        *(_key("clinic"), _key("row_no", sa.BigInteger), _text("source")),
        *(_number("date", required=True), _text("platform"), _text("campaign_id")),
        *(_text("campaign"), _text("keyword"), _text("network")),
        *(_number("impressions"), _number("clicks"), _number("cost", required=True)),
        sqlite_with_rowid=False,
    )
