"""Every page of the sample is read right: 60 against values checked by eye, all against independent counts."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

import pytest

from archive.model import CitationKind, Event, HrefReason, IndexPage, PageKind
from spiders.addresses import day_of, page_kind_of, resolve_site_path, site_key
from spiders.page import page_json, read_page
from tests.spiders.rendering import as_html
from tests.spiders.sample import SAMPLE, needs_sample, page_paths, read, truths

pytestmark = needs_sample

EVENT_TRUTHS = truths("event")
INDEX_TRUTHS = truths("day-index", "home")
PATHS = page_paths()
BY_PATH = {"ids": lambda value: value["path"][-60:] if isinstance(value, dict) else str(value)[-60:]}
SOURCE_LINE = re.compile(r"(?ms)^### (?:Sources?|信息来源):\n\n(.*?)(?=\n### |\Z)")


def verbatim(url: str) -> str:
    """A URL with only its letters outside ASCII encoded."""
    return "".join(letter if letter.isascii() else quote(letter) for letter in url)


@pytest.mark.parametrize("truth", EVENT_TRUTHS, **BY_PATH)
def test_event_fields(truth):
    """Day, topic, title, summary, formats and changes are exactly those seen by eye."""
    page = page_json(read_page(read(truth["path"]), truth["path"]))
    for name in (
        "title",
        "title_text",
        "summary",
        "summary_text",
        "topic",
        "changes",
        "formats",
        "sha256",
        "date_link",
    ):
        assert page[name] == truth[name], name
    assert (page["kind"], page["date"], page["path"]) == ("event", truth["date"], truth["path"])


@pytest.mark.parametrize("truth", EVENT_TRUTHS, **BY_PATH)
def test_event_sources(truth):
    """Every source has its name and URL, in order; its image follows it; numbers are 1..n."""
    event = read_page(read(truth["path"]), truth["path"])
    sources = [citation for citation in event.citations if citation.kind is CitationKind.SOURCE]
    assert [(it.label, it.href, it.url) for it in sources] == [
        (it["name"], it["url"], verbatim(it["url"])) for it in truth["sources"]
    ]
    assert [it["number"] for it in truth["sources"]] == list(range(1, len(sources) + 1))
    following = {it.position: it for it in event.citations}
    for source, expected in zip(sources, truth["sources"], strict=True):
        if expected["image"] is not None:
            image = following[source.position + 1]
            assert (image.kind, image.href) == (CitationKind.COVER_IMAGE, expected["image"])


@pytest.mark.parametrize("truth", EVENT_TRUTHS, **BY_PATH)
def test_event_images_and_inline_links(truth):
    """Cover images resolve as a browser on the source's page would; a title's bracketed links are citations."""
    event = read_page(read(truth["path"]), truth["path"])
    images = [it for it in event.citations if it.kind is CitationKind.COVER_IMAGE]
    assert [it.href for it in images] == truth["cover_images"]
    assert [it.url for it in images] == truth["cover_images_resolved"]
    inline = [it for it in event.citations if it.kind is CitationKind.INLINE and f"[{it.href}" in event.title]
    assert [(it.href, it.label) for it in inline] == [(it["url_raw"], it["label"]) for it in truth["inline_links"]]
    for citation, expected in zip(inline, truth["inline_links"], strict=True):
        assert (citation.reason is HrefReason.DASHES) == (expected["form"] == "dashed")


@pytest.mark.parametrize("truth", EVENT_TRUTHS, **BY_PATH)
def test_event_related(truth):
    """Related events have title, path and context; each path leads to the site path seen by eye."""
    event = read_page(read(truth["path"]), truth["path"])
    assert [(it.title, it.path, list(it.contexts), it.context_raw) for it in event.related] == [
        (it["title"], it["path"], it["context"], it["context_raw"]) for it in truth["related"]
    ]
    prefix = "zh/" if truth["path"].startswith("zh/") else ""
    live = [resolve_site_path(it.path, event.path, event.language) for it in event.related]
    assert live == [prefix + path for path in truth["related_sitepaths"]]
    in_repository = [resolve_site_path(it.path, event.path.removeprefix("zh/"), event.language) for it in event.related]
    assert in_repository == truth["related_sitepaths"]


@pytest.mark.parametrize("truth", INDEX_TRUTHS, **BY_PATH)
def test_index(truth):
    """Items (with the topic in force), sections, previous day and formats are exactly those seen by eye."""
    page = page_json(read_page(read(truth["path"]), truth["path"]))
    assert page["kind"] == truth["kind"].removeprefix("day-")
    assert (page["date"] or "", page["date_link"] or "", page["sha256"]) == (
        truth["date"],
        truth["date_link"],
        truth["sha256"],
    )
    assert page["items"] == [
        {name: it["topic_effective" if name == "topic" else name] for name in it if name != "topic_effective"}
        for it in truth["items"]
    ]
    assert page["sections"] == truth["sections"]
    assert (page["previous"] or "", page["formats"]) == (truth["prev"], truth["formats"])


def test_the_sample_is_whole():
    """Nothing below passes for want of pages."""
    assert len(PATHS) == 326
    assert (len(EVENT_TRUTHS), len(INDEX_TRUTHS)) == (48, 12)


@pytest.mark.parametrize("path", PATHS, **BY_PATH)
def test_every_page_is_what_its_path_says(path):
    """Kind, language, day and digest of all pages follow from path and bytes."""
    data = read(path)
    page = read_page(data, "/" + path)
    assert page.path == path
    assert page_json(page)["kind"] == page_kind_of(path)
    assert page.language == ("zh" if path.startswith("zh/") else "en")
    assert page.day == day_of(path)
    assert page.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("path", PATHS, **BY_PATH)
def test_every_line_is_accounted_for(path):
    """Counts of all pages equal those of plain patterns that share nothing with the parser."""
    text = read(path).decode("utf-8")
    page = read_page(read(path), path)
    if isinstance(page, IndexPage):
        assert len(page.items) == len(re.findall(r"(?m)^### \[", text))
        assert len(page.sections) == len(re.findall(r"(?m)^## ", text))
        assert (page.previous is None) == (re.search(r"(?m)^## \[(?:前一天|Previous Day)\.\.\.", text) is None)
        return
    lists = SOURCE_LINE.search(text)
    listed = re.findall(r"(?m)^[0-9]+\. \[", lists[1]) if lists else []
    images = text.count(" [IMG](") + text.count(". [Cover Image](")
    count = {kind: sum(it.kind is kind for it in page.citations) for kind in CitationKind}
    assert count[CitationKind.SOURCE] == len(listed) - text.count(". [Cover Image](")
    assert count[CitationKind.COVER_IMAGE] == images
    title = re.search(r"(?m)^# +(.*)$", text)[1]
    assert count[CitationKind.INLINE] == len(re.findall(r"(?<!url=)https?:(?://|--)", title.replace("-http:", "")))
    assert len(page.related) == len(re.findall(r"(?m)^[0-9]+\. \[.*\]\(\S+\)(?: _(?:Context|消息): .*_)$", text))
    assert page.title == title.strip()
    assert [it.position for it in page.citations] == list(range(1, len(page.citations) + 1))
    assert all((it.url is None) != (it.reason is None) for it in page.citations)


@pytest.mark.parametrize("path", PATHS, **BY_PATH)
def test_every_target_is_a_page_of_the_site(path):
    """Related, item, section and date links all lead to events or indexes of the same edition."""
    page = read_page(read(path), path)
    if isinstance(page, Event):
        hrefs = {it.path: PageKind.EVENT for it in page.related} | {page.date_link: PageKind.INDEX}
    else:
        hrefs = {it.path: PageKind.EVENT for it in page.items if "opinion" not in it.path}
        hrefs |= {href: PageKind.INDEX for _, href in page.sections if href}
    for href, kind in hrefs.items():
        target = resolve_site_path(href, page.path, page.language)
        assert target is not None
        assert page_kind_of(target) is kind
        assert target.startswith("zh/") == path.startswith("zh/")


@pytest.mark.parametrize("path", [path for path in PATHS if path.endswith("README.md")], **BY_PATH)
def test_readme_and_index_are_one_page(path):
    """The twins have one key; the Chinese ones are the same page."""
    twin = path.removesuffix("README.md") + "index.md"
    assert site_key(path) == site_key(twin)
    if path.startswith("zh/") and (SAMPLE / twin).exists():
        ours, theirs = page_json(read_page(read(path), path)), page_json(read_page(read(twin), twin))
        assert {**ours, "path": ""} == {**theirs, "path": ""}


@pytest.mark.parametrize("path", PATHS, **BY_PATH)
def test_chinese_repository(path):
    """Pages that lie at news/ are told to be Chinese by what they say, wherever they say anything."""
    if path.startswith("zh/"):
        page = read_page(read(path), path.removeprefix("zh/"))
        assert page.language == "zh"


@pytest.mark.parametrize("path", PATHS, **BY_PATH)
def test_html_gives_the_same_page(path):
    """A page rendered to HTML as the site would gives the same Event or index."""
    data = read(path)
    html_path = path.removesuffix("md") + "html"
    rendered = page_json(read_page(as_html(data.decode("utf-8")).encode(), html_path, mime="text/html"))
    written = page_json(read_page(data, path))
    for key in ("path", "sha256"):
        rendered.pop(key), written.pop(key)
    assert rendered == written
