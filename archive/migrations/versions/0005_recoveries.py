"""What was tried to bring dead links back out of public archives.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A row for each archive asked for a link."""
    op.create_table(
        "recoveries",
        sa.Column("id", _Id, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("archive", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("memento_url", sa.String()),
        sa.Column("captured_at", sa.BigInteger()),
        sa.Column("record_id", sa.String()),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
        sa.UniqueConstraint("url", "archive", "asked_at", name="uq_recoveries_url_archive_asked_at"),
    )
    known = sa.text("record_id IS NOT NULL")
    op.create_index("ix_recoveries_record_id", "recoveries", ["record_id"], sqlite_where=known, postgresql_where=known)
