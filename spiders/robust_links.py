"""Event pages whose dead citations carry a copy: attributes of Robust Links, in Markdown a second link (pure).

`<a data-originalurl=".." data-versionurl=".." data-versiondate="..">` (robustlinks.mementoweb.org/spec), and behind a
link in Markdown ` (archived 2016-02-05: <http://..>)`: an autolink (CommonMark section 6.5), which every reader of
Markdown shows as a link, and which no reader of event pages, ours included, takes for a source.

Nothing is parsed and written again: what is added goes between bytes of the page, and what was added before goes out
first, so a page can be patched any number of times. A place where the addition would change what is read in the page
is left as it is, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape

from archive.lookup import CopyLink
from archive.model import Citation, CitationKind, Event
from archive.urls import canonical
from spiders.hrefs import decode_references
from spiders.html import declared_codec
from spiders.page import MAX_BYTES, is_markup, read_page

_MOST_TRIALS = 64  # readings of one page to find out which of its additions changes it
_MOST_READ = 4 << 20  # bytes, in all of these: some seconds
_MOST_PLACES = 4  # where the link of one citation is looked for

IN_TITLE = "it stands in the title, which would be another with a second link in it"
NO_BRACKETS = "it is written without brackets, as no link"
NOT_FOUND = "its link was not found in the page's bytes"
READS_OTHERWISE = "with a second link the page would read otherwise"
HAS_ITS_OWN = "the page names a copy of its own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """Bytes to be put at the byte `at`, in the place of `cut` others, for the citations at these positions."""

    at: int
    text: bytes
    cut: int = 0
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchedPage:
    """A page with its copies; `left` says of citations with a copy why they do not carry it, by position."""

    data: bytes
    carried: tuple[int, ...]
    left: Mapping[int, str]


def patched_page(
    data: bytes, path: str, *, mime: str | None = None, copies: Mapping[str, CopyLink] | None = None
) -> PatchedPage:
    """The page with these copies, by the canonical URL of what is cited, and without any of ours it had before.

    What is no event page comes back as it is. The time is that of a few readings of the page (`read_page`); of more, up
    to 4 MiB in all, where it is made to be hard to patch.
    """
    event = read_page(data, path, mime=mime) if copies or _may_be_ours(data) else None
    if not isinstance(event, Event):
        return PatchedPage(data=data, carried=(), left={})
    page = _Page(data=data, path=path, mime=mime, event=event, markup=is_markup(data, path, mime=mime))
    page = page.without_ours()
    wanted = {
        citation.position: (citation, copy)
        for citation in event.citations
        if (copy := _copy_of(citation, copies or {})) is not None
    }
    places = page.places(wanted)
    return page.patched(places)


def inserted(data: bytes, insertions: Iterable[Insertion]) -> bytes:
    """`data` with all `insertions`, each at its place in `data` as it is given."""
    pieces, at = [], 0
    for each in sorted(insertions, key=lambda each: each.at):
        pieces += [data[at : each.at], each.text]
        at = each.at + each.cut
    return b"".join([*pieces, data[at:]])


def _may_be_ours(data: bytes) -> bool:
    return b" data-originalurl=" in data or b" (archived " in data


def _copy_of(citation: Citation, copies: Mapping[str, CopyLink]) -> CopyLink | None:
    if citation.url is None:
        return None
    try:
        return copies.get(canonical(citation.url))
    except ValueError:
        return None


_Wanted = Mapping[int, tuple[Citation, CopyLink]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """For each citation where its copy can go, the likeliest first; why others have none."""

    insertions: Sequence[Sequence[Insertion]]
    left: dict[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    data: bytes
    path: str
    mime: str | None
    event: Event
    markup: bool

    def reads_as(self, data: bytes) -> bool:
        """Whether `data` tells of the same event."""
        read = read_page(data, self.path, mime=self.mime)
        return isinstance(read, Event) and replace(read, sha256=self.event.sha256) == self.event

    def without_ours(self) -> _Page:
        """The page as it was before we added to it; what looks like ours and is something it says stays."""
        found = (
            _our_attributes(self.data) if self.markup else map(re.Match[bytes].span, _SECOND_LINK.finditer(self.data))
        )
        removals = [[Insertion(at=start, text=b"", cut=end - start)] for start, end in found]
        return replace(self, data=self.changed(removals)[0])

    def places(self, wanted: _Wanted) -> _Places:
        if not wanted:
            return _Places(insertions=(), left={})
        codec = _codec_of(self.data)
        return _tag_places(self.data, codec, wanted) if self.markup else _link_places(self.data, codec, wanted)

    def patched(self, places: _Places) -> PatchedPage:
        """The page with its copies."""
        data, done = self.changed(places.insertions)
        carried = {position for each in done for position in each.positions}
        left = dict(places.left)
        for some in places.insertions:
            left.update((position, READS_OTHERWISE) for position in some[0].positions if position not in carried)
        return PatchedPage(data=data, carried=tuple(sorted(carried)), left=left)

    def changed(self, insertions: Sequence[Sequence[Insertion]]) -> tuple[bytes, Sequence[Insertion]]:
        """The page with these, of each the likeliest, if it still reads the same; else with those that do no harm."""
        if not insertions:
            return self.data, ()
        likeliest = [some[0] for some in insertions]
        data = inserted(self.data, likeliest)
        if self.reads_as(data):
            return data, likeliest
        harmless = [] if len(data) > MAX_BYTES else list(self._harmless(insertions))
        data = inserted(self.data, harmless)
        return (data, harmless) if self.reads_as(data) else (self.data, ())

    def _harmless(self, insertions: Sequence[Sequence[Insertion]]) -> Iterator[Insertion]:
        left = min(_MOST_TRIALS, _MOST_READ // (len(self.data) + 1))
        for some in insertions:
            for each in some:
                if not left:
                    return
                left -= 1
                if self.reads_as(inserted(self.data, [each])):
                    yield each
                    break


def _codec_of(data: bytes) -> str:
    """What the page is read by. In all of these, no byte of `<>()"' ` is ever a part of another character."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return declared_codec(data)
    return "utf-8"


# --- Markdown ---

_SECOND_LINK = re.compile(rb"(?<=\)) \(archived [0-9]{4}-[0-9]{2}-[0-9]{2}: <https?://[^<>\s]{1,40000}>\)")
_NOT_IN_AUTOLINKS = re.compile(r"[^!#-;=?-Z_a-z~]")


def _link_places(data: bytes, codec: str, wanted: _Wanted) -> _Places:
    places: list[list[Insertion]] = []
    left: dict[int, str] = {}
    at = 0
    for position, (citation, copy) in wanted.items():
        if citation.kind is CitationKind.INLINE:
            left[position] = IN_TITLE
            continue
        ends = list(_ends_of_link(data, citation, codec, at))
        if ends:
            at = ends[0]
            text = _second_link(copy)
            places.append([Insertion(at=end, text=text, positions=(position,)) for end in ends])
        else:
            left[position] = NOT_FOUND if citation.label else NO_BRACKETS
    return _Places(insertions=places, left=left)


def _ends_of_link(data: bytes, citation: Citation, codec: str, at: int) -> Iterator[int]:
    """Where `](href)` ends, from `at` on: the label may hold anything, the href is as written."""
    try:
        needle = f"]({citation.href})".encode(codec)
    except UnicodeEncodeError:  # it was no text of that charset
        return
    for _ in range(_MOST_PLACES):
        found = data.find(needle, at)
        if found < 0:
            return
        at = found + len(needle)
        yield at


def _second_link(copy: CopyLink) -> bytes:
    url = _NOT_IN_AUTOLINKS.sub(_percent_encoded, copy.version_url)
    return f" (archived {copy.version_day.isoformat()}: <{url}>)".encode("ascii")


def _percent_encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


# --- HTML ---

_TAG = re.compile(  # comments and elements whose content is text are passed over whole
    rb"<!--.*?(?:-->|\Z)"
    rb"|<(script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>]).*?(?:</\1(?=[\s/>])|\Z)"
    rb"|<(a|img)(?=[\s/>])",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(  # WHATWG HTML section 13.2.5.32 to 13.2.5.38
    rb"[\s/]*+([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*+)))?"
)
_OURS = re.compile(rb' data-originalurl="[^"]*" data-versionurl="[^"]*" data-versiondate="[^"]*"')
_HREF_OF = {b"a": b"href", b"img": b"src"}
_MOST_ATTRIBUTES = 100
_LONGEST_VALUE = 4_000  # characters: Python refuses to read a reference of 4,300 digits


def _start_tags(data: bytes) -> Iterator[tuple[bytes, int]]:
    """(name, where its attributes begin) of every <a> and <img>."""
    for found in _TAG.finditer(data):
        if found[2] is not None:
            yield found[2].lower(), found.end()


def _our_attributes(data: bytes) -> Iterator[tuple[int, int]]:
    """Where attributes lie that are spelled and placed as we do it."""
    for _, start in _start_tags(data):
        if ours := _OURS.match(data, start):
            yield ours.span()


def _tag_places(data: bytes, codec: str, wanted: _Wanted) -> _Places:
    by_href: dict[str, tuple[CopyLink, list[int]]] = {}
    for position, (citation, copy) in wanted.items():
        by_href.setdefault(_flat(citation.href), (copy, []))[1].append(position)
    places: list[list[Insertion]] = []
    left = {
        position: IN_TITLE if citation.kind is CitationKind.INLINE else NOT_FOUND
        for position, (citation, _) in wanted.items()
    }
    for name, start in _start_tags(data):
        attributes = _attributes(data, start)
        spelled = _spellings(attributes.get(_HREF_OF[name], b"").decode(codec, "replace"))
        found = next((by_href[each] for each in spelled if each in by_href), None)
        if found is None:
            continue
        copy, positions = found
        if b"data-versionurl" in attributes or b"data-originalurl" in attributes:
            left.update((position, HAS_ITS_OWN) for position in positions)
            continue
        places.append([Insertion(at=start, text=_attributes_of(copy), positions=tuple(positions))])
        for position in positions:
            del left[position]
        positions.clear()  # further links to the same place carry the copy as well, and are counted once
    return _Places(insertions=places, left=left)


def _attributes(data: bytes, at: int) -> dict[bytes, bytes]:
    """The attributes of a tag by name in lower case; of one given twice the first, as browsers have it."""
    found: dict[bytes, bytes] = {}
    for _ in range(_MOST_ATTRIBUTES):
        match = _ATTRIBUTE.match(data, at)
        if match is None:
            break
        found.setdefault(match[1].lower(), match[2] or match[3] or match[4] or b"")
        at = match.end()
    return found


def _spellings(value: str) -> tuple[str, ...]:
    """What an attribute's value may mean: parsers differ in references without a semicolon."""
    if "&" not in value or len(value) > _LONGEST_VALUE:
        return (_flat(value),)
    return (_flat(decode_references(value)), _flat(unescape(value)), _flat(value))


def _flat(href: str) -> str:
    return href.replace("\r", "")


def _attributes_of(copy: CopyLink) -> bytes:
    values = (
        ("data-originalurl", copy.original_url),
        ("data-versionurl", copy.version_url),
        ("data-versiondate", copy.version_day.isoformat()),
    )
    text = "".join(f' {name}="{escape(value)}"' for name, value in values)
    return text.encode("ascii", "xmlcharrefreplace")
