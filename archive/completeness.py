"""How much is kept of what a page needs to be seen: a score per capture, without a browser.

A page needs what its markup names, what its styles import, what its frames and drawings name in turn, to any depth.
Each of these counts once a page, by the address asked for, and ends where its redirects end. What the server says is
gone can be kept by nobody: it is counted and taken out of the score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.chains import Chain, find_hops, follow
from archive.judgement import judge
from archive.link_rows import chunks
from archive.model import Outcome, Reason, Role
from archive.schema import SurveyState, captures, needs, surveys

LOT = 64  # captures looked at together: a lot of pages with hundreds of requisites each stays at a few megabytes

# By what a capture is, the roles in which a browser loads what it names. An error page that came for a picture names
# things as well: nobody would load them.
_LOADED: Mapping[str, frozenset[Role]] = {
    "css": frozenset({Role.STYLE, Role.OTHER}),
    "html": frozenset({Role.FRAME, Role.OTHER}),
    "svg": frozenset(Role),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """What came of all a capture needs. The five add up to `needed`."""

    kept: int = 0
    gone: int = 0  # 404, 410
    failed: int = 0
    excluded: int = 0  # robots, refused addresses, budgets, what is no URL
    waiting: int = 0

    @property
    def needed(self) -> int:
        """How many things it needs."""
        return self.kept + self.gone + self.failed + self.excluded + self.waiting

    @property
    def score(self) -> float:
        """The part that is kept of what is still to be had, 0 to 1; 1 where nothing is needed."""
        had = self.needed - self.gone
        return self.kept / had if had else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something a page needs that is not kept, and why."""

    url: str
    role: Role
    how: str  # "img/@src"
    reason: Reason
    record_id: str  # of the capture that names it: the page's own, or that of a style or frame of it
    needed_by: str  # the URL of that capture


def completeness(connection: sa.Connection, record_ids: Iterable[str], now: datetime) -> dict[str, Completeness]:
    """The completeness of these captures, by record id. One that was not surveyed needs nothing we know of."""
    found: dict[str, Completeness] = {}
    for some in chunks(list(dict.fromkeys(record_ids)), LOT):
        web = _read(connection, some, now)
        found.update((record_id, _counted(web.closure(record_id))) for record_id in some)
    return found


def missing(connection: sa.Connection, record_id: str, now: datetime) -> Iterator[Missing]:
    """What this capture lacks of all it needs, in the order a browser would ask, what is gone included."""
    lacking = [each for each in _read(connection, [record_id], now).closure(record_id) if not _is_kept(each.reason)]
    urls = _urls(connection, {each.need.record_id for each in lacking})
    for each in lacking:
        need = each.need
        yield Missing(
            url=need.url,
            role=need.role,
            how=need.how,
            reason=each.reason,
            record_id=need.record_id,
            needed_by=urls.get(need.record_id, ""),
        )


def _is_kept(reason: Reason) -> bool:
    return reason.outcome is Outcome.KEPT


# --- what is needed, and what came of it ---


@dataclass(frozen=True, slots=True)
class _Need:
    record_id: str  # of the capture that names it
    url: str
    role: Role
    how: str
    link_id: int | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class _End:
    """Where a link ends."""

    url: str  # of the link itself, canonical
    reason: Reason
    records: tuple[str, ...]  # of the capture kept there, and of the one it is a revisit of


@dataclass(frozen=True, slots=True)
class _Answered:
    """A need and what came of it."""

    need: _Need
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Web:
    """What captures need, where those links end, and what is there (all that a lot of pages leads to)."""

    needs: dict[str, Sequence[_Need]]  # by the record id of the capture that names them
    ends: dict[int, _End]  # by link id
    kinds: dict[str, str]  # by record id, of captures that were surveyed

    def closure(self, record_id: str) -> list[_Answered]:
        """All that a capture needs at any depth, each address once; breadth first, as a browser finds them."""
        found: dict[str, _Answered] = {}
        seen = {record_id}
        queue = [record_id]
        for record in queue:  # grows while we go
            for need in self.needs.get(record, ()):
                self._add(found, need)
                opened = self.opened(need)
                if opened is not None and opened not in seen:
                    seen.add(opened)
                    queue.append(opened)
        return list(found.values())

    def _add(self, found: dict[str, _Answered], need: _Need) -> None:
        """Note a need, once; one that was left without a link here may have one elsewhere on the page."""
        end = self._end(need)
        key = end.url if end else need.url.partition("#")[0]
        known = found.get(key)
        if known is None or (end is not None and known.need.link_id is None):
            found[key] = _Answered(need, end.reason if end else need.reason or Reason.MALFORMED_URL)

    def opened(self, need: _Need) -> str | None:
        """The record id of what this need brought, if a browser would load what that names in turn."""
        end = self._end(need)
        if end is None or not _is_kept(end.reason):
            return None
        return next((each for each in end.records if need.role in _LOADED.get(self.kinds.get(each, ""), ())), None)

    def _end(self, need: _Need) -> _End | None:
        return None if need.link_id is None else self.ends[need.link_id]


def _counted(answers: Iterable[_Answered]) -> Completeness:
    counts: dict[str, int] = defaultdict(int)
    for answer in answers:
        counts["gone" if answer.reason is Reason.GONE else answer.reason.outcome.value] += 1
    return Completeness(**counts)


# --- reading ---


def _read(connection: sa.Connection, record_ids: Collection[str], now: datetime) -> _Web:
    """The web these captures lead to, level by level: two or three queries each."""
    web = _Web({}, {}, {})
    left = set(record_ids)
    while left:
        level = _needs_of(connection, left)
        web.needs.update((record_id, level.get(record_id, ())) for record_id in left)
        asked = [need for found in level.values() for need in found]
        ends = _ends(connection, {need.link_id for need in asked if need.link_id is not None} - web.ends.keys(), now)
        web.ends.update(ends)
        web.kinds.update(_kinds(connection, {each for end in ends.values() for each in end.records}))
        left = {opened for need in asked if (opened := web.opened(need)) is not None} - web.needs.keys()
    return web


def _needs_of(connection: sa.Connection, record_ids: Collection[str]) -> dict[str, list[_Need]]:
    found: dict[str, list[_Need]] = defaultdict(list)
    for some in chunks(sorted(record_ids)):
        for row in connection.execute(_of_records, {"b_ids": some}):
            found[row.record_id].append(_Need(row.record_id, row.url, row.role, row.how, row.link_id, row.reason))
    return found


def _ends(connection: sa.Connection, link_ids: Collection[int], now: datetime) -> dict[int, _End]:
    hops = find_hops(connection, link_ids)
    return {link_id: _end(follow(link_id, hops), now) for link_id in link_ids}


def _end(chain: Chain, now: datetime) -> _End:
    judgement = judge(None, chain, now)
    held = judgement.capture
    records = () if held is None else tuple(filter(None, (held.record_id, held.refers_to)))
    return _End(chain.hops[0].url, judgement.reason, records)


def _kinds(connection: sa.Connection, record_ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in chunks(sorted(record_ids)):
        found.update((row.record_id, row.kind) for row in connection.execute(_surveyed, {"b_ids": some}))
    return found


def _urls(connection: sa.Connection, record_ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in chunks(sorted(record_ids)):
        found.update((row.record_id, row.url) for row in connection.execute(_captured, {"b_ids": some}))
    return found


_ids: sa.BindParameter[str] = bindparam("b_ids", expanding=True)
_of_records = sa.select(needs).where(needs.c.record_id.in_(_ids)).order_by(needs.c.record_id, needs.c.position)
_surveyed = sa.select(surveys.c.record_id, surveys.c.kind).where(
    surveys.c.record_id.in_(_ids), surveys.c.state == SurveyState.READ, surveys.c.kind.in_(tuple(_LOADED))
)
_captured = sa.select(captures.c.record_id, captures.c.url).where(captures.c.record_id.in_(_ids))
