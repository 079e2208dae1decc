"""How often a reading failed, so that it is tried again; what a budget left out, found without looking at the rest.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What failed before counts as tried once."""
    op.add_column("surveys", sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column("articles", sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("1")))
    left_out = sa.text("reason = 'over_budget' AND link_id IS NULL")
    op.create_index("ix_needs_over_budget", "needs", ["record_id"], sqlite_where=left_out, postgresql_where=left_out)
