"""New copies of cited links as an Atom feed (RFC 4287) (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from archive.wacz_pages import Page
from crawler.link_formats.columns import is_web
from crawler.link_formats.junit import xml_text
from crawler.link_formats.row import instant
from crawler.terminal import printable

MOST_ENTRIES = 1000
_MOST_EVENTS = 20  # named in an entry


def atom(copies: Sequence[Page], *, name: str, since: datetime) -> str:
    """The feed. `name` is the collection's: it makes the feed's id; an entry's is its record's. Texts of the web are
    text in it."""
    updated = max((copy.at for copy in copies), default=since)
    feed = uuid5(NAMESPACE_URL, xml_text(f"sourcekeep copies {name}"))
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>urn:uuid:{feed}</id>\n<title>{_text(f'Copies kept in {name}')}</title>\n"
        f"<updated>{instant(updated)}</updated>\n<author><name>sourcekeep</name></author>\n"
        "<generator>sourcekeep</generator>\n"
    )
    return head + "".join(map(_entry, copies)) + "</feed>\n"


def _entry(copy: Page) -> str:
    link = f'<link rel="alternate" href={quoteattr(copy.url)}/>\n' if is_web(copy.url) else ""
    return (
        f"<entry>\n<id>{_text(copy.record_id)}</id>\n<title>{_text(copy.title or copy.url)}</title>\n"
        f"<updated>{instant(copy.at)}</updated>\n{link}"
        f'<content type="text">{_text(_told(copy))}</content>\n</entry>\n'
    )


def _told(copy: Page) -> str:
    cited = ", ".join(copy.events[:_MOST_EVENTS])
    return f"{copy.url} kept {copy.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" + (f"; cited by {cited}" if cited else "")


def _text(text: str) -> str:
    return escape(xml_text(printable(text)))
