"""How much of what a page needs is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.catalogue import Batch, Catalogue, DocumentWritten
from archive.completeness import Completeness, Missing, completeness, missing
from archive.frontier import Frontier
from archive.model import Capture, LinkKind, LinkStage, NewLink, Reason, RecordKind, Role
from archive.rescoring import rescore
from archive.schema import Stage, SurveyState, events, links, needs, surveys
from archive.urls import canonical
from tests.archive.catalogue_samples import NOW, capture, keep_event, lease_all, settle

LATER = NOW + timedelta(days=1)
PAGE = "http://news.test/page"

Need = tuple[str, Role] | tuple[str, Role, Reason]


class Site:
    """A catalogue in which pages are kept and need things."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._records = 0

    def keeps(self, url: str, kind: str = "other", *, needing: Sequence[Need] = (), **fields: object) -> str:
        """Keep `url` and survey what it needs; the record id of its capture."""
        self._records += 1
        kept = replace(capture(self._records, url=url), **fields)  # type: ignore[arg-type]
        self.settles(url, Reason.OK, record=kept)
        self.surveys(kept.record_id, kind, needing)
        return kept.record_id

    def surveys(self, record_id: str, kind: str, needing: Sequence[Need] = ()) -> None:
        """Note what a capture needs. A need with a reason was left without a link."""
        asked = [NewLink(url=need[0], kind=LinkKind.REQUISITE) for need in needing if len(need) == 2]
        self.catalogue.commit(Batch(links=asked))
        with self.catalogue.writing() as connection:
            connection.execute(sa.delete(needs).where(needs.c.record_id == record_id))
            connection.execute(sa.delete(surveys).where(surveys.c.record_id == record_id))
            row = {"record_id": record_id, "state": SurveyState.READ, "kind": kind, "at": NOW}
            connection.execute(sa.insert(surveys), [row])
            for position, need in enumerate(needing, 1):
                connection.execute(sa.insert(needs), [_need_row(connection, record_id, position, need)])

    def settles(
        self, url: str, reason: Reason, *, record: Capture | None = None, to: str | None = None, at: datetime = NOW
    ) -> None:
        """Note what came of `url`."""
        Frontier(self.catalogue).add([NewLink(url=url, kind=LinkKind.REQUISITE)])
        with self.catalogue.writing() as connection:
            again = sa.update(links).where(links.c.url == url)
            connection.execute(again.values(stage=Stage.PENDING, not_before=None))
        good = reason in (Reason.OK, Reason.MOVED, Reason.NOT_MODIFIED)
        stage = LinkStage.DONE if good else LinkStage.FAILED
        settle(self.catalogue, lease_all(self.catalogue)[url], reason, stage, record=record, to=to)
        with self.catalogue.writing() as connection:
            connection.execute(sa.update(links).where(links.c.url == url).values(settled_at=at))
            leased = sa.update(links).where(links.c.stage == Stage.LEASED)
            connection.execute(leased.values(stage=Stage.PENDING))

    def score(self, record_id: str) -> Completeness:
        with self.catalogue.reading() as connection:
            return completeness(connection, [record_id], LATER)[record_id]

    def lacks(self, record_id: str) -> list[Missing]:
        with self.catalogue.reading() as connection:
            return list(missing(connection, record_id, LATER))

    def stored(self, record_id: str) -> tuple[int | None, int | None, int | None]:
        with self.catalogue.reading() as connection:
            query = sa.select(surveys.c.needed, surveys.c.kept, surveys.c.gone)
            row = connection.execute(query.where(surveys.c.record_id == record_id)).one()
            return row.needed, row.kept, row.gone

    def dirty(self) -> set[str]:
        with self.catalogue.reading() as connection:
            return set(connection.execute(sa.select(events.c.path).where(events.c.dirty > 0)).scalars())

    def write_documents(self) -> None:
        for state in self.catalogue.dirty_events(1000, now=LATER):
            self.catalogue.commit(Batch(documents=[DocumentWritten(event_id=state.event_id, dirty=state.dirty)]))


def _need_row(connection: sa.Connection, record_id: str, position: int, need: Need) -> dict[str, object]:
    url, role, *reason = need
    return {
        "record_id": record_id,
        "position": position,
        "url": url,
        "role": role,
        "how": f"{role}/@src",
        "link_id": None if reason else _link_id(connection, url),
        "reason": reason[0] if reason else None,
    }


def _link_id(connection: sa.Connection, url: str) -> int:
    return int(connection.execute(sa.select(links.c.id).where(links.c.url == canonical(url))).scalar_one())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = Catalogue.open(tmp_path / "catalogue.db", create=True)
    yield Site(opened)
    opened.close()


def _image(name: str) -> Need:
    return f"http://news.test/{name}.png", Role.IMAGE


def _style(name: str) -> Need:
    return f"http://news.test/{name}.css", Role.STYLE


# --- a page ---


def test_what_came_of_each_need_is_counted(site: Site) -> None:
    """Kept, gone, failed, excluded, waiting: the five add up, and what is gone weighs nothing."""
    page = site.keeps(
        PAGE,
        "html",
        needing=[
            *map(_image, ("kept", "unchanged", "gone", "refused", "robots", "waits")),
            ("http://news.test/dear.mp4", Role.MEDIA, Reason.OVER_BUDGET),
        ],
    )
    site.keeps("http://news.test/kept.png", "image")
    site.settles("http://news.test/unchanged.png", Reason.NOT_MODIFIED)
    site.settles("http://news.test/gone.png", Reason.GONE)
    site.settles("http://news.test/refused.png", Reason.CONN_REFUSED)
    site.settles("http://news.test/robots.png", Reason.ROBOTS_EXCLUDED)
    score = site.score(page)
    assert score == Completeness(kept=2, gone=1, failed=1, excluded=2, waiting=1)
    assert (score.needed, score.score) == (7, 2 / 6)


def test_a_page_that_needs_nothing_is_complete(site: Site) -> None:
    """1.0, and so is a page all whose pictures are gone from the web."""
    plain = site.keeps("http://news.test/plain", "html")
    ruin = site.keeps("http://news.test/ruin", "html", needing=[_image("gone")])
    site.settles("http://news.test/gone.png", Reason.GONE)
    assert (site.score(plain).score, site.score(ruin).score) == (1.0, 1.0)


def test_one_url_counts_once_a_page(site: Site) -> None:
    """Named twice, with a fragment, or by the page and its style: one thing. Left out here but had there: had."""
    sprite = "http://news.test/sprite.svg"
    needing: list[Need] = [
        (sprite, Role.IMAGE, Reason.OVER_BUDGET),
        (sprite + "#a", Role.IMAGE),
        (sprite + "#b", Role.IMAGE),
        _style("a"),
    ]
    page = site.keeps(PAGE, "html", needing=needing)
    site.keeps("http://news.test/a.css", "css", needing=[(sprite, Role.IMAGE), _image("deep")])
    site.keeps(sprite, "svg")
    assert site.score(page) == Completeness(kept=2, waiting=1)


def test_styles_and_frames_bring_their_own_needs(site: Site) -> None:
    """@import in @import, a picture in a frame's style: to any depth."""
    page = site.keeps(PAGE, "html", needing=[_style("a"), ("http://ads.test/frame", Role.FRAME)])
    site.keeps("http://news.test/a.css", "css", needing=[_style("b")])
    site.keeps("http://news.test/b.css", "css", needing=[("http://news.test/f.woff", Role.FONT)])
    site.keeps("http://ads.test/frame", "html", needing=[("http://ads.test/c.css", Role.STYLE)])
    site.keeps("http://ads.test/c.css", "css", needing=[("http://ads.test/bg.png", Role.IMAGE)])
    site.settles("http://news.test/f.woff", Reason.TIMEOUT)
    assert site.score(page) == Completeness(kept=4, failed=1, waiting=1)


def test_an_import_loop_ends(site: Site) -> None:
    """a imports b, b imports a and itself; a frame that frames the page."""
    page = site.keeps(PAGE, "html", needing=[_style("a"), ("http://news.test/frame", Role.FRAME)])
    site.keeps("http://news.test/a.css", "css", needing=[_style("b")])
    site.keeps("http://news.test/b.css", "css", needing=[_style("a"), _style("b")])
    site.keeps("http://news.test/frame", "html", needing=[(PAGE, Role.FRAME)])
    assert site.score(page) == Completeness(kept=4)


def test_a_style_behind_a_redirect_is_read(site: Site) -> None:
    """What counts is where the redirects end; one that never ends failed."""
    page = site.keeps(PAGE, "html", needing=[_style("old"), _image("loop")])
    site.settles("http://news.test/old.css", Reason.MOVED, to="http://cdn.test/new.css")
    site.keeps("http://cdn.test/new.css", "css", needing=[("http://cdn.test/x.png", Role.IMAGE)])
    site.settles("http://news.test/loop.png", Reason.MOVED, to="http://news.test/pool.png")
    site.settles("http://news.test/pool.png", Reason.MOVED, to="http://news.test/loop.png")
    assert site.score(page) == Completeness(kept=1, waiting=1, failed=1)


def test_a_style_kept_as_a_revisit_is_read(site: Site) -> None:
    """The survey is of the record that holds the payload."""
    first = site.keeps("http://a.test/a.css", "css", needing=[("http://a.test/x.png", Role.IMAGE)])
    page = site.keeps(PAGE, "html", needing=[_style("same")])
    site.settles(
        "http://news.test/same.css",
        Reason.OK,
        record=capture(77, url="http://news.test/same.css", kind=RecordKind.REVISIT, refers_to=first),
    )
    assert site.score(page) == Completeness(kept=1, waiting=1)


def test_an_error_page_in_place_of_a_picture_needs_nothing(site: Site) -> None:
    """A browser would not load what a page names that came for a picture or a script."""
    page = site.keeps(PAGE, "html", needing=[_image("soft404"), ("http://news.test/x.js", Role.SCRIPT)])
    site.keeps("http://news.test/soft404.png", "html", needing=[_image("logo")])
    site.keeps("http://news.test/x.js", "html", needing=[_image("logo")])
    assert site.score(page) == Completeness(kept=2)


def test_many_pages_at_once_equal_each_alone(site: Site) -> None:
    """Lots change nothing; a capture nobody surveyed needs nothing."""
    needing = [[_style("shared"), _image(str(n % 7))] for n in range(150)]
    pages = [site.keeps(f"{PAGE}/{n}", "html", needing=some) for n, some in enumerate(needing)]
    site.keeps("http://news.test/shared.css", "css", needing=[_image("3"), _image("bg")])
    site.keeps("http://news.test/3.png", "image")
    with site.catalogue.reading() as connection:
        together = completeness(connection, [*pages, "urn:uuid:unknown"], LATER)
    assert together.pop("urn:uuid:unknown") == Completeness()
    assert together == {page: site.score(page) for page in pages}
    assert {score.needed for score in together.values()} == {3, 4}


def test_what_is_missing_says_why_and_by_what(site: Site) -> None:
    """The address, the place that names it, the capture it stands in, and the reason."""
    page = site.keeps(
        PAGE, "html", needing=[_image("gone"), _style("a"), ("http:///", Role.IMAGE, Reason.MALFORMED_URL)]
    )
    style = site.keeps("http://news.test/a.css", "css", needing=[("http://news.test/f.woff", Role.FONT)])
    site.settles("http://news.test/gone.png", Reason.GONE)
    site.settles("http://news.test/f.woff", Reason.TLS_ERROR)
    assert [(each.url, each.reason, each.how, each.record_id, each.needed_by) for each in site.lacks(page)] == [
        ("http://news.test/gone.png", Reason.GONE, "image/@src", page, PAGE),
        ("http:///", Reason.MALFORMED_URL, "image/@src", page, PAGE),
        ("http://news.test/f.woff", Reason.TLS_ERROR, "font/@src", style, "http://news.test/a.css"),
    ]


# --- kept up to date ---


def test_scores_are_stored_once_and_then_left_alone(site: Site) -> None:
    """A second time with nothing changed counts nothing."""
    page = site.keeps(PAGE, "html", needing=[_image("a"), _image("b")])
    site.keeps("http://news.test/a.png", "image")
    assert rescore(site.catalogue, LATER) == 1
    assert site.stored(page) == (2, 1, 0)
    assert rescore(site.catalogue, LATER + timedelta(hours=1)) == 0


def test_a_requisite_settled_later_reaches_the_pages_above_it(site: Site) -> None:
    """Through an import, a redirect and a frame, up to the page and its event; other pages are not touched."""
    keep_event(site.catalogue, "en/a.md", PAGE)
    keep_event(site.catalogue, "en/b.md", "http://news.test/other")
    page = site.keeps(PAGE, "html", needing=[("http://news.test/frame", Role.FRAME)])
    other = site.keeps("http://news.test/other", "html", needing=[_image("z")])
    site.keeps("http://news.test/frame", "html", needing=[_style("old")])
    site.settles("http://news.test/old.css", Reason.MOVED, to="http://news.test/new.css")
    site.keeps("http://news.test/new.css", "css", needing=[_image("late")])
    rescore(site.catalogue, LATER)
    site.write_documents()
    assert (site.stored(page), site.stored(other), site.dirty()) == ((3, 2, 0), (1, 0, 0), set())

    site.settles("http://news.test/late.png", Reason.OK, record=capture(90), at=LATER + timedelta(hours=1))
    assert rescore(site.catalogue, LATER + timedelta(hours=2)) == 3  # the style, the frame, the page
    assert (site.stored(page), site.dirty()) == ((3, 3, 0), {"en/a.md"})


def test_an_event_is_only_dirty_where_numbers_changed(site: Site) -> None:
    """What failed fails again, for another reason: counted anew, but nothing to write."""
    keep_event(site.catalogue, "en/a.md", PAGE)
    site.keeps(PAGE, "html", needing=[_image("a")])
    site.settles("http://news.test/a.png", Reason.TIMEOUT)
    rescore(site.catalogue, LATER)
    site.write_documents()
    site.settles("http://news.test/a.png", Reason.CONN_RESET, at=LATER + timedelta(hours=1))
    site.write_documents()
    assert rescore(site.catalogue, LATER + timedelta(hours=2)) == 1
    assert site.dirty() == set()


def test_a_page_that_needs_nothing_is_news_for_its_event(site: Site) -> None:
    """Its document says that nothing is missing."""
    keep_event(site.catalogue, "en/a.md", PAGE)
    page = site.keeps(PAGE, "html")
    site.write_documents()
    rescore(site.catalogue, LATER)
    assert (site.stored(page), site.dirty()) == ((0, 0, 0), {"en/a.md"})


def test_a_style_surveyed_late_counts(site: Site) -> None:
    """Its page was scored before anybody knew what the style needs, and no link was settled since."""
    page = site.keeps(PAGE, "html", needing=[_style("a")])
    style = capture(50, url="http://news.test/a.css")
    site.settles("http://news.test/a.css", Reason.OK, record=style)
    rescore(site.catalogue, LATER)
    assert site.stored(page) == (1, 1, 0)
    site.surveys(style.record_id, "css", [("http://news.test/big.mp4", Role.MEDIA, Reason.OVER_BUDGET)])
    rescore(site.catalogue, LATER + timedelta(hours=1))
    assert site.stored(page) == (2, 1, 0)


def test_a_page_kept_as_a_revisit_makes_its_event_dirty(site: Site) -> None:
    """The event cites another address, whose capture only refers to the one that was surveyed."""
    keep_event(site.catalogue, "en/a.md", "http://mirror.test/page")
    page = site.keeps(PAGE, "html", needing=[_image("a")], payload_sha256="d" * 64)
    revisit = capture(
        60, url="http://mirror.test/page", kind=RecordKind.REVISIT, refers_to=page, payload_sha256="d" * 64
    )
    site.settles("http://mirror.test/page", Reason.OK, record=revisit)
    site.write_documents()
    rescore(site.catalogue, LATER)
    assert site.dirty() == {"en/a.md"}


def test_a_clock_that_was_ahead_is_not_believed(site: Site) -> None:
    """Scored in a year that has not come, a page is scored again when the clock is right."""
    page = site.keeps(PAGE, "html", needing=[_image("a")])
    rescore(site.catalogue, LATER + timedelta(days=900))
    site.settles("http://news.test/a.png", Reason.GONE, at=LATER + timedelta(hours=1))
    rescore(site.catalogue, LATER + timedelta(hours=2))
    assert site.stored(page) == (1, 0, 1)


def test_many_pages_are_scored_in_lots(site: Site) -> None:
    """More pages than a lot holds, each scored once."""
    pages = [site.keeps(f"{PAGE}/{n}", "html", needing=[_image("a")]) for n in range(140)]
    assert rescore(site.catalogue, LATER) == 140
    assert {site.stored(page) for page in pages} == {(1, 0, 0)}
