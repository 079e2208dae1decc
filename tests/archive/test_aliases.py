"""The alias map: one work under many addresses, each proven by an answer that is kept."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.alias_traps import is_home
from archive.aliases import Alias, aliases_of, update_aliases, work_of, works
from archive.batch import ArticleRead, Batch
from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.model import Capture, LinkKind, NewLink, Reason, RecordKind, Truncation
from archive.schema import ArticleState, SurveyState, aliases, surveys
from archive.urls import canonical
from tests.archive.alias_samples import APART, ONE_WORK, STORY
from tests.archive.catalogue_samples import NOW, capture, lease_all, settle

LATER = NOW + timedelta(days=1)
LONG = 4096
UTM = STORY + "?utm_source=feed"


class Web:
    """A catalogue of kept answers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._records = itertools.count(1)

    def page(
        self,
        url: str,
        content: str = "x",
        *,
        text: str | None = None,
        title: str | None = None,
        chars: int = 1000,
        **claims: str,
    ) -> Capture:
        """Keep a page of this content; what was read of it, what it calls itself."""
        kept = self._capture(url, payload_sha256=f"{content:>064}", payload_length=LONG)
        self.keep(kept)
        if text is not None:
            read = ArticleRead(
                record_id=kept.record_id,
                state=ArticleState.READ,
                at=NOW,
                title=title,
                text_sha256=f"{text:>064}",
                text_chars=chars,
            )
            self.catalogue.commit(Batch(articles=[read]))
        if claims:
            row = {"record_id": kept.record_id, "state": SurveyState.READ, "kind": "html", "at": NOW, **claims}
            with self.catalogue.writing() as connection:
                connection.execute(sa.insert(surveys), [row])
        return kept

    def redirect(self, url: str, target: str, status: int = 301) -> Capture:
        """Keep a redirect."""
        kept = self._capture(url, status=status, location=target, payload_sha256=None, payload_length=0)
        self.keep(kept)
        return kept

    def gone(self, url: str) -> None:
        """Keep a 404."""
        self.keep(self._capture(url, status=404))

    def keep(self, kept: Capture) -> None:
        self.catalogue.commit(Batch(captures=[kept]))

    def _capture(self, url: str, **fields: object) -> Capture:
        return replace(capture(next(self._records), url=canonical(url)), **fields)  # type: ignore[arg-type]

    def update(self, *, anew: bool = False) -> int:
        return update_aliases(self.catalogue, LATER, anew=anew)

    def found(self, url: str) -> dict[str, str]:
        """All other addresses of a work, and the rule of each, after an update."""
        self.update()
        return {alias.url: alias.rule for alias in self.aliases(url) if not alias.is_work}

    def aliases(self, url: str) -> tuple[Alias, ...]:
        with self.catalogue.reading() as connection:
            return aliases_of(connection, url)

    def work(self, url: str) -> str:
        with self.catalogue.reading() as connection:
            return work_of(connection, url)

    def rows(self) -> list[tuple[str, str, str, str | None]]:
        with self.catalogue.reading() as connection:
            query = sa.select(aliases.c.url, aliases.c.work, aliases.c.rule, aliases.c.proof)
            return [tuple(row) for row in connection.execute(query.order_by(aliases.c.url))]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    opened = Catalogue.open(tmp_path / "catalogue.db", create=True)
    yield Web(opened)
    opened.close()


# --- the tables ---


def test_spellings_with_one_answer_are_one_work(web: Web) -> None:
    """Every pair of the table, kept with equal bytes: one work, proven by the answer of the other spelling."""
    pairs = _with_hosts_of_their_own(ONE_WORK)
    for number, (one, other) in enumerate(pairs):
        web.page(one, f"{number}")
        if canonical(other) != canonical(one):
            web.page(other, f"{number}")
    web.update()
    for one, other in pairs:
        assert web.work(one) == web.work(other), (one, other)
    with web.catalogue.reading() as connection:
        found = list(works(connection))
    assert len(found) == len([pair for pair in pairs if canonical(pair[0]) != canonical(pair[1])]) > 40
    assert all(alias.rule.startswith(("identical: ", "work")) for work in found for alias in work)
    assert all(alias.capture is not None and alias.capture.url == alias.url for work in found for alias in work)


def test_other_addresses_stay_apart_whatever_they_send(web: Web) -> None:
    """Every pair of the other table, though the bytes and the text are equal: two works."""
    pairs = _with_hosts_of_their_own([pair for pair in APART if canonical(pair[0]) != canonical(pair[1])])
    for number, (one, other) in enumerate(pairs):
        web.page(one, f"{number}", text=f"{number}")
        web.page(other, f"{number}", text=f"{number}")
    web.update()
    assert len(pairs) > 40
    assert web.rows() == []


def _with_hosts_of_their_own(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs, each under hosts of its own."""
    return [(_renamed(one, number), _renamed(other, number)) for number, (one, other) in enumerate(pairs)]


def _renamed(url: str, number: int) -> str:
    for host in ("a", "b", "wiki"):
        url = url.replace(f"{host}.test", f"{host}{number}.test")
        url = url.replace(f"{host}.example", f"{host}{number}.example")
    return url


# --- equal answers ---


def test_equal_text_proves_a_spelling(web: Web) -> None:
    """The pages differ by an advertisement, the articles do not."""
    web.page(STORY, "a", text="t")
    proof = web.page("https://m.a.test/news/story", "b", text="t")
    assert web.found(STORY) == {"https://m.a.test/news/story": "same_text: mobile"}
    assert [alias.proof for alias in web.aliases(STORY)][1] == proof.record_id


@pytest.mark.parametrize(("chars", "content"), [(199, "b"), (1000, "b")])
def test_unequal_or_short_text_proves_nothing(web: Web, chars: int, content: str) -> None:
    """A few words are alike for no reason, and http: and https: may be two works."""
    web.page(STORY, "a", text="t", chars=chars)
    web.page("http://a.test/news/story", content, text="t" if chars < 200 else "u", chars=chars)
    assert web.found(STORY) == {}


def test_a_short_answer_proves_nothing(web: Web) -> None:
    """What asks for JavaScript does so everywhere."""
    short = replace(capture(900, url=STORY), payload_length=100)
    web.keep(short)
    web.keep(replace(short, record_id="urn:uuid:short", url=UTM))
    assert web.found(STORY) == {}


def test_what_is_not_whole_proves_nothing(web: Web) -> None:
    """Cut off, or an error page, or a record in a file that is gone."""
    whole = web.page(STORY, "a")
    web.keep(replace(whole, record_id="urn:uuid:cut", url=UTM, truncated=Truncation.LENGTH))
    web.keep(replace(whole, record_id="urn:uuid:error", url=STORY + "?fbclid=1", status=500))
    lost = replace(whole.where, warc="lost.warc.gz")
    web.keep(replace(whole, record_id="urn:uuid:lost", url=STORY + "?gclid=1", where=lost))
    web.catalogue.lose_warc("lost.warc.gz")
    assert web.found(STORY) == {}


def test_a_proof_that_is_lost_is_no_longer_one(web: Web) -> None:
    """Its WARC is gone: the alias goes with it."""
    whole = web.page(STORY, "a")
    lost = replace(whole.where, warc="lost.warc.gz")
    web.keep(replace(whole, record_id="urn:uuid:lost", url=UTM, where=lost))
    assert web.found(STORY) == {UTM: "identical: tracking"}
    web.catalogue.lose_warc("lost.warc.gz")
    assert web.found(STORY) == {}


# --- redirects ---


def test_redirects_are_followed_to_their_end(web: Web) -> None:
    """A short link over another host to the article: each is proven by its own answer."""
    first = web.redirect("https://s.test/x", "https://t.test/y", 302)
    second = web.redirect("https://t.test/y", "/z", 307)
    third = web.redirect("https://t.test/z", STORY, 308)
    web.page(STORY, "a")
    web.update()
    assert {alias.url: (alias.rule, alias.proof) for alias in web.aliases(STORY) if not alias.is_work} == {
        "https://s.test/x": ("redirect", first.record_id),
        "https://t.test/y": ("redirect", second.record_id),
        "https://t.test/z": ("redirect", third.record_id),
    }
    assert web.work("https://s.test/x") == STORY


def test_a_redirect_names_the_spelling_it_bridges(web: Web) -> None:
    """http to https, with www dropped."""
    web.redirect("http://www.a.test/news/story", STORY)
    web.page(STORY, "a")
    assert web.found(STORY) == {"http://www.a.test/news/story": "redirect: scheme, www"}


def test_a_redirect_joins_addresses_that_no_rule_joins(web: Web) -> None:
    """Even ?id=1 and ?id=2, if the server says so."""
    web.redirect(STORY + "?id=1", STORY + "?id=2")
    web.page(STORY + "?id=2", "a")
    assert web.found(STORY + "?id=1") == {STORY + "?id=1": "redirect"}


@pytest.mark.parametrize(
    "target",
    [
        "https://a.test/",
        "https://a.test/login",
        "https://consent.a.test/ask",
        "https://a.test/404",
        "https://b.test/wall?next=" + STORY,
    ],
)
def test_a_redirect_astray_proves_nothing(web: Web, target: str) -> None:
    """To the home page, a login, a consent form, an error page."""
    web.redirect(STORY, target)
    web.page(target, "a")
    assert web.found(STORY) == web.found(target) == {}


def test_https_is_the_same_work_though_it_leads_home(web: Web) -> None:
    """The article is gone: its two spellings are one work still, and the home page is none of theirs."""
    web.redirect("http://a.test/news/story", STORY)
    web.redirect(STORY, "https://a.test/")
    web.page("https://a.test/", "home")
    assert web.found(STORY) == {"http://a.test/news/story": "redirect: scheme"}


def test_a_catch_all_proves_nothing(web: Web) -> None:
    """Two old addresses may have moved to one; three different ones that end there are a site's lost and found."""
    for number in (1, 2):
        web.redirect(f"https://a.test/old/{number}", "https://a.test/sorry-page")
    web.page("https://a.test/sorry-page", "x")
    assert len(web.found("https://a.test/sorry-page")) == 2
    web.redirect("https://a.test/old/3", "https://a.test/sorry-page")
    assert web.found("https://a.test/sorry-page") == {}


def test_in_a_catch_all_text_still_counts(web: Web) -> None:
    """Of three that end there, one was kept before it moved, with the text that is there now; and one is a spelling."""
    target = "https://a.test/new/story"
    web.page("https://a.test/old/1", "a", text="t")
    for number in (1, 2, 3):
        web.redirect(f"https://a.test/old/{number}", target)
    web.redirect(target + "?utm_source=x", target)
    web.page(target, "b", text="t")
    assert web.found(target) == {
        "https://a.test/old/1": "redirect",
        target + "?utm_source=x": "redirect: tracking",
    }


def test_a_long_chain_is_no_catch_all(web: Web) -> None:
    """One address after the other: nothing else ends there."""
    for number in range(6):
        web.redirect(f"https://a.test/old/{number}", f"https://a.test/old/{number + 1}")
    web.page("https://a.test/old/6", "a")
    assert len(web.found("https://a.test/old/6")) == 6


def test_redirects_that_do_not_end_prove_nothing(web: Web) -> None:
    """A loop of two different addresses; a chain into a loop; a chain to what is gone."""
    web.redirect("https://a.test/1", "https://a.test/2")
    web.redirect("https://a.test/2", "https://a.test/3")
    web.redirect("https://a.test/3", "https://a.test/2")
    web.redirect("https://a.test/4", "https://a.test/5")
    web.gone("https://a.test/5")
    web.redirect("https://a.test/6", "javascript:alert(1)")
    web.update()
    assert web.rows() == []


def test_a_redirect_that_is_no_longer_there_is_not_followed(web: Web) -> None:
    """The address answers with a page of its own today."""
    web.redirect(STORY, "https://a.test/other")
    web.page("https://a.test/other", "a")
    assert len(web.found(STORY)) == 1
    web.page(STORY, "b")
    assert web.found(STORY) == {}


def test_links_say_where_a_redirect_led(web: Web) -> None:
    """As the crawl followed it, whatever the Location looks like read again."""
    Frontier(web.catalogue).add([NewLink(url=STORY, kind=LinkKind.CITATION)])
    hop = replace(capture(900, url=STORY), status=301, location="//%zz")
    settle(web.catalogue, lease_all(web.catalogue)[STORY], Reason.MOVED, record=hop, to="https://b.test/story")
    web.page("https://b.test/story", "a")
    assert web.found(STORY) == {STORY: "redirect"}


def test_requisites_are_no_works(web: Web) -> None:
    """A picture that only a page needs is in no map."""
    whole = web.page("https://a.test/x.png", "a")
    web.keep(replace(whole, record_id="urn:uuid:1", url="http://a.test/x.png", page_url=STORY))
    assert web.found("https://a.test/x.png") == {}


# --- pages that name one another ---


def test_pages_that_name_one_address_are_one_work(web: Web) -> None:
    """The print version names the article, which names itself."""
    web.page(STORY, "a", canonical=STORY)
    proof = web.page("https://a.test/p/17", "b", canonical=STORY)
    assert web.found(STORY) == {"https://a.test/p/17": "canonical"}
    assert web.aliases(STORY)[1].proof == proof.record_id


def test_an_amp_version_says_of_what(web: Web) -> None:
    """The article names it, and it names the article: on another host too."""
    web.page(STORY, "a", amphtml="https://cdn.test/amp17")
    web.page("https://cdn.test/amp17", "b", canonical=STORY)
    assert web.found(STORY) == {"https://cdn.test/amp17": "canonical"}


@pytest.mark.parametrize("claims", [{}, {"canonical": "https://a.test/other"}])
def test_a_page_that_does_not_agree_is_another(web: Web, claims: dict[str, str]) -> None:
    """It says nothing of itself, or something else."""
    web.page(STORY, "a", **claims)
    web.page("https://a.test/p/17", "b", canonical=STORY)
    assert web.found(STORY) == {}


def test_a_canonical_that_was_never_kept_proves_nothing(web: Web) -> None:
    """Nobody has seen what is there."""
    web.page(UTM, "a", canonical=STORY)
    assert web.found(UTM) == {}


def test_another_site_cannot_take_a_work(web: Web) -> None:
    """evil.test names the article as its own; with the article's text it is a copy of it, and says so."""
    web.page(STORY, "a", canonical=STORY, text="t", title="A story of some length")
    web.page("https://evil.test/x", "b", canonical=STORY)
    web.page("https://agency.test/x", "c", canonical=STORY, text="t", title="A story of some length")
    assert web.found(STORY) == {"https://agency.test/x": "canonical"}


def test_nearly_equal_text_agrees(web: Web) -> None:
    """The same title, and a text of nearly the same length."""
    title = "A story of some length"
    web.page(STORY, "a", text="t", title=title, chars=1000)
    web.page("https://b.test/x", "b", text="u", title=title.upper(), chars=900, canonical=STORY)
    web.page("https://c.test/x", "c", text="v", title=title, chars=300, canonical=STORY)
    assert web.found(STORY) == {"https://b.test/x": "canonical"}


def test_a_canonical_home_page_proves_nothing(web: Web) -> None:
    """A template that names the site's home page on every page."""
    home = "https://a.test/"
    assert is_home(home)
    web.page(home, "h", canonical=home, og_url=home)
    web.page(STORY, "a", canonical=home, og_url=home)
    assert web.found(STORY) == {}


def test_a_canonical_of_many_pages_proves_nothing(web: Web) -> None:
    """Two may be print and gallery; three different pages that claim one address are a mistake of the site's."""
    web.page(STORY, "a", canonical=STORY)
    for number in (1, 2):
        web.page(f"https://a.test/part/{number}", f"b{number}", canonical=STORY)
    assert len(web.found(STORY)) == 2
    web.page("https://a.test/part/3", "b3", canonical=STORY)
    assert web.found(STORY) == {}


def test_ids_stay_apart_though_their_canonical_forgets_them(web: Web) -> None:
    """?id=1 and ?id=2 both call themselves /view: two articles all the same."""
    web.page("https://a.test/view", "v", canonical="https://a.test/view")
    for number in (1, 2):
        web.page(f"https://a.test/view?id={number}", f"{number}", canonical="https://a.test/view")
    assert web.found("https://a.test/view") == web.found("https://a.test/view?id=1") == {}


def test_a_page_with_another_text_is_another(web: Web) -> None:
    """Whatever both say they are."""
    web.page(STORY, "a", canonical=STORY, text="t", title="Floods in the north")
    web.page("https://a.test/x", "b", canonical=STORY, text="u", title="Elections in the south")
    assert web.found(STORY) == {}


# --- works ---


def test_a_bridge_that_appears_later_merges_two_works(web: Web) -> None:
    """Two works, each with its addresses; then a redirect between them."""
    web.page(STORY, "a")
    web.page(UTM, "a")
    web.page("http://old.test/17", "b")
    web.page("http://www.old.test/17", "b")
    web.update()
    assert web.work(UTM) != web.work("http://www.old.test/17")
    web.redirect("http://old.test/17", STORY)
    assert set(web.found(STORY)) == {UTM, "http://old.test/17", "http://www.old.test/17"}


def test_the_work_has_the_best_address(web: Web) -> None:
    """Kept before not kept, https before http, canonical before short, short before long, then by alphabet."""
    web.redirect("https://s.t.test/", "https://www.a.test/news/story-b?utm_source=x")
    for url in ("http://a.test/news/story-b", "https://a.test/news/story-b", "https://www.a.test/news/story-b"):
        web.page(url, "a")
    web.page("https://www.a.test/news/story-b?utm_source=x", "a")
    web.update()
    assert web.work("http://a.test/news/story-b") == "https://a.test/news/story-b"
    named = "https://www.a.test/news/story-b"
    web.page(named + "?utm_source=y", "a", canonical=named)
    web.update()
    assert web.work("http://a.test/news/story-b") == named


def test_the_second_time_changes_nothing(web: Web) -> None:
    """Not with nothing new, not drawn anew, not when the same answers come again."""
    web.page(STORY, "a", canonical=STORY)
    web.page(UTM, "a")
    web.redirect("http://a.test/news/story", STORY)
    assert web.update() == 3
    rows = web.rows()
    assert (web.update(), web.update(anew=True)) == (0, 0)
    web.page(UTM, "a")
    web.redirect("http://a.test/news/story", STORY)
    assert (web.update(), web.rows()) == (0, rows)


def test_the_order_of_the_crawl_does_not_matter(tmp_path: Path) -> None:
    """Answers committed in any order, with updates between them or not, give one map."""
    found = set()
    for seed in range(6):
        opened = Catalogue.open(tmp_path / f"{seed}.db", create=True)
        web = Web(opened)
        _crawl(web, random.Random(seed), updating=bool(seed % 2))
        web.update()
        found.add(tuple(web.rows()))
        opened.close()
    assert len(found) == 1
    assert len(next(iter(found))) == 9


def _crawl(web: Web, chance: random.Random, *, updating: bool) -> None:
    """A small web, its answers kept in some order; each record's id says what it is."""
    hops = {"http://a.test/1": "https://a.test/1", "https://s.test/1": "http://a.test/1", "https://a.test/o": "/1"}
    pages = {"https://a.test/1": "a", "https://m.a.test/1": "a", "https://a.test/1?fbclid=1": "a"}
    pages |= {"https://b.test/2": "b", "http://b.test/2": "b", "https://b.test/2?id=1": "b", "https://b.test/2/": "b"}
    answers = [*hops, *pages]
    chance.shuffle(answers)
    for url in answers:
        kept = replace(capture(1, url=url), record_id="urn:" + url, at=NOW)
        if url in hops:
            web.keep(replace(kept, status=301, location=hops[url]))
        else:
            web.keep(replace(kept, payload_sha256=pages[url] * 64, payload_length=LONG))
        if updating:
            web.update()


def test_an_address_may_be_asked_for_as_written(web: Web) -> None:
    """A fragment, letter case of the host; an address nobody knows is its own work."""
    web.page(STORY, "a")
    web.page(UTM, "a")
    web.update()
    assert web.work("HTTPS://A.test:443/news/story#top") == STORY
    assert web.work("https://unknown.test") == "https://unknown.test/"
    assert web.aliases("no URL at all") == ()


def test_a_revisit_is_an_answer_of_its_own(web: Web) -> None:
    """The second spelling was kept as a revisit of the first."""
    whole = web.page(STORY, "a")
    web.keep(replace(whole, record_id="urn:uuid:again", url=UTM, kind=RecordKind.REVISIT, refers_to=whole.record_id))
    web.update()
    assert [(alias.url, alias.proof) for alias in web.aliases(STORY)] == [
        (STORY, whole.record_id),
        (UTM, "urn:uuid:again"),
    ]


def test_many_works_in_lots(web: Web) -> None:
    """More than fit in a lot; the changes are those of one work."""
    kept = [
        replace(capture(9000 + 2 * n + k, url=f"{scheme}://a.test/{n}"), payload_sha256=f"{n:064}", payload_length=LONG)
        for n in range(1200)
        for k, scheme in enumerate(("http", "https"))
    ]
    web.catalogue.commit(Batch(captures=kept))
    assert web.update() == 2400
    web.page("https://www.a.test/7", f"{7:064}")
    assert web.update() == 1
    with web.catalogue.reading() as connection:
        assert sum(len(work) for work in works(connection)) == 2401
