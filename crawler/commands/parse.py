"""`sourcekeep parse`: what we read in event pages. Fetches nothing, writes nothing.

The reader is a spider's, and loaded by name: the crawler knows no spider.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypedDict, cast

import click

from archive.errors import UsageError
from crawler.commands import say, verb
from crawler.terminal import aligned, count, json_line, printable


class CitationJson(TypedDict):
    """A citation as `spiders.page.page_json` gives it."""

    kind: str
    label: str
    href: str
    url: str | None
    reason: str | None
    position: int


class RelatedJson(TypedDict):
    """A related event."""

    title: str
    path: str


class PageJson(TypedDict):
    """Those of a page's keys that are shown to people."""

    path: str
    kind: str
    date: str | None
    language: str
    topic: str | None
    title_text: str
    summary_text: str
    citations: list[CitationJson]
    related: list[RelatedJson]
    changes: list[object]
    formats: list[str]
    items: list[RelatedJson]


class _Reader(Protocol):
    def __call__(self, data: bytes, path: str, *, mime: str | None = None) -> object: ...


class _Pages(Protocol):
    def __call__(self, folder: Path) -> Iterator[tuple[str, Path]]: ...


class _AsJson(Protocol):
    def __call__(self, page: object) -> PageJson: ...


class _SitePath(Protocol):
    def __call__(self, file: Path) -> str: ...


@verb(
    examples=(
        "sourcekeep parse ./news-repo --json > pages.jsonl",
        "sourcekeep parse news/2016/02/3/some-event.md",
    ),
    exits=(0, 1, 4),
)
@click.argument(
    "sources",
    metavar="PAGE-OR-FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
def parse(sources: tuple[Path, ...], *, as_json: bool, verbose: int, quiet: bool) -> int:  # noqa: ARG001
    """Print what we read in event pages, in Markdown or HTML: their citations, related events and the rest.

    With --json one JSON object a line for each page: path, kind (event, index, home, other), date, language, topic,
    title, summary, citations, related, changes, formats. A citation that gives no URL says why in `reason`.

    Of a folder every page is read, linked or not. Pages that cannot be read are named, and the others go on.
    """
    read_page: _Reader = pkgutil.resolve_name("spiders.page:read_page")
    page_json: _AsJson = pkgutil.resolve_name("spiders.page:page_json")
    mime_of = cast("Mapping[str, str]", pkgutil.resolve_name("spiders.folder:MIME_OF"))
    pages, unreadable = 0, 0
    for path, file in _files(sources):
        try:
            data = file.read_bytes()
        except OSError as error:
            say(f"{file} cannot be read ({error.strerror})")
            unreadable += 1
            continue
        page = page_json(read_page(data, path, mime=mime_of.get(file.suffix.lower())))
        click.echo(json_line(page) if as_json else "\n".join(_shown(page)) + "\n")
        pages += 1
    if not pages and not unreadable:
        raise UsageError(f"no pages (.md, .html) in {', '.join(map(str, sources))}; name a folder that holds some")
    return 1 if unreadable else 0


def _files(sources: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    """(site path, file) of each page named, or found in a folder named."""
    page_files: _Pages = pkgutil.resolve_name("spiders.folder:page_files")
    site_path_of: _SitePath = pkgutil.resolve_name("spiders.folder:site_path_of")
    for source in sources:
        if source.is_dir():
            yield from page_files(source)
        else:
            yield site_path_of(source), source


def _shown(page: PageJson) -> Iterator[str]:
    """A page for people."""
    yield printable(page["path"])
    facts = [page["kind"], page["date"] or "", page["language"], page["topic"] or ""]
    yield "  " + printable(" · ".join(filter(None, facts)))
    for text in (page["title_text"], page["summary_text"]):
        if text.strip():
            yield "  " + printable(text.strip())
    yield from aligned(map(_citation_row, page["citations"]), indent="    ", numbers=(0,))
    counts = (
        (page["related"], "related event", None),
        (page["changes"], "older version", None),
        (page["formats"], "other format", None),
        (page.get("items", []), "event listed", "events listed"),
    )
    if said := [count(len(found), one, many) for found, one, many in counts if found]:
        yield "  " + ", ".join(said)


def _citation_row(citation: CitationJson) -> tuple[str, str, str, str]:
    url = citation["url"]
    where = url if url is not None else f"no URL ({citation['reason']}): {citation['href']}"
    return str(citation["position"]), citation["kind"].replace("_", " "), citation["label"], where
