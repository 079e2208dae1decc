"""Blocks of an event page -> Event (pure).

The date link, the topic, the title, the summary, then the lists: Source, Changes, Related, each under its heading. A
heading in a language we have no row for stands over sources or related events by what its links lead to. Links inside
the title are what is left of the wiki's own references; on the pages that have them they are the only sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from archive.model import Change, Citation, CitationKind, Event, PageKind, RelatedEvent
from archive.urls import without_userinfo
from spiders.addresses import day_of, page_kind_of
from spiders.blocks import Block, Heading, Item, Link, Text
from spiders.hrefs import resolve_href
from spiders.inline_links import inline_links
from spiders.wording import Section, context_of, is_cover_image, is_formats_line, section_of

_DATE = re.compile(r"\s*([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\s*")
_MARKER = re.compile(r"(?:[0-9]{1,9}[.)]|[-*+])[ \t]+")
_BARE_URL = re.compile(r"https?:(?://|--)[^\s<>]+", re.IGNORECASE)
_LINK_STARTS = ("[", "<http", "http://", "https://")  # of a source line without a number
_STAMP = re.compile(r"([^(]*)\(([^()]*)\)\s*")


@dataclass(slots=True)
class _Draft:
    """What has been read so far."""

    date_link: Link | None = None
    topic: str | None = None
    title: str | None = None
    head: str | None = None  # a title before the date line: the site's own, unless no other follows
    summary: list[str] = field(default_factory=list)
    formats: tuple[str, ...] = ()
    lists: dict[Section, list[Item]] = field(default_factory=lambda: {section: [] for section in Section})
    unnamed: list[Item] = field(default_factory=list)  # items under a heading we do not know, or under none
    section: Section | None = None
    headed: bool = False  # a heading has ended the summary
    known: bool = False  # one of the headings was of ours


def read_event(blocks: Iterable[Block], *, path: str, language: str, sha256: str) -> Event | None:
    """The event a page tells of; None if it is no event page: no title, or neither date link nor known list."""
    draft = _Draft()
    for block in blocks:
        match block:
            case Item():
                _add_item(draft, block)
            case Text():
                _add_text(draft, block)
            case Heading():
                _add_heading(draft, block)
    title = draft.head if draft.title is None else draft.title
    if title is None or not (draft.date_link or draft.known):
        return None
    _place_unnamed(draft)
    return Event(
        path=path,
        language=language,
        day=_date_of(draft.date_link) or day_of(path),
        title=title,
        summary="\n".join(draft.summary).strip(),
        topic=draft.topic,
        citations=tuple(_citations(title, draft.lists[Section.SOURCES])),
        related=tuple(_related(draft.lists[Section.RELATED])),
        changes=tuple(_changes(draft.lists[Section.CHANGES])),
        formats=draft.formats,
        date_link=draft.date_link.href if draft.date_link else None,
        sha256=sha256,
    )


def date_of_label(label: str) -> date | None:
    """The day a label like "2014-06-7" names."""
    match = _DATE.fullmatch(label)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def is_day_link(heading: Heading) -> bool:
    """Whether a heading is nothing but a link to a day's index."""
    if len(heading.links) != 1:
        return False
    label, href = heading.links[0]
    return _DATE.fullmatch(label) is not None or page_kind_of(href) is PageKind.INDEX


def _date_of(link: Link | None) -> date | None:
    return (date_of_label(link.label) or day_of(link.href)) if link else None


def _add_heading(draft: _Draft, heading: Heading) -> None:
    level, text, links = heading
    if level == 1 and draft.title is None:
        draft.title, draft.summary = text.strip(), []
    elif draft.date_link is None and links and is_day_link(heading):
        draft.date_link, draft.head, draft.title = links[0], draft.title, None
    elif (section := section_of(text)) is not None:
        draft.section, draft.headed, draft.known = section, True, True
    elif level == 5 and draft.title is None:
        draft.topic = text.strip()
    elif draft.title is not None:
        draft.section, draft.headed = None, True


def _add_text(draft: _Draft, block: Text) -> None:
    if draft.section is Section.SOURCES and block.text.startswith(_LINK_STARTS):
        draft.lists[Section.SOURCES].append(Item(0, block.text, block.links, ""))
    elif draft.title is None and draft.head is None:
        if block.links and is_formats_line(block.text):
            draft.formats += tuple(link.href for link in block.links)
    elif not draft.headed:
        draft.summary += ["", block.text] if draft.summary else [block.text]


def _add_item(draft: _Draft, item: Item) -> None:
    if draft.section is not None:
        draft.lists[draft.section].append(item)
    elif draft.title is None:
        return
    elif item.links:
        draft.unnamed.append(item)
    elif not draft.headed:
        draft.summary.append(item.text)


def _place_unnamed(draft: _Draft) -> None:
    """On a page without any heading of ours, links to days of the site are related events and the rest are sources."""
    if draft.known:
        return
    for item in draft.unnamed:
        href = item.links[0].href
        related = not href.lower().startswith(("http:", "https:", "//")) and day_of(href) is not None
        draft.lists[Section.RELATED if related else Section.SOURCES].append(item)


def _citations(title: str, sources: Iterable[Item]) -> Iterator[Citation]:
    position = 0
    for position, link in enumerate(inline_links(title), 1):
        yield _citation(CitationKind.INLINE, link, position, None)
    base: str | None = None
    for item in sources:
        for link in item.links or _links_without_markup(item):
            position += 1
            if is_cover_image(link.label):
                yield _citation(CitationKind.COVER_IMAGE, link, position, base)
            else:
                citation = _citation(CitationKind.SOURCE, link, position, None)
                base = citation.url
                yield citation


def _citation(kind: CitationKind, link: Link, position: int, base: str | None) -> Citation:
    url, reason = resolve_href(link.href, base)
    label, href = without_userinfo(link.label), without_userinfo(link.href)  # a password is nobody's to pass on
    return Citation(kind=kind, label=label, href=href, url=url, reason=reason, position=position)


def _links_without_markup(item: Item) -> list[Link]:
    """The links of a source line that has none in brackets: its bare URLs, or one without any href."""
    bare = [Link("", url) for url in _BARE_URL.findall(item.text)]
    return bare or [Link(_MARKER.sub("", item.text, count=1).strip("[]() "), "")]


def _related(items: Iterable[Item]) -> Iterator[RelatedEvent]:
    for item in items:
        raw = context_of(item.tail) or ""
        for label, href in item.links:
            contexts = tuple(raw.split(", ")) if raw else ()
            yield RelatedEvent(title=label.strip(), path=href, contexts=contexts, context_raw=raw)


def _changes(items: Iterable[Item]) -> Iterator[Change]:
    for item in items:
        inner = context_of(item.tail) or ""
        match = _STAMP.fullmatch(inner)
        stamp, label = (match[1].strip(), match[2].strip()) if match else (inner, "")
        for title, href in item.links:
            yield Change(number=item.number, title=title.strip(), path=href, stamp=stamp, label=label)
