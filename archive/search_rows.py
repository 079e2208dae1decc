"""What is shown beside the hits of a search, read from the catalogue over the caller's connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.schema import citations, event_versions, events, links

_MOST_CITING = 5  # events named for one article


@dataclass(frozen=True, slots=True)
class Citing:
    """An event that cites an address."""

    path: str
    title: str
    day: str | None


def summaries_of(connection: sa.Connection, paths: Sequence[str]) -> Mapping[str, str]:
    """The summaries of events, by path, their entities read."""
    return {row.path: unescape(row.summary) for row in connection.execute(_summaries, {"b_paths": paths})}


def citing_of(connection: sa.Connection, urls: Sequence[str]) -> Mapping[str, list[Citing]]:
    """The events that cite these addresses, or one that redirects to them in one step: the first few of each."""
    found: defaultdict[str, list[Citing]] = defaultdict(list)
    for query in (_citing, _citing_redirect):
        for row in connection.execute(query, {"b_urls": urls}):
            each = Citing(row.path, unescape(row.title), row.day)
            if len(found[row.url]) < _MOST_CITING and each not in found[row.url]:
                found[row.url].append(each)
    return found


_current = sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version)
_summaries = (
    sa.select(events.c.path, event_versions.c.summary)
    .join_from(events, event_versions, _current)
    .where(events.c.path.in_(bindparam("b_paths", expanding=True)))
)
_before = links.alias("before")
_columns = (links.c.url, events.c.path, event_versions.c.title, event_versions.c.day)
_urls: sa.BindParameter[object] = bindparam("b_urls", expanding=True)
_citing = (
    sa.select(*_columns)
    .join_from(links, citations, citations.c.link_id == links.c.id)
    .join(event_versions, event_versions.c.id == citations.c.event_version_id)
    .join(events, _current)
    .where(links.c.url.in_(_urls))
    .order_by(event_versions.c.day, events.c.path)
)
_citing_redirect = (
    sa.select(*_columns)
    .join_from(links, _before, _before.c.redirect_id == links.c.id)
    .join(citations, citations.c.link_id == _before.c.id)
    .join(event_versions, event_versions.c.id == citations.c.event_version_id)
    .join(events, _current)
    .where(links.c.url.in_(_urls))
    .order_by(event_versions.c.day, events.c.path)
)
