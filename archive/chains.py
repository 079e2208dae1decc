"""From a link to where it ends: redirects followed row by row, each with the record that tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.capture_rows import CAPTURE_COLUMNS, capture_from, captures_by_record
from archive.link_rows import MAX_REDIRECTS, chunks
from archive.model import Capture, LinkStage, Reason
from archive.schema import Stage, SurveyState, captures, hosts, links, surveys, warcs


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One link of a chain, and what its last attempt came to."""

    link_id: int
    url: str
    stage: LinkStage
    reason: Reason | None
    not_before: datetime | None  # the later of its own time and its host's
    redirect_id: int | None
    capture: Capture | None  # of the last attempt
    revisited: Capture | None = None  # what that capture stands for, if it is a revisit
    picture: bool | None = None  # whether its payload decodes as an image; None: nobody looked

    @property
    def leads_to(self) -> int | None:
        """The link this one redirects to."""
        return self.redirect_id if self.stage is LinkStage.DONE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The hops from a link to where it ends. `endless`: it comes back to itself, or goes on past MAX_REDIRECTS."""

    hops: tuple[Hop, ...]
    endless: bool = False

    @property
    def end(self) -> Hop:
        """The last hop."""
        return self.hops[-1]


def follow(start: int, hops: Mapping[int, Hop]) -> Chain:
    """The chain from the link `start` over `hops` by link id (pure)."""
    passed = {start: hops[start]}
    target = hops[start].leads_to
    while target is not None:
        if target in passed or len(passed) > MAX_REDIRECTS:
            return Chain(hops=tuple(passed.values()), endless=True)
        passed[target] = hops[target]
        target = hops[target].leads_to
    return Chain(hops=tuple(passed.values()))


def find_hops(connection: sa.Connection, link_ids: Iterable[int]) -> dict[int, Hop]:
    """The hops of all chains from `link_ids`, by link id."""
    found: dict[int, Hop] = {}
    left = set(link_ids)
    for _ in range(MAX_REDIRECTS + 2):
        if not left:
            break
        for some in chunks(sorted(left)):
            found.update((row.id, _hop(row)) for row in connection.execute(_hops, {"b_ids": some}))
        left = {hop.leads_to for hop in found.values() if hop.leads_to is not None} - found.keys()
    return _with_revisited(connection, found)


def _hop(row: sa.Row[tuple[object, ...]]) -> Hop:
    times = [time for time in (row.link_not_before, row.host_not_before) if time is not None]
    return Hop(
        link_id=row.id,
        url=row.link_url,
        stage=Stage(row.stage).public,
        reason=row.reason,
        not_before=max(times, default=None),
        redirect_id=row.redirect_id,
        capture=None if row.record_id is None else capture_from(row),
        picture=row.picture is not None if row.surveyed is not None else None,
    )


def _was_seen(survey: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a survey came to anything: one that failed tells nothing of a picture."""
    return survey.c.state == SurveyState.READ


_own, _originals = surveys.alias("own"), surveys.alias("originals")
_hops = (
    sa.select(
        links.c.id,
        links.c.url.label("link_url"),
        links.c.stage,
        links.c.reason,
        links.c.not_before.label("link_not_before"),
        hosts.c.not_before.label("host_not_before"),
        links.c.redirect_id,
        sa.func.coalesce(_own.c.record_id, _originals.c.record_id).label("surveyed"),
        sa.func.coalesce(_own.c.picture, _originals.c.picture).label("picture"),
        *CAPTURE_COLUMNS,
    )
    .join_from(links, hosts, hosts.c.id == links.c.host_id)
    .outerjoin(captures, captures.c.id == links.c.capture_id)
    .outerjoin(warcs, warcs.c.id == captures.c.warc_id)
    .outerjoin(_own, sa.and_(_own.c.record_id == captures.c.record_id, _was_seen(_own)))
    .outerjoin(_originals, sa.and_(_originals.c.record_id == captures.c.refers_to, _was_seen(_originals)))
    .where(links.c.id.in_(bindparam("b_ids", expanding=True)))
)


def _with_revisited(connection: sa.Connection, found: dict[int, Hop]) -> dict[int, Hop]:
    """The hops, each with the capture that its own stands for."""
    wanted = {hop.capture.refers_to for hop in found.values() if hop.capture and hop.capture.refers_to}
    originals = captures_by_record(connection, wanted)
    return {
        link_id: replace(hop, revisited=originals.get(hop.capture.refers_to))
        if hop.capture and hop.capture.refers_to
        else hop
        for link_id, hop in found.items()
    }
