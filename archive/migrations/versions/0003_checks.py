"""Checks, the states drawn from them, people's marks, incidents of hosts.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What rechecking keeps."""
    _checks()
    _states()
    op.create_table(
        "marks",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String()),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("until_contradicted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("url", "at", name="pk_marks"),
    )
    op.create_table(
        "host_incidents",
        sa.Column("host_id", _Id, nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("alike", sa.String(), nullable=False),
        sa.Column("run_id", _Id),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name="fk_host_incidents_host_id"),
        sa.PrimaryKeyConstraint("host_id", "began", name="pk_host_incidents"),
    )


def _checks() -> None:
    op.create_table(
        "checks",
        sa.Column("id", _Id, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("link_id", _Id),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verdict_class", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("evidence", sa.String()),
        sa.Column("status", sa.Integer()),
        sa.Column("final_url", sa.String()),
        sa.Column("redirects", sa.String()),
        sa.Column("record_id", sa.String()),
        sa.Column("compared_with", sa.String()),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("incident", sa.String()),
        sa.Column("run_id", _Id),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_checks_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_checks"),
        sa.UniqueConstraint("url", "at", name="uq_checks_url_at"),
    )
    known = sa.text("run_id IS NOT NULL")
    op.create_index("ix_checks_run_id", "checks", ["run_id"], sqlite_where=known, postgresql_where=known)


def _states() -> None:
    op.create_table(
        "link_states",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("link_id", _Id),
        sa.Column("host_id", _Id),
        sa.Column("kind", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger()),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("found_at", sa.BigInteger()),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("evidence", sa.String()),
        sa.Column("last_check", sa.BigInteger()),
        sa.Column("last", sa.String()),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("last_alive", sa.BigInteger()),
        sa.Column("returned_at", sa.BigInteger()),
        sa.Column("pace", sa.String()),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        sa.Column("next_due", sa.BigInteger()),
        sa.Column("mark_at", sa.BigInteger()),
        sa.Column("replay", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_link_states_link_id"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name="fk_link_states_host_id"),
        sa.PrimaryKeyConstraint("url", name="pk_link_states"),
    )
    op.create_index("ix_link_states_due", "link_states", ["host_id", "next_due", "kind"])
    op.create_index("ix_link_states_next_due", "link_states", ["next_due", "kind", "host_id"])
    op.create_index("ix_link_states_state", "link_states", ["state", "since"])
