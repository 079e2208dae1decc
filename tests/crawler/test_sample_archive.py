"""The sample archive's pages: they look like the real site's, and the truth about them agrees with them."""

import re
from html import unescape
from pathlib import Path, PurePosixPath

import pytest

from archive.model import Event, IndexPage
from crawler.sample import materialise
from crawler.sample.expected import DEAD_PAGES, OTHER_PAGES, expected, never_cited, reasons, totals
from crawler.sample.site import HOSTS, html_of, pages, with_port
from spiders.page import OtherPage, read_page

PORT = 8123
PAGES = pages(PORT)
TEXTS = {path: data.decode() for path, data in PAGES.items()}
EVENTS = expected(PORT)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)]*)\)")

EVENT_EN = re.compile(
    r"""(\nFormats:\ (\[(HTML|JSON|XML)\]\([^)\s]+\)\ \ ){3}\n\n)?
    \#\#\#\ \[(?P<day>\d{4}-\d\d-\d{1,2})\]\(/news/(?P<path>[\d/]+)/index\.md\)\n\n
    (\#\#\#\#\#\ (?P<topic>.+)\n)?
    \#\ (?P<title>.+)\n\n
    (?P<summary>.*)\n\n\n
    (\#\#\#\ Sources?:\n\n(?P<sources>(\d+\.\ \[[^\]]+\]\([^)]+\)\n)+)\n)?
    (\#\#\#\ Changes:\n\n(\d+\.\ \[.+\]\([^)\s]+\)\ _.+_\n)+\n)?
    \#\#\#\ Related:\n\n(\d+\.\ \[.+\]\([^)\s]+\)\ _Context:\ .+_\n){1,5}""",
    re.VERBOSE,
)
EVENT_ZH = re.compile(
    r"""\#\#\#\ \[(?P<day>\d{4}-\d\d-\d{1,2})\]\(/news/(?P<path>[\d/]+)/index\.md\)\n\n
    \#\#\#\#\#\ (?P<topic>.*)\n
    \#\ (?P<title>.+)\n\n
    (?P<summary>.*)\n\n\n
    \#\#\#\ 信息来源:\n\n(?P<sources>(\d+\.\ \[[^\]]+\]\([^)\s]+\)(\ \[IMG\]\([^)\s]+\))?\n)+)\n
    \#\#\#\ 有关:\n\n(\d+\.\ \[.+\]\(/zh/news/[^)\s]+\)\ _消息:\ .+_\n){1,10}""",
    re.VERBOSE,
)


def event_match(path: str) -> re.Match[str]:
    found = (EVENT_ZH if path.startswith("zh/") else EVENT_EN).fullmatch(TEXTS[path])
    assert found, path
    return found


@pytest.mark.parametrize("path", EVENTS)
def test_event_pages_follow_their_template(path: str) -> None:
    """Every event page is one of the measured templates from its first to its last byte, dated by its path."""
    found = event_match(path)
    day = PurePosixPath(path.removeprefix("zh/")).parent.relative_to("news").as_posix()
    assert found["path"] == day
    assert found["day"] == day.replace("/", "-")


@pytest.mark.parametrize("path", EVENTS)
def test_slugs_follow_the_sites_rule(path: str) -> None:
    """A page's file name is what the site would have made of its title."""
    title = event_match(path)["title"].strip()
    if path.startswith("zh/"):
        slug = re.sub(r"\W+", "-", re.sub(r"[.,]", "", title)).strip("-")[:60].strip("-")
    else:
        title = TEXTS[path].partition("\n# ")[2].partition("\n")[0].strip()
        slug = re.sub(r"[^a-z0-9]+", "-", title[:140].lower()).strip("-")
    assert PurePosixPath(path).stem == slug


def test_every_page_is_accounted_for() -> None:
    """A page is an event with expectations, an index, a home page, or listed as none of these."""
    rest = set(PAGES) - set(EVENTS) - set(OTHER_PAGES)
    assert len(EVENTS) == 12
    assert {PurePosixPath(path).name for path in rest} == {"index.md", "README.md"}


def test_index_twins_are_identical() -> None:
    """README.md and index.md of a day or a home page hold the same bytes."""
    twins = [path for path in PAGES if path.endswith("README.md")]
    assert len(twins) == 10
    assert all(PAGES[path] == PAGES[path.replace("README", "index")] for path in twins)


@pytest.mark.parametrize("path", EVENTS)
def test_expectations_name_the_pages_own_links(path: str) -> None:
    """The expected citations are the links of the source list (or of the title), in page order and as written."""
    found = event_match(path)
    if sources := found["sources"]:
        hrefs = [href for _, href in LINK.findall(sources)]
    else:
        hrefs = re.findall(r"\[(http:--\S+) \(", found["title"])
    assert [citation.href for citation in EVENTS[path]] == hrefs


def test_a_url_is_broken_over_a_line_end() -> None:
    """One cover image has CR LF inside its address, as one page of the real site has."""
    (page,) = [path for path, data in PAGES.items() if b"\r" in data]
    assert "_modified=\r\n&imageversion" in TEXTS[page]
    assert any("\r\n" in citation.href for citation in EVENTS[page])


def test_one_source_is_cited_by_two_events() -> None:
    """Distinct addresses are one fewer than citations with an address."""
    urls = [citation.url for citations in EVENTS.values() for citation in citations if citation.url]
    assert len(urls) - len(set(urls)) == 1


def test_totals_are_whole() -> None:
    """Nothing is expected to be left waiting; the sum is the number of citations."""
    counted = totals(EVENTS.values())
    assert counted.total() == sum(map(len, EVENTS.values())) == 47
    assert {outcome.value: n for outcome, n in counted.items()} == {"kept": 36, "failed": 8, "excluded": 3}
    assert reasons(EVENTS.values()).total() == 47
    english, chinese = expected(PORT, language="en"), expected(PORT, language="zh")
    assert (len(english), len(chinese), english | chinese) == (8, 4, EVENTS)


def site_links(path: str) -> set[str]:
    """Pages of the archive a page links to; on a Chinese page a path without /zh is tried with it."""
    found = {href.removeprefix("/") for _, href in LINK.findall(TEXTS[path]) if href.startswith("/") and ".md" in href}
    if path.startswith("zh/"):
        return {href if href.startswith("zh/") else f"zh/{href}" for href in found}
    return found


def reached(home: str, *, by: str) -> set[str]:
    """Pages reached from a home page along items and previous days, and with `by="all"` along every link."""
    seen, todo = {home}, [home]
    while todo:
        page = todo.pop()
        if by == "chain" and not page.endswith("index.md"):
            continue
        new = {link for link in site_links(page) if link in PAGES} - seen
        seen |= new
        todo += new
    return seen


@pytest.mark.parametrize(("home", "language"), [("index.md", "en"), ("zh/index.md", "zh")])
def test_the_day_chain_has_a_hole_that_related_events_bridge(home: str, language: str) -> None:
    """Items and previous days alone lose the older days; Related and date links reach every event."""
    wanted = {path for path in EVENTS if path.startswith("zh/") == (language == "zh")}
    by_chain, by_all = reached(home, by="chain"), reached(home, by="all")
    assert wanted <= by_all
    assert 0 < len(wanted & by_chain) < len(wanted)


def test_dead_pages_are_named_and_missing() -> None:
    """Every link inside the archive leads to a page, but for the ones listed as dead, which some page names."""
    links = {link for path in [*EVENTS, *OTHER_PAGES] for link in site_links(path)} - set(PAGES)
    assert {link for link in links if link.startswith("news/")} == set(DEAD_PAGES)


def test_nothing_real_is_named() -> None:
    """Every host in the pages and in the expectations ends in .test and is a host of the sample web."""
    text = "\n".join(TEXTS.values()) + "\n".join(never_cited(PORT))
    hosts = set(re.findall(r"(?<=//)[\w.-]+", text))
    assert hosts <= {*HOSTS, "media.images.test"}
    assert set(re.findall(r"@([\w.]*\w)", text)) == {"archive.test"}


def test_materialise_writes_what_is_served(tmp_path: Path) -> None:
    """The folder holds the pages with the port in every address, byte for byte the same each time."""
    materialise(tmp_path, port=PORT)
    written = {
        file.relative_to(tmp_path).as_posix(): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()
    }
    assert written == pages(PORT) == PAGES
    assert b"http://courier.test:8123/2016/03/harbour-bridge-reopens.html" in b"".join(written.values())


def test_ports_are_put_in_addresses_only() -> None:
    """A dashed address, a mail address and a longer host name stay as they are."""
    kept = "http:--courier.test-2016 mailto:a@archive.test http://media.images.test/x http://courier.test.example/"
    assert with_port(kept, 1) == kept
    assert with_port("(//old.test/a) http://old.test http://a/http://wire.test/b", 7) == (
        "(//old.test:7/a) http://old.test:7 http://a/http://wire.test:7/b"
    )


@pytest.mark.parametrize("path", EVENTS)
def test_the_html_view_holds_the_same_links(path: str) -> None:
    """Each link of the Markdown is a link of the HTML, `.md` become `.html`; a broken line end is kept in it."""
    html = html_of(TEXTS[path], language="en")
    hrefs = [
        href.replace("&#13;&#10;", "\r\n") for href in re.findall(r'<a href="([^"]*)">', html)
    ]  # fmt: skip
    wanted = [re.sub(r"^(/.*)\.md$", r"\1.html", href) for _, href in LINK.findall(TEXTS[path])]
    assert sorted(hrefs) == sorted(wanted)


@pytest.mark.parametrize("form", ["text/markdown", "text/html"])
@pytest.mark.parametrize("path", EVENTS)
def test_the_page_reader_finds_what_is_expected(path: str, form: str) -> None:
    """The project's own reader gives each expected citation, from the Markdown and from the HTML view alike."""
    if form == "text/html":
        html = html_of(TEXTS[path], language="zh" if path.startswith("zh/") else "en")
        page = read_page(html.encode(), path.replace(".md", ".html"), mime=form)
    else:
        page = read_page(PAGES[path], path, mime=form)
    assert isinstance(page, Event)
    found = [(c.kind, c.url, c.reason and c.reason.value) for c in page.citations]
    assert found == [(c.kind, c.url, None if c.url else c.reason.value) for c in EVENTS[path]]
    assert unescape(page.title) == unescape(event_match(path)["title"]).strip()


def test_indexes_and_other_pages_are_told_apart() -> None:
    """Day and home pages read as indexes; faq and opinion pages as neither index nor event."""
    kinds = {path: type(read_page(data, path)) for path, data in PAGES.items() if path not in EVENTS}
    assert {path for path, kind in kinds.items() if kind is OtherPage} == set(OTHER_PAGES)
    assert set(kinds.values()) == {OtherPage, IndexPage}
