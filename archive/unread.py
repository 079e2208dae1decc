"""Which captures have an article to be read: whole answers with 2xx at cited addresses, not read before.

Reading that failed (it hung, it crashed, it took all memory) may have been the fault of a machine with too much to do:
later runs try again, MOST_TRIES times in all.

An answer that a cited address only revisits is read as well; what it says holds for all that refer to it. So is what
was brought back from an archive behind an archived redirect.
"""

from __future__ import annotations

import sqlalchemy as sa

from archive.baselines import is_copy
from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.model import Capture, LinkKind, RecordKind
from archive.schema import ArticleState, WarcState, articles, captures, links, recoveries, warcs

MOST_TRIES = 3  # times one capture is read

_revisit, _of_revisit, _of_capture = captures.alias("revisit"), links.alias("of_revisit"), links.alias("of_capture")
_cited = sa.exists().where(_of_capture.c.url == captures.c.url, _of_capture.c.kind == LinkKind.CITATION)
_cited_by_revisit = sa.exists().where(
    _revisit.c.refers_to == captures.c.record_id,
    _of_revisit.c.url == _revisit.c.url,
    _of_revisit.c.kind == LinkKind.CITATION,
)
_recovered = sa.exists().where(recoveries.c.record_id == captures.c.record_id)
_unread = (
    sa.select(captures.c.id, *CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .outerjoin(articles, articles.c.record_id == captures.c.record_id)
    .where(
        captures.c.kind == RecordKind.RESPONSE,
        captures.c.status.between(200, 299),
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        warcs.c.state != WarcState.MISSING,
        sa.or_(
            articles.c.record_id.is_(None),
            sa.and_(articles.c.state == ArticleState.FAILED, articles.c.tries < MOST_TRIES),
        ),
        sa.or_(_cited, _cited_by_revisit, _recovered),
        is_copy(),
        captures.c.id > sa.bindparam("b_after", type_=sa.Integer),
    )
    .order_by(captures.c.id)
    .limit(sa.bindparam("b_limit", type_=sa.Integer))
)


def unread_captures(connection: sa.Connection, *, after: int, limit: int) -> list[tuple[int, Capture]]:
    """At most `limit` of them with their row's id, from the first behind `after` on."""
    rows = connection.execute(_unread, {"b_after": after, "b_limit": limit})
    return [(row.id, capture_from(row)) for row in rows]
