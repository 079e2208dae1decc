"""How servers find their pages: whole sites, at which a link is followed, compared with our copy and probed.

A living link of each stays alive however little of its address its server looks at; a server that sends one page for
everything is found out.
"""

# ruff: noqa: E501 - a site a line

from __future__ import annotations

import pytest

from archive.verdicts import VerdictClass
from tests.crawler.verdict.checks import STORY, STORY_ZH, cards, page, paragraphs, teasers
from tests.crawler.verdict.sites import Reply, Site, rechecked

OLD = (
    "Two hundred people walked over the hill.",
    "Nobody had asked them to, and nobody met them there but a dog and the mayor's cousin.",
)
NAV = "<nav>" + "".join(f"<a href=/s{n}>Section {n}</a> " for n in range(8)) + "</nav>"
GONE: Reply = (404, page("Not found", "<h1>Not found</h1>"))
ERROR: Reply = (
    200,
    page("Oops | The Paper", NAV + "<h1>Page not found</h1><p>Try the search, or go back to the home page.</p>"),
)
TITLE = "Flood in the lower town"


def article(title: str = TITLE, texts: tuple[str, ...] = STORY) -> Reply:
    """An article in its layout."""
    return 200, page(f"{title} | The Paper", f"{NAV}<article><h1>{title}</h1>{paragraphs(*texts)}</article>")


HOME: Reply = (200, page("The Paper", NAV + "<h1>The Paper</h1>" + cards() + teasers()))
BRIEF = article(texts=("The river rose by two metres on Friday; nobody was hurt.",))


def by_number(reply: Reply, missing: Reply = GONE) -> Site:
    """Only the number counts: /questions/4711/any-words/any-face."""
    return lambda host, path, query: reply if "/4711" in path else missing


def by_parameter(name: str, value: str, reply: Reply, missing: Reply = GONE) -> Site:
    """Only one parameter counts."""
    return lambda host, path, query: reply if query.get(name) == value else missing


def by_path(paths: dict[str, Reply], missing: Reply = GONE) -> Site:
    """Whole paths count, those that begin with one of a star its beginning."""

    def site(host: str, path: str, query: dict[str, str]) -> Reply:
        if (found := paths.get(path)) is not None:
            return found
        return next((reply for key, reply in paths.items() if key.endswith("*") and path.startswith(key[:-1])), missing)

    return site


def by_host(hosts: dict[str, Site]) -> Site:
    """Each host is another site."""
    return lambda host, path, query: hosts[host](host, path, query)


def to_address(target: str) -> Site:
    """Sends everybody to the same path of another host."""
    return lambda host, path, query: (301, target + path)


ALIVE: dict[str, tuple[str, Site]] = {
    # what is in front of the name counts
    "a number, any words": ("http://p.test/questions/4711/old-words", by_number(article())),
    "a number, any words, a brief": ("http://p.test/questions/4711/old-words", by_number(BRIEF)),
    "a number, a face": ("http://p.test/article/4711/comments", by_number(BRIEF)),
    "a number in the name": ("http://p.test/2016/02/03/4711-old-words.html", by_number(BRIEF)),
    "a number behind the name": ("http://p.test/old-words-of-it/4711", by_number(BRIEF)),
    "a number, sent to its name": ("http://p.test/questions/4711/old-words", by_path({"/questions/4711/new-words": article(), "/questions/4711*": (301, "/questions/4711/new-words")})),
    "a number, sent to its name, a brief": ("http://p.test/questions/4711/old-words", by_path({"/questions/4711/new-words": BRIEF, "/questions/4711*": (301, "/questions/4711/new-words")})),
    "a slug, any face": ("http://p.test/flood-in-the-town/amp/", by_path({"/flood-in-the-town*": BRIEF})),
    "a slug, page 2": ("http://p.test/flood-in-the-town/2", by_path({"/flood-in-the-town*": BRIEF})),
    "a slug, its photograph": ("http://p.test/2016/flood-in-the-town/photo-3", by_path({"/2016/flood-in-the-town*": BRIEF})),
    "a slug of old, guessed": ("http://p.test/2016/02/03/flood-in-the-town/", by_path({"/flood/": BRIEF, "/2016/02/03/flood*": (301, "/flood/")})),
    "a story among parameters": ("http://p.test/story.asp?page=1&story=flood-in-town", by_parameter("story", "flood-in-town", BRIEF)),
    "a number among parameters": ("http://p.test/s.php?lang=en&page=1&sid=4711", by_parameter("sid", "4711", BRIEF)),
    "an id behind a category": ("http://p.test/index.php?catid=3&id=4711", by_parameter("id", "4711", BRIEF)),
    "a video": ("http://p.test/watch?v=dQw4w9WgXcQ", by_parameter("v", "dQw4w9WgXcQ", BRIEF)),
    # nothing counts but what nobody can guess
    "one article for the whole folder": ("http://p.test/go/flood", lambda host, path, query: article() if path.startswith("/go/") else GONE),
    "a campaign": ("http://p.test/go/flood", by_path({"/film/": article("The film")}, missing=(302, "/film/"))),
    "twelve hops": ("http://p.test/h/0", lambda host, path, query: (301, f"/h/{int(path[3:]) + 1}") if path[3:].isdigit() and int(path[3:]) < 8 else article()),
    # moved
    "to https and www": ("http://p.test/flood.html", by_host({"p.test": to_address("https://www.p.test"), "www.p.test": by_path({"/flood.html": BRIEF})})),
    "to the mobile site": ("http://p.test/flood.html", by_host({"p.test": to_address("http://m.p.test"), "m.p.test": by_path({"/flood.html": BRIEF}, (302, "/")), "": by_path({})})),
    "to another domain": ("http://p.test/flood.html", by_host({"p.test": to_address("http://big.test/p"), "big.test": by_path({"/p/flood.html": BRIEF}, HOME)})),
    "to a localised one": ("http://p.test/en/flood.html", by_path({"/de/flood.html": article("Hochwasser in der Unterstadt", ("Der Fluss stieg in der Nacht um zwei Meter, und am Morgen standen die unteren Straßen der Stadt unter Wasser. " * 4,)), "/en/flood.html": (302, "/de/flood.html")})),
    "to an AMP page": ("http://p.test/flood.html", by_path({"/flood.html": (302, "/amp/flood.html"), "/amp/flood.html": BRIEF})),
    "the rest of the site sends home": ("http://p.test/flood.html", by_path({"/flood.html": BRIEF, "/": HOME}, (302, "/"))),
    "the rest of the site is an error of 200": ("http://p.test/flood.html", by_path({"/flood.html": BRIEF}, ERROR)),
    # home pages
    "home of old": ("http://p.test/portal", by_path({"/": HOME}, (301, "/"))),
    "home in a folder": ("http://p.test/site/index.html", by_path({"/": HOME}, (301, "/"))),
    "home of a wiki": ("http://p.test/wiki/Main_Page", by_path({"/": HOME}, (301, "/"))),
    "home with a tab": ("http://p.test/Default.aspx?tabid=1", by_path({"/": HOME}, (301, "/"))),
    "home with a language": ("http://p.test/index.php?lang=en", by_path({"/": HOME}, (301, "/"))),
    "home of somebody": ("http://p.test/~fest/", by_path({"/": HOME}, (301, "/"))),
    "accueil": ("http://p.test/accueil", by_path({"/": HOME}, (301, "/"))),
    # addresses that carry one
    "a way out": ("http://p.test/leave.php?url=http%3A%2F%2Fother.test%2Fstory", lambda host, path, query: (200, page("Leaving", f"<p>You are leaving our site for {query.get('url')}. We answer for nothing there, and wish you a good journey.</p><a href='{query.get('url')}'>Go on</a>"))),
    "an archive's": ("http://a.test/web/20160203000000/http://p.test/flood", by_path({"/web/20160203000000/http://p.test/flood": BRIEF, "/web/*": (404, page("Not archived", "<p>x"))})),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIVE)
def test_a_living_link(name: str) -> None:
    """Without a copy; and with one of the same headline, whose text was written anew since."""
    url, site = ALIVE[name]
    found = rechecked(url, site)
    assert found.verdict_class in (VerdictClass.ALIVE, VerdictClass.UNSURE), found
    old = HOME if "home" in name or name == "accueil" else article(texts=OLD)
    found = rechecked(url, site, lambda host, path, query: old)
    assert found.verdict_class in (VerdictClass.ALIVE, VerdictClass.UNSURE), found


def echoed(host: str, path: str, query: dict[str, str]) -> Reply:
    """A page of an error that repeats the address."""
    return 200, page(
        "Search",
        f"{NAV}<h1>Nothing for {path.strip('/').replace('-', ' ')}</h1><p>Your search had no results.</p>{teasers(8)}",
    )


DEAD: dict[str, tuple[str, Site]] = {
    "an error of 200": ("http://p.test/2016/02/03/flood.html", by_path({}, ERROR)),
    "an error of 200 by number": ("http://p.test/questions/4712/flood", by_number(article(), ERROR)),
    "an error of 200 by face": ("http://p.test/flood-in-the-town/amp/", by_path({}, ERROR)),
    "an error of 200 by parameter": ("http://p.test/s.php?id=4712&page=1", by_parameter("id", "4711", BRIEF, ERROR)),
    "a search": ("http://p.test/flood-in-the-town", echoed),
    "home without a word": ("http://p.test/2016/02/03/flood.html", by_path({}, HOME)),
    "home, all are sent to": ("http://p.test/2016/02/03/flood.html", by_path({"/": HOME}, (302, "/"))),
    "a section, all are sent to": ("http://p.test/2016/02/03/flood.html", by_path({"/news/": HOME}, (302, "/news/"))),
    "another's home": ("http://p.test/2016/02/03/flood.html", by_host({"p.test": lambda host, path, query: (301, "http://big.test/"), "big.test": by_path({"/": HOME})})),
    "a number that is gone, sent home": ("http://p.test/questions/4712/flood", by_path({"/": HOME, "/questions/4711*": article()}, (302, "/"))),
}  # fmt: skip


@pytest.mark.parametrize("name", DEAD)
def test_a_dead_link(name: str) -> None:
    """Whatever stands in its place says so: with a copy and without."""
    url, site = DEAD[name]
    for then in (None, lambda host, path, query: article("老城区被淹", STORY_ZH)):
        found = rechecked(url, site, then)
        assert found.verdict_class is VerdictClass.DEAD, found
