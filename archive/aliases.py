"""The alias map: which addresses are one work, and the kept answer that proves each of them.

It is drawn anew from the answers whenever there are new ones, and only what changed is written.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.alias_proofs import Page
from archive.alias_rules import spelling
from archive.alias_scratch import Member, Place, Scratch
from archive.alias_works import WORK, find_works
from archive.capture_rows import captures_by_record
from archive.link_rows import Row, chunks, execute_many
from archive.model import Capture, LinkKind, RecordKind, Via
from archive.references import is_web, resolve
from archive.schema import SurveyState, WarcState, aliases, articles, captures, links, surveys, warcs
from archive.upsert import upsert
from archive.urls import canonical

if TYPE_CHECKING:
    from archive.catalogue import Catalogue

_VERSION = 1  # of rules and proofs: another one draws the map anew
_DRAWN_FROM = "aliases_drawn_from"  # in collection_meta
_STREAMED = 1000
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """An address of a work. `rule` is "work" for the one that stands for it, else the proof and, behind a colon, the
    spellings it bridges: "redirect", "identical: scheme, tracking"."""

    url: str
    work: str
    rule: str
    proof: str | None  # record id of the answer that proves it
    capture: Capture | None  # that answer

    @property
    def is_work(self) -> bool:
        """Whether it is the address that stands for the work."""
        return self.rule == WORK


# --- asking ---


def work_of(connection: sa.Connection, url: str) -> str:
    """The address of the work that `url` is an address of; its own, in canonical form, if it has no other."""
    spelled = _spelled(url)
    found = connection.execute(_work_of, {"b_url": spelled}).scalar()
    return spelled if found is None else str(found)


def aliases_of(connection: sa.Connection, url: str) -> tuple[Alias, ...]:
    """All addresses of the work that `url` is an address of, the work's own first; () if it has only this one."""
    rows = connection.execute(_of_works, {"b_works": [work_of(connection, url)]}).all()
    return next(iter(_works(connection, rows)), ())


def works(connection: sa.Connection) -> Iterator[tuple[Alias, ...]]:
    """All works with more than one address, each as `aliases_of` gives it."""
    after = ""
    while some := connection.execute(_next_works, {"b_after": after}).scalars().all():
        yield from _works(connection, connection.execute(_of_works, {"b_works": some}).all())
        after = some[-1]


def _works(connection: sa.Connection, rows: Iterable[sa.Row[Any]]) -> Iterator[tuple[Alias, ...]]:
    rows = list(rows)
    proofs = captures_by_record(connection, {row.proof for row in rows if row.proof is not None})
    for work, some in itertools.groupby(rows, lambda row: row.work):
        found = (
            Alias(url=row.url, work=work, rule=row.rule, proof=row.proof, capture=proofs.get(row.proof)) for row in some
        )
        yield tuple(sorted(found, key=lambda alias: (not alias.is_work, alias.url)))


def _spelled(url: str) -> str:
    try:
        return canonical(url)
    except ValueError:
        return url


# --- drawing the map ---


def update_aliases(catalogue: Catalogue, now: datetime, *, anew: bool = False) -> int:
    """Brings the map up to date with the answers kept; how many of its rows changed.

    Goes over all captures (some 5,000 a second), memory flat, if there is anything new since the last time or `anew`
    asks for it; else it looks at a few counts. All changes are one transaction. To be called with the collection held.
    """
    drawn_from = _drawn_from(catalogue)
    if not anew and catalogue.meta().get(_DRAWN_FROM) == drawn_from:
        return 0
    with tempfile.TemporaryDirectory(prefix="sourcekeep-aliases-") as folder, Scratch(Path(folder)) as scratch:
        with catalogue.reading() as connection:
            scratch.add_places(_places(connection))
        targets = list(scratch.targets())
        scratch.add_places(Place(url, spelling(url).key) for url in targets)
        scratch.add_members(find_works(scratch))
        with catalogue.writing() as connection:
            changed = _store(connection, scratch.members(), now)
    catalogue.set_meta(_DRAWN_FROM, drawn_from)
    return changed


def _drawn_from(catalogue: Catalogue) -> str:
    """Counts that change with everything that could prove or disprove an alias."""
    with catalogue.reading() as connection:
        return " ".join(str(connection.execute(query).scalar_one()) for query in (sa.select(_version), *_counts))


def _places(connection: sa.Connection) -> Iterator[Place]:
    """Every address with answers, and what they say."""
    rows: Iterable[sa.Row[Any]] = connection.execution_options(yield_per=_STREAMED).execute(_answers)
    for url, answers in itertools.groupby(rows, lambda row: row.url):
        spelled = _spelled(url)
        if is_web(spelled):
            yield _place(spelled, answers)


def _place(url: str, answers: Iterable[sa.Row[Any]]) -> Place:
    """What the answers of one address say, oldest first.

    Of answers that say the same the first one is the proof, so that asking again changes nothing.
    """
    place = Place(url, spelling(url).key)
    for answer in answers:
        if answer.status in _REDIRECTS:
            target = _target(url, answer)
            if target is not None and target != place.target:
                place = place._replace(target=target, hop=answer.record_id)
        elif answer.status in (404, 410):
            place = place._replace(target=None, hop=None, gone=place.page is None)
        else:
            place = place._replace(target=None, hop=None, gone=False, page=_page(place, answer))
    return place


def _target(url: str, answer: sa.Row[Any]) -> str | None:
    """Where a redirect leads: as the link followed it, or as its Location says."""
    if answer.target is not None:
        return str(answer.target)
    try:
        location = (answer.location or "").encode("latin-1").decode("utf-8")  # many servers send raw UTF-8
    except UnicodeError:
        location = answer.location
    target = resolve(location, url)
    return target if isinstance(target, str) and is_web(target) and target != url else None


def _page(place: Place, answer: sa.Row[Any]) -> Page:
    page = Page(
        url=place.url,
        key=place.key,
        record_id=answer.record_id,
        sha256=answer.payload_sha256,
        length=answer.payload_length,
        title=answer.title,
        text_sha256=answer.text_sha256,
        text_chars=answer.text_chars or 0,
        canonical=answer.canonical,
        amphtml=answer.amphtml,
        og_url=answer.og_url,
    )
    before = place.page
    if before is None or before.sha256 is None or before.sha256 != page.sha256:
        return page
    known = {name: value for name in _READ if (value := getattr(before, name))}
    return replace(page, record_id=before.record_id, **known)


_READ = ("title", "text_sha256", "text_chars", "canonical", "amphtml", "og_url")


# --- writing it ---


def _store(connection: sa.Connection, members: Iterable[Member], now: datetime) -> int:
    """Writes what differs; how many rows."""
    changed, stale = 0, 0
    news: list[Row] = []
    gone: list[str] = []
    for known, member in _side_by_side(_stored(connection), members):
        if member is None and known is not None:
            gone.append(known.url)
        elif member is not None and member != known:
            news.append({**member._asdict(), "at": now})
        if len(news) + len(gone) >= _STREAMED:
            changed, stale = changed + _write(connection, news), stale + _remove(connection, gone)
            news, gone = [], []
    return changed + stale + _write(connection, news) + _remove(connection, gone)


def _side_by_side(stored: Iterable[Member], members: Iterable[Member]) -> Iterator[tuple[Member | None, Member | None]]:
    """Two streams by address, joined: what both have, what one has."""
    ours, theirs = iter(stored), iter(members)
    known, member = next(ours, None), next(theirs, None)
    while known is not None or member is not None:
        if member is None or (known is not None and known.url < member.url):
            yield known, None
            known = next(ours, None)
        elif known is None or member.url < known.url:
            yield None, member
            member = next(theirs, None)
        else:
            yield known, member
            known, member = next(ours, None), next(theirs, None)


def _stored(connection: sa.Connection) -> Iterator[Member]:
    after = ""
    while rows := connection.execute(_next_rows, {"b_after": after}).all():
        yield from (Member(row.url, row.work, row.rule, row.proof) for row in rows)
        after = rows[-1].url


def _write(connection: sa.Connection, rows: list[Row]) -> int:
    insert = upsert(connection.dialect.name, aliases)
    news = {name: insert.excluded[name] for name in ("work", "rule", "proof", "at")}
    execute_many(connection, insert.on_conflict_do_update(index_elements=[aliases.c.url], set_=news), rows)
    return len(rows)


def _remove(connection: sa.Connection, urls: list[str]) -> int:
    for some in chunks(urls):
        connection.execute(sa.delete(aliases).where(aliases.c.url.in_(some)))
    return len(urls)


# --- statements ---

_work_of = sa.select(aliases.c.work).where(aliases.c.url == bindparam("b_url"))
_of_works = (
    sa.select(aliases)
    .where(aliases.c.work.in_(bindparam("b_works", expanding=True)))
    .order_by(aliases.c.work, aliases.c.url)
)
_next_works = (
    sa.select(aliases.c.work)
    .where(aliases.c.work > bindparam("b_after"))
    .distinct()
    .order_by(aliases.c.work)
    .limit(_STREAMED // 2)
)
_next_rows = sa.select(aliases).where(aliases.c.url > bindparam("b_after")).order_by(aliases.c.url).limit(_STREAMED)

_version = sa.literal(_VERSION)
_counts = (
    sa.select(sa.func.coalesce(sa.func.max(captures.c.id), 0)),
    sa.select(sa.func.count()).select_from(warcs).where(warcs.c.state == WarcState.MISSING),
    sa.select(sa.func.count()).select_from(surveys).where(surveys.c.state == SurveyState.READ),
    sa.select(sa.func.count()).select_from(articles),
    sa.select(sa.func.max(articles.c.at)),
)

_target_link = links.alias("target_link")
_good = sa.or_(captures.c.status.between(200, 299), captures.c.status.in_((*_REDIRECTS, 404, 410)))
_answers = (
    sa.select(
        captures.c.url,
        captures.c.record_id,
        captures.c.status,
        captures.c.payload_sha256,
        captures.c.payload_length,
        captures.c.location,
        _target_link.c.url.label("target"),
        articles.c.title,
        articles.c.text_sha256,
        articles.c.text_chars,
        surveys.c.canonical,
        surveys.c.amphtml,
        surveys.c.og_url,
    )
    .join_from(captures, warcs)
    .outerjoin(links, links.c.url == captures.c.url)
    .outerjoin(_target_link, sa.and_(links.c.capture_id == captures.c.id, _target_link.c.id == links.c.redirect_id))
    .outerjoin(articles, articles.c.record_id == sa.func.coalesce(captures.c.refers_to, captures.c.record_id))
    .outerjoin(surveys, surveys.c.record_id == captures.c.record_id)
    .where(
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
        captures.c.via.not_in((Via.MEMENTO, Via.CHECK)),  # an archive's word proves nothing, nor do signs of death
        _good,
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        warcs.c.state != WarcState.MISSING,
        # Pages of the event site are no works; what only pages need is none either.
        sa.or_(links.c.kind == LinkKind.CITATION, sa.and_(links.c.kind.is_(None), captures.c.page_url.is_(None))),
    )
    .order_by(captures.c.url, captures.c.at, captures.c.id)
)
