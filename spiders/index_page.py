"""Blocks of a day index or home page -> IndexPage (pure).

`## [label](day)` begins a section, `##### topic` a group of events, `### [title](event)` an event; under an event may
stand its summary or its context. One topic line heads all events up to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from archive.model import IndexItem, IndexPage, PageKind
from spiders.addresses import day_of
from spiders.blocks import Block, Heading, Link, Rule, Text
from spiders.event_page import date_of_label
from spiders.wording import context_of, is_formats_line, is_previous_day


@dataclass(slots=True)
class _Draft:
    """What has been read so far."""

    section: str = ""
    topic: str | None = None
    item: Link | None = None
    summary: list[str] = field(default_factory=list)
    context: str = ""
    items: list[IndexItem] = field(default_factory=list)
    sections: list[tuple[str, str]] = field(default_factory=list)
    formats: tuple[str, ...] = ()


def read_index(blocks: Iterable[Block], *, path: str, kind: PageKind, language: str, sha256: str) -> IndexPage | None:
    """The index a page is; None if no section of it leads to a day of the site."""
    draft = _Draft()
    for block in blocks:
        match block:
            case Heading():
                _add_heading(draft, block)
            case Text():
                _add_text(draft, block)
            case Rule():
                _end_item(draft)
    _end_item(draft)
    if not any(day_of(href) for _, href in draft.sections):
        return None
    day = _day(draft, path) if kind is PageKind.INDEX else None
    return IndexPage(
        path=path,
        kind=kind,
        language=language,
        day=day,
        items=tuple(draft.items),
        sections=tuple(draft.sections),
        previous=_previous(draft, day),
        formats=draft.formats,
        sha256=sha256,
    )


def _add_heading(draft: _Draft, heading: Heading) -> None:
    level, text, links = heading
    if level == 2:
        _end_item(draft)
        label, href = links[0] if links else (text, "")
        draft.section, draft.topic = label.strip(), None
        draft.sections.append((draft.section, href))
    elif level == 5:
        _end_item(draft)
        draft.topic = text.strip()
    elif level == 3 and links:
        _end_item(draft)
        draft.item = links[0]


def _add_text(draft: _Draft, block: Text) -> None:
    if draft.item is None:
        if block.links and is_formats_line(block.text):
            draft.formats += tuple(link.href for link in block.links)
        return
    for line in block.text.split("\n"):
        context = context_of(line)
        if context is None:
            draft.summary.append(line)
        else:
            draft.context = context


def _end_item(draft: _Draft) -> None:
    if draft.item is None:
        return
    draft.items.append(
        IndexItem(
            title=draft.item.label.strip(),
            path=draft.item.href,
            topic=draft.topic,
            summary="\n".join(draft.summary).strip(),
            context_raw=draft.context,
            section=draft.section,
        )
    )
    draft.item, draft.summary, draft.context = None, [], ""


def _day(draft: _Draft, path: str) -> date | None:
    label, href = draft.sections[0]
    return date_of_label(label) or day_of(path) or day_of(href)


def _previous(draft: _Draft, day: date | None) -> str | None:
    """The link labelled "Previous Day", in a language of ours; on a day's index also any other link to a day before."""
    links = [(label, href) for label, href in draft.sections if href]
    named = next((href for label, href in links if is_previous_day(label)), None)
    if named is not None or day is None:
        return named
    return next((href for _, href in links if (other := day_of(href)) is not None and other < day), None)
