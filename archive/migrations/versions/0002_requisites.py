"""Requisites and what they are needed by, aliases, imported files.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """What a page needs, and what of it is kept."""
    op.add_column("warcs", sa.Column("origin", sa.String()))
    op.add_column("warcs", sa.Column("origin_sha256", sa.String()))
    op.add_column("links", sa.Column("role", sa.String()))
    op.add_column("links", sa.Column("page_url", sa.String()))
    op.create_index("ix_links_page_url", "links", ["page_url"], **_where("page_url IS NOT NULL"))
    op.create_index("ix_captures_page_url", "captures", ["page_url"], **_where("page_url IS NOT NULL"))
    op.create_index("ix_captures_refers_to", "captures", ["refers_to"], **_where("refers_to IS NOT NULL"))
    op.create_table(
        "surveys",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("why", sa.String()),
        sa.Column("picture", sa.String()),
        sa.Column("picture_problem", sa.String()),
        sa.Column("canonical", sa.String()),
        sa.Column("amphtml", sa.String()),
        sa.Column("og_url", sa.String()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("needed", sa.Integer()),
        sa.Column("kept", sa.Integer()),
        sa.Column("gone", sa.Integer()),
        sa.Column("scored_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("record_id", name="pk_surveys"),
    )
    op.create_table(
        "needs",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("link_id", _Id),
        sa.Column("reason", sa.String()),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_needs_link_id"),
        sa.PrimaryKeyConstraint("record_id", "position", name="pk_needs"),
    )
    op.create_index("ix_needs_link_id", "needs", ["link_id"], **_where("link_id IS NOT NULL"))
    op.create_table(
        "aliases",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("proof", sa.String()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_aliases"),
    )
    op.create_index("ix_aliases_work", "aliases", ["work"])
