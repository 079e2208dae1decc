"""Event pages that carry copies of their dead citations: what is added, and that nothing else changes."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from archive.lookup import CopyLink
from archive.model import Event
from archive.urls import canonical
from spiders import robust_links
from spiders.page import read_page
from spiders.robust_links import Insertion, inserted, patched_page
from tests.spiders.rendering import as_html
from tests.spiders.sample import needs_sample, page_paths, read

PATH = "news/2016/02/3/ferry.md"
DEAD = "http://bbc.test/news/a"
IMAGE = "https://img.test/a(1).jpg?w=1&h=2"
BASE = "http://127.0.0.1:8080/c/20160204000000/"
MARKDOWN = f"""### [2016-02-3](/news/2016/02/3/index.md)

##### Ferries
# A ferry sinks

See [BBC]({DEAD}) for more.

### Sources:

1. [BBC (in Dutch]({DEAD}) [IMG]({IMAGE})
2. [Le [Monde]](http://monde.test/x)
2. [Cover Image](http://img.test/one
two.jpg)

### Related:

1. [An older ferry](/news/2015/02/3/old.md) _Context: A, B_
""".encode()
MARK = re.compile(rb" \(archived \d{4}-\d\d-\d\d: <[^>]*>\)")
ATTRIBUTES = re.compile(rb' data-originalurl="[^"]*" data-versionurl="[^"]*" data-versiondate="[^"]*"')


def copy(url: str, at: str = "2016-02-04") -> CopyLink:
    """A copy of `url` behind BASE."""
    return CopyLink(original_url=url, version_url=BASE + url, version_day=date.fromisoformat(at))


def copies(*urls: str) -> dict[str, CopyLink]:
    """A copy of each."""
    return {canonical(url): copy(url) for url in urls}


def all_copies(event: Event) -> dict[str, CopyLink]:
    """A copy of everything that an event cites."""
    return copies(*(each.url for each in event.citations if each.url))


def same_event(one: bytes, other: bytes, path: str = PATH) -> bool:
    """Whether two pages tell of the same event, but for the bytes they are."""
    first, second = read_page(one, path), read_page(other, path)
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    return replace(second, sha256=first.sha256) == first


# --- Markdown ---


def test_a_second_link_stands_right_behind_the_first() -> None:
    """In the list of sources, not in the summary; images and links over two lines too; the rest as it was."""
    patched = patched_page(MARKDOWN, PATH, copies=copies(DEAD, IMAGE, "http://img.test/onetwo.jpg"))
    assert patched.carried == (1, 2, 4)
    assert not patched.left
    mark = f" (archived 2016-02-04: <{BASE}{DEAD}>)"
    assert f"1. [BBC (in Dutch]({DEAD}){mark} [IMG]({IMAGE}) (archived 2016-02-04: <{BASE}{IMAGE}>)\n" in (
        text := patched.data.decode()
    )
    assert f"See [BBC]({DEAD}) for more." in text
    assert MARK.sub(b"", patched.data) == MARKDOWN
    assert same_event(MARKDOWN, patched.data)


def test_readers_of_markdown_show_the_second_link() -> None:
    """CommonMark makes a link of it, which leads to the copy."""
    patched = patched_page(MARKDOWN, PATH, copies=copies(DEAD, IMAGE))
    page = BeautifulSoup(MarkdownIt().render(patched.data.decode()), "lxml")
    item = next(li for li in page.find_all("li") if "BBC" in li.text)
    assert [a["href"] for a in item.find_all("a")] == [DEAD, BASE + DEAD, IMAGE, BASE + IMAGE]
    assert "(archived 2016-02-04: " in item.text


def test_a_page_that_has_its_second_link_gets_no_third() -> None:
    """The same again is the same; another copy takes its place; of a link that lives again it goes."""
    once = patched_page(MARKDOWN, PATH, copies=copies(DEAD)).data
    assert patched_page(once, PATH, copies=copies(DEAD)).data == once
    newer = {DEAD: copy(DEAD, "2016-02-03")}
    assert patched_page(once, PATH, copies=newer).data == once.replace(b"2016-02-04: <", b"2016-02-03: <")
    assert patched_page(once, PATH).data == MARKDOWN


def test_what_a_page_says_itself_is_not_taken_for_ours() -> None:
    """A summary with something like our link in it keeps it."""
    page = MARKDOWN.replace(b"for more.", f"(archived 2016-02-04: <{DEAD}>)".encode())
    assert patched_page(page, PATH).data == page


def test_our_link_goes_though_the_page_says_something_like_it() -> None:
    """In a label that has such a text in it, that stays, and ours behind the link goes."""
    own = f" (archived 2016-02-01: <{DEAD}>)"
    page = f"# T\n\n### Sources:\n\n1. [a (b){own}]({DEAD})\n".encode()
    patched = patched_page(page, PATH, copies=copies(DEAD)).data
    assert len(MARK.findall(patched)) == 2
    assert patched_page(patched, PATH).data == page


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (b"# Storm [http://bbc.test/news/a (BBC)] hits\n\n### Related:\n\n1. [x](/news/x.md)\n", robust_links.IN_TITLE),
        (b"# Storm\n\n### Source:\n\n1. http://bbc.test/news/a\n", robust_links.NO_BRACKETS),
        (b"# Storm\n\n### Source:\n\n1. [BBC](http://bbc.test/news/a\n", robust_links.NOT_FOUND),
    ],
)  # fmt: skip
def test_where_a_second_link_would_change_the_page_there_is_none(page: bytes, why: str) -> None:
    """In a title, behind a bare address, behind a link that never ends; and it is said."""
    patched = patched_page(page, PATH, copies=copies(DEAD))
    assert patched.data == page
    assert list(patched.left.values()) == [why]


def test_one_place_that_would_change_the_page_spares_the_others() -> None:
    """A link whose parentheses are open up to the end of the line is left, the other gets its copy."""
    page = b"# Storm\n\n### Source:\n\n1. [A](http://a.test/(x) y\n2. [B](http://b.test/)\n"
    patched = patched_page(page, PATH, copies=copies("http://a.test/(x", "http://b.test/"))
    assert 2 in patched.carried
    assert same_event(page, patched.data)
    assert MARK.sub(b"", patched.data) == page


@pytest.mark.parametrize(
    "page",
    [
        b"# T\n\n### Sources:\n\n" + b"1. [BBC](http://bbc.test/news/a)\n" * 20_000,  # with copies it has 2 MiB
        b"# T\n\n[BBC](http://bbc.test/news/a)\n\n### Sources:\n\n1. [BBC](http://bbc.test/news/a)\n" + b"[" * 400_000,
        b"<h1>T</h1><h3>Sources:</h3><ol>" + b"<li><a href=http://bbc.test/news/a>x</a>" * 6_000,
    ],
    ids=["links", "brackets", "tags"],
)
def test_a_page_that_is_hard_to_patch_takes_no_more_than_a_few_readings(page: bytes) -> None:
    """Hostile pages of a megabyte; what they say stays the same."""
    began = time.process_time()
    patched = patched_page(page, PATH, copies=copies(DEAD))
    assert time.process_time() - began < 20
    assert same_event(page, patched.data)


def test_the_address_of_a_copy_breaks_nothing() -> None:
    """Brackets, quotes, blanks and letters of any script in it are percent-encoded."""
    odd = CopyLink(original_url=DEAD, version_url='http://h.test/[a](b) "c" <é>\\`', version_day=date(2016, 2, 4))
    patched = patched_page(MARKDOWN, PATH, copies={DEAD: odd})
    assert b"<http://h.test/%5Ba%5D(b)%20%22c%22%20%3C%C3%A9%3E%5C%60>" in patched.data
    assert same_event(MARKDOWN, patched.data)


# --- HTML ---


def html(anchors: str) -> bytes:
    """A page of the site, in HTML, with these items in its list of sources."""
    return (
        '<html><head><title>x</title><script>"<a href=http://bbc.test/news/a>"</script></head><body>\r\n'
        '<!-- <a href="http://bbc.test/news/a">old</a> --><h3><a href="/news/2016/02/3/index.html">2016-02-3</a></h3>'
        f"<h1>A ferry sinks</h1><h3>Sources:</h3><ol>{anchors}</ol></body></html>"
    ).encode()


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="http://bbc.test/news/a">',
        "<A\n HREF='http://bbc.test/news/a' class=\"x>y\">",
        "<a href=http://bbc.test/news/a>",
        '<a href = "http://bbc&#46;test/news/a" href="http://other.test/">',
        '<a title=it\'s href="http://bbc.test/news/a"/>',
    ],
)
def test_attributes_stand_in_the_tag_of_the_citation(anchor: str) -> None:
    """However its attributes are quoted; what looks like one in a script or a comment is left alone."""
    page = html(f"<li>{anchor}BBC</a></li>")
    patched = patched_page(page, PATH, copies={DEAD: replace(copy(DEAD), version_url=BASE + DEAD + '?a=1&b="2"')})
    assert patched.carried == (1,)
    assert ATTRIBUTES.sub(b"", patched.data) == page
    assert len(ATTRIBUTES.findall(patched.data)) == 1
    tag = BeautifulSoup(patched.data, "lxml").find("li").a
    assert tag["data-originalurl"] == DEAD
    assert tag["data-versionurl"] == BASE + DEAD + '?a=1&b="2"'
    assert tag["data-versiondate"] == "2016-02-04"
    assert same_event(page, patched.data)
    assert patched_page(patched.data, PATH, copies={}).data == page


def test_attributes_of_the_page_itself_stay() -> None:
    """A link that the site made robust is left as it is, and that is said."""
    page = html(f'<li><a href="{DEAD}" data-versionurl="http://own.test/">BBC</a></li>')
    patched = patched_page(page, PATH, copies=copies(DEAD))
    assert (patched.data, patched.left) == (page, {1: robust_links.HAS_ITS_OWN})


@pytest.mark.parametrize(
    ("charset", "name"), [("gb2312", "财新网"), ("big5", "許功蓋"), ("shift_jis", "表ソ"), ("utf-8", "é")]
)
def test_other_charsets_stay_as_they_are(charset: str, name: str) -> None:
    """Bytes that mean something in ASCII inside of other characters are not taken for marks."""
    item = f'<li><a href="{DEAD}">{name}</a> {name} <img src="{IMAGE.replace("&", "&amp;")}" alt="IMG"></li>'
    page = html(item).decode().replace("<head>", f"<head><meta charset={charset}>").encode(charset)
    patched = patched_page(page, PATH, copies=copies(DEAD, IMAGE))
    assert patched.carried == (1, 2)
    assert ATTRIBUTES.sub(b"", patched.data) == page
    assert same_event(page, patched.data)


# --- any page ---

PIECES = st.sampled_from([
    "# A title", "\n", "\r\n", "\n\n", "### Sources:\n\n", "### Related:\n\n", "1. ", f"[BBC]({DEAD})",
    f"[a[b]]({DEAD})", f"[IMG]({IMAGE})", f" (archived 2016-02-01: <{DEAD}>)", f'<a href="{DEAD}">x</a>',
    f'<a data-originalurl="x" data-versionurl="y" data-versiondate="z" href=\'{DEAD}\'>', f"<a href={DEAD}>",
    "<h3>Sources:</h3>", "<h1>T</h1>", "<li>", "<ol>", "<!--", "-->", "<script>", "</script>", "[", "]", "(", ")", '"',
    "'", "<", ">", "&amp;", "\ufeff", "é", "\x00", DEAD, " ", "_Context: A_", "`", "\u2028",
    "[x](/news/2015/02/3/x.md)", "### [2016-02-3](/news/2016/02/3/index.md)\n",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25), st.sampled_from(["utf-8", "gb18030", "utf-16"]), st.binary(max_size=3))
def test_only_what_was_added_is_new(pieces: list[str], charset: str, odd: bytes) -> None:
    """Of any page: without the additions it is what it was, it reads the same, and a second time changes nothing."""
    page = "".join(["# T\n\n### Sources:\n\n", *pieces]).encode(charset, "replace") + odd
    bare = patched_page(page, PATH).data
    patched = patched_page(page, PATH, copies=copies(DEAD, IMAGE)).data
    assert patched_page(patched, PATH).data == bare or patched == page
    assert patched_page(patched, PATH, copies=copies(DEAD, IMAGE)).data == patched
    was, now = read_page(page, PATH), read_page(patched, PATH)
    assert replace(now, sha256=was.sha256) == was
    if bare == page:
        subsequence = iter(patched)
        assert all(byte in subsequence for byte in page)


@given(st.binary(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=1, max_size=5))))
def test_insertions_go_where_they_are_told(data: bytes, at: list[tuple[int, bytes]]) -> None:
    """Each before its byte of the original, whatever was inserted before."""
    insertions = [Insertion(at=min(place, len(data)), text=text) for place, text in at]
    result = inserted(data, insertions)
    assert len(result) == len(data) + sum(len(each.text) for each in insertions)
    for each in sorted(insertions, key=lambda each: -each.at):
        before = sum(len(other.text) for other in insertions if other.at < each.at)
        same = [other.text for other in insertions if other.at == each.at]
        assert result[each.at + before :].startswith(b"".join(same))


@needs_sample
def test_every_page_of_the_sample_takes_a_copy_of_all_it_cites() -> None:
    """In Markdown and as HTML: the additions apart it is the same page, and the same event."""
    missed = []
    for path in page_paths():
        markdown = read(path)
        for page, mark in ((markdown, MARK), (as_html(markdown.decode()).encode(), ATTRIBUTES)):
            event = read_page(page, path)
            if not isinstance(event, Event):
                assert patched_page(page, path, copies=copies(DEAD)).data == page
                continue
            patched = patched_page(page, path, copies=all_copies(event))
            assert mark.sub(b"", patched.data) == page
            assert same_event(page, patched.data, path)
            assert set(patched.carried) | set(patched.left) == {it.position for it in event.citations if it.url}
            missed += [(path, why) for why in patched.left.values() if why != robust_links.IN_TITLE]
    assert not missed
