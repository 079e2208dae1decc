"""Views for people who look into the catalogue with Datasette or the sqlite3 shell: docs/catalogue.md tells of them.

A table that a view reads cannot be made anew while the view is there: a migration that alters one (SQLite makes a new
table for that) drops the views first, and makes them again.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

VIEWS = ("v_citations", "v_links", "v_captures")


def _time(column: str) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC."""
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column} / 1000000, 'unixepoch')"


# The link where a citation's redirects end, and how many there are: followed link by link, 21 of them at most.
_END = """(
    WITH RECURSIVE hop(id, n) AS (
        SELECT c.link_id, 0
        UNION ALL
        SELECT l.redirect_id, hop.n + 1 FROM hop JOIN links l ON l.id = hop.id
        WHERE l.redirect_id IS NOT NULL AND l.stage = 'done' AND hop.n <= 20
    )
    SELECT max(n << 40 | id) FROM hop
)"""

_CITATIONS = f"""
CREATE VIEW v_citations AS
SELECT
    event, date, language, title, topic, position, kind, label, href, url,
    CASE
        WHEN reason IN ('ok', 'moved', 'not_modified') THEN 'kept'
        WHEN reason = 'pending' THEN 'waiting'
        WHEN reason IN ('robots_excluded', 'refused_address', 'unsupported_scheme', 'malformed_url', 'template',
                        'dashes_for_slashes', 'no_base', 'no_href', 'over_budget') THEN 'excluded'
        ELSE 'failed'
    END AS outcome,
    reason, state, since, host, final_url, redirects, at, status, mime, warc, "offset", length, record_id
FROM (
    SELECT
        e.path AS event, v.day AS date, v.language, v.title, v.topic,
        c.position, c.kind, c.label, c.href, c.url,
        CASE
            WHEN c.reason = 'empty' THEN 'no_href'
            WHEN c.reason IS NOT NULL THEN c.reason
            WHEN c.link_id IS NULL THEN 'malformed_url'
            WHEN c.way >> 40 > 20 THEN 'redirect_loop'
            WHEN last.stage IN ('pending', 'leased') THEN 'pending'
            WHEN last.stage = 'put_off' AND last.not_before <= strftime('%s', 'now') * 1000000 THEN 'pending'
            WHEN last.stage = 'put_off' THEN CASE
                WHEN coalesce(last.reason, 'pending') NOT IN ('ok', 'moved', 'not_modified', 'pending') THEN last.reason
                ELSE 'rate_limited'
            END
            WHEN last.reason IS NULL THEN 'internal_error'
            WHEN last.reason = 'moved' THEN 'bad_redirect'
            WHEN last.reason NOT IN ('ok', 'not_modified') THEN last.reason
            WHEN c.kind = 'cover_image' AND seen.state <> 'failed' AND seen.picture IS NULL THEN 'not_an_image'
            WHEN c.way >> 40 > 0 THEN 'moved'
            ELSE last.reason
        END AS reason,
        state.state, {_time("state.since")} AS since,
        host.key AS host, last.url AS final_url, c.way >> 40 AS redirects,
        {_time("copy.at")} AS at, copy.status, copy.mime, w.name AS warc, copy."offset", copy.length, copy.record_id
    FROM (SELECT c.*, {_END} AS way FROM citations c) c
    JOIN event_versions v ON v.id = c.event_version_id
    JOIN events e ON e.id = v.event_id AND e.version = v.version
    LEFT JOIN links first ON first.id = c.link_id
    LEFT JOIN hosts host ON host.id = first.host_id
    LEFT JOIN link_states state ON state.url = first.url
    LEFT JOIN links last ON last.id = c.way & 1099511627775
    LEFT JOIN captures made ON made.id = last.capture_id
    LEFT JOIN captures original ON original.record_id = made.refers_to AND last.reason = 'not_modified'
    LEFT JOIN captures copy ON copy.id = coalesce(original.id, made.id)
    LEFT JOIN warcs w ON w.id = copy.warc_id
    LEFT JOIN surveys seen ON seen.record_id = coalesce(made.refers_to, made.record_id)
)
"""  # noqa: S608 - nothing in it comes from anywhere

_LINKS = f"""
CREATE VIEW v_links AS
SELECT
    l.url, h.key AS host, l.kind, l.stage, l.reason, {_time("l.settled_at")} AS settled_at,
    target.url AS redirects_to,
    s.state, {_time("s.since")} AS since, s.points, s.last AS verdict,
    {_time("s.last_check")} AS last_check, {_time("s.last_alive")} AS last_alive, {_time("s.next_due")} AS next_due,
    s.mark_at IS NOT NULL AS is_marked,
    (
        SELECT count(*) FROM citations c
        JOIN event_versions v ON v.id = c.event_version_id
        JOIN events e ON e.id = v.event_id AND e.version = v.version
        WHERE c.link_id = l.id
    ) AS citations,
    (SELECT count(*) FROM captures k WHERE k.url = l.url AND k.status IS NOT NULL) AS captures
FROM links l
JOIN hosts h ON h.id = l.host_id
LEFT JOIN links target ON target.id = l.redirect_id
LEFT JOIN link_states s ON s.url = l.url
"""  # noqa: S608

_CAPTURES = f"""
CREATE VIEW v_captures AS
SELECT
    k.record_id, k.kind, k.url, {_time("k.at")} AS at, k.status, k.mime, a.title, a.author, a.text_chars,
    k.payload_sha256, k.payload_length, w.name AS warc, w.state AS warc_state, k."offset", k.length,
    k.refers_to, k.referrer, k.hops, k.page_url, k.via, k.duration_ms, k.ip, k.truncated, k.error, k.location,
    s.needed, s.kept
FROM captures k
JOIN warcs w ON w.id = k.warc_id
LEFT JOIN articles a ON a.record_id = coalesce(k.refers_to, k.record_id)
LEFT JOIN surveys s ON s.record_id = coalesce(k.refers_to, k.record_id)
"""  # noqa: S608


def upgrade() -> None:
    """Nothing else is changed. Other databases than SQLite spell times otherwise, and have tools of their own."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in (_CITATIONS, _LINKS, _CAPTURES):
            op.execute(statement)
