"""How many records of an imported file were refused: such a file is read again.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of the files that are there: they are read again, once."""
    op.add_column("warcs", sa.Column("origin_refused", sa.Integer()))
