"""What looks around in a collection finds events by day and topic, and the links of a host.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Indexes alone."""
    op.create_index("ix_event_versions_day", "event_versions", ["day", "event_id", "version"])
    op.create_index("ix_event_versions_topic", "event_versions", ["topic", "day", "event_id", "version"])
    cited = sa.text("kind = 'citation'")
    op.create_index("ix_links_cited_of_host", "links", ["host_id"], sqlite_where=cited, postgresql_where=cited)
