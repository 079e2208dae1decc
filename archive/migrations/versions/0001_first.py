"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "articles",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String()),
        sa.Column("title", sa.String()),
        sa.Column("author", sa.String()),
        sa.Column("published", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("site_name", sa.String()),
        sa.Column("text_sha256", sa.String()),
        sa.Column("text_chars", sa.Integer()),
        sa.Column("conversion_id", sa.String()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_articles"),
    )
    op.create_table(
        "collection_meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_collection_meta"),
    )
    op.create_table(
        "events",
        sa.Column("id", _Id, nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("json_name", sa.String(), nullable=False),
        sa.Column("json_fold", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dirty", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("json_fold", name="uq_events_json_fold"),
        sa.UniqueConstraint("json_name", name="uq_events_json_name"),
        sa.UniqueConstraint("path", name="uq_events_path"),
    )
    op.create_index("ix_events_dirty", "events", ["id"], **_where("dirty > 0"))
    op.create_table(
        "hosts",
        sa.Column("id", _Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("crawl_delay", sa.Float()),
        sa.Column("delay", sa.Float()),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hosts"),
        sa.UniqueConstraint("key", name="uq_hosts_key"),
    )
    op.create_table(
        "runs",
        sa.Column("id", _Id, nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("site", sa.String()),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("configuration", sa.String(), nullable=False),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("reason", sa.String()),
        sa.Column("counts", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_table(
        "warcs",
        sa.Column("id", _Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("committed_offset", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_warcs"),
        sa.UniqueConstraint("name", name="uq_warcs_name"),
    )
    op.create_table(
        "captures",
        sa.Column("id", _Id, nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("mime", sa.String()),
        sa.Column("payload_sha1", sa.String()),
        sa.Column("payload_sha256", sa.String()),
        sa.Column("payload_length", sa.BigInteger(), nullable=False),
        sa.Column("warc_id", _Id, nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String()),
        sa.Column("refers_to", sa.String()),
        sa.Column("referrer", sa.String()),
        sa.Column("hops", sa.String(), nullable=False),
        sa.Column("page_url", sa.String()),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("ip", sa.String()),
        sa.Column("protocol", sa.String()),
        sa.Column("truncated", sa.String()),
        sa.Column("error", sa.String()),
        sa.Column("location", sa.String()),
        sa.ForeignKeyConstraint(["warc_id"], ["warcs.id"], name="fk_captures_warc_id"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
        sa.UniqueConstraint("record_id", name="uq_captures_record_id"),
    )
    op.create_index(
        "ix_captures_payload_sha256", "captures", ["payload_sha256"], **_where("payload_sha256 IS NOT NULL")
    )
    op.create_index("ix_captures_url_at", "captures", ["url", "at"])
    op.create_table(
        "event_versions",
        sa.Column("id", _Id, nullable=False),
        sa.Column("event_id", _Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("day", sa.String()),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("topic", sa.String()),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("page_record_id", sa.String()),
        sa.Column("read_at", sa.BigInteger()),
        sa.Column("run_id", _Id),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_event_versions_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event_versions"),
        sa.UniqueConstraint("event_id", "sha256", name="uq_event_versions_event_id_sha256"),
        sa.UniqueConstraint("event_id", "version", name="uq_event_versions_event_id_version"),
    )
    op.create_table(
        "links",
        sa.Column("id", _Id, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("host_id", _Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("run_tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("hops", sa.String(), nullable=False),
        sa.Column("redirects", sa.Integer(), nullable=False),
        sa.Column("via", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("redirect_id", _Id),
        sa.Column("capture_id", _Id),
        sa.Column("etag", sa.String()),
        sa.Column("last_modified", sa.String()),
        sa.Column("leased_by", _Id),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_links_capture_id"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name="fk_links_host_id"),
        sa.ForeignKeyConstraint(["redirect_id"], ["links.id"], name="fk_links_redirect_id"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("url", name="uq_links_url"),
    )
    op.create_index("ix_links_kind_stage_host_id", "links", ["kind", "stage", "host_id"])
    op.create_index("ix_links_put_off", "links", ["not_before"], **_where("stage = 'put_off'"))
    op.create_index("ix_links_put_off_of_host", "links", ["host_id", "not_before"], **_where("stage = 'put_off'"))
    op.create_index("ix_links_ready", "links", ["host_id", "priority", "id"], **_where("stage = 'pending'"))
    op.create_index("ix_links_redirect_id", "links", ["redirect_id"], **_where("redirect_id IS NOT NULL"))
    op.create_table(
        "citations",
        sa.Column("event_version_id", _Id, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("href", sa.String(), nullable=False),
        sa.Column("url", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("link_id", _Id),
        sa.ForeignKeyConstraint(["event_version_id"], ["event_versions.id"], name="fk_citations_event_version_id"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_citations_link_id"),
        sa.PrimaryKeyConstraint("event_version_id", "position", name="pk_citations"),
    )
    op.create_index("ix_citations_link_id", "citations", ["link_id"], **_where("link_id IS NOT NULL"))
    op.create_table(
        "pages",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("url", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("read_at", sa.BigInteger()),
        sa.Column("link_id", _Id),
        sa.Column("record_id", sa.String()),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_pages_link_id"),
        sa.PrimaryKeyConstraint("key", name="pk_pages"),
    )
