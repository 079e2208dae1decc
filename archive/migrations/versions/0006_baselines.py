"""What later answers of a link are compared with, and the check of an answer by its record.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A row for each copy that was looked at."""
    op.create_table(
        "baselines",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("usable", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String()),
        sa.Column("last_modified", sa.String()),
        sa.Column("fingerprint", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("record_id", name="pk_baselines"),
    )
    known = sa.text("record_id IS NOT NULL")
    op.create_index("ix_checks_record_id", "checks", ["record_id"], sqlite_where=known, postgresql_where=known)
