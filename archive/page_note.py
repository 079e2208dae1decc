"""What was read in a page of the site, as a line of its metadata record, and back (pure).

A page that holds no event has no document that would tell of it. With this line, and with the outlinks beside it, the
WARC alone says which addresses are pages, which of them were read and what they led to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archive.model import Context, Exchange, PageKind, PageRead, Settlement

_NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNote:
    """A page as it was read. `sha256` is "" for one that was not taken for read, for it lay out of a run's bounds."""

    kind: PageKind
    partial: bool  # not all it leads to was taken: it has to be read anew, not asked whether it changed
    sha256: str
    key: str


def with_page(
    context: Context, page: PageRead | None, exchange: Exchange | None, settlement: Settlement | None
) -> Context:
    """`context` with what was read in the page, if it is one."""
    if page is None:
        return context
    note = PageNote(kind=page.kind, partial=_partial(exchange, settlement), sha256=page.sha256, key=page.key)
    return replace(context, page=spelled(note), outlinks=tuple(link.url for link in page.links))


def _partial(exchange: Exchange | None, settlement: Settlement | None) -> bool:
    """Whether the validators that came were thrown away."""
    if exchange is None or settlement is None:
        return False
    came = exchange.etag is not None or exchange.last_modified is not None
    return came and settlement.etag is None and settlement.last_modified is None


def spelled(note: PageNote) -> str:
    """KIND whole|partial SHA256 KEY."""
    return f"{note.kind.value} {'partial' if note.partial else 'whole'} {note.sha256 or _NONE} {note.key}"


def page_note(text: str | None) -> PageNote | None:
    """What `spelled` made; None for anything else."""
    kind, _, rest = (text or "").partition(" ")
    extent, _, rest = rest.partition(" ")
    sha256, _, key = rest.partition(" ")
    if kind not in PageKind._value2member_map_ or extent not in ("whole", "partial") or not sha256:
        return None
    return PageNote(kind=PageKind(kind), partial=extent == "partial", sha256="" if sha256 == _NONE else sha256, key=key)
