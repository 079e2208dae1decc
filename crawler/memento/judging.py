"""Whether a copy is one: the rules of a check, for what was archived and for what we hold (pure).

`look` is to be run in a worker: what an archive has is as hostile as the web it came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from archive.verdicts import Verdict, VerdictClass
from crawler.verdict.answer import NO_PROBES, Answer, ContentKind, Match, NeedsProbes, PageFacts
from crawler.verdict.content import CopyFacts, Fingerprint, compare, usable_baseline
from crawler.verdict.judge import judge
from crawler.verdict.page_facts import kind_of, page_facts
from crawler.verdict.reading import Body, fingerprint

_PAGES = frozenset({ContentKind.HTML, ContentKind.TEXT})
_ABOUT_A_FILE = re.compile(r"/(?:blob|blame|wiki|w)/|/[a-z_-]+:")  # a repository's or a wiki's page
_FILES = {"pdf": ContentKind.PDF, **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp"), ContentKind.IMAGE)}
_SENT_BY_ARCHIVE = "x-archive-orig-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A body to look at, and what we hold of the same link, if that is not whole."""

    body: Body
    ours: Fingerprint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a worker saw of a body."""

    kind: ContentKind
    page: PageFacts | None
    print: Fingerprint
    decodes: bool = True  # of an image; nobody tries a drawing (SVG)
    match: Match | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Whether a copy is worth having, and why not."""

    usable: bool
    why: str


def look(task: Task) -> Seen:
    """What is to be seen of a body."""
    body = task.body
    kind = kind_of(body.data, body.content_type)
    page = page_facts(body.data, body.url, body.content_type) if kind in _PAGES else None
    seen = fingerprint(body)
    match = compare(task.ours, seen) if task.ours is not None else None
    decodes = kind is not ContentKind.IMAGE or seen.picture is not None or b"<svg" in body.data[:4096].lower()
    return Seen(kind=kind, page=page, print=seen, decodes=decodes, match=match)


def answer_of(
    seen: Seen,
    *,
    url: str,
    status: int,
    headers: Sequence[tuple[str, str]],
    expected: ContentKind | None = None,
    tls_verified: bool | None = None,
) -> Answer:
    """What the rules look at. Headers that an archive had with the original are given back their names."""
    return Answer(
        url=url,
        status=status,
        headers=tuple((name.lower().removeprefix(_SENT_BY_ARCHIVE), value) for name, value in headers),
        kind=seen.kind,
        page=seen.page,
        payload_sha256=seen.print.sha256,
        payload_length=seen.print.length,
        expected=expected,
        tls_verified=tls_verified,
    )


def expected_of(url: str, *, is_cover: bool, ours: Fingerprint | None = None) -> ContentKind | None:
    """What an archive's copy of a dead link has to be: an event's picture is one, what we hold a part of stays of its
    kind, and an address that ends like a file's gave that, unless it is a page about a file. None: anything."""
    if is_cover:
        return ContentKind.IMAGE
    if ours is not None:
        return ours.kind if ours.kind in _FILES.values() else None
    path = unquote(urlsplit(url).path).lower()
    return None if _ABOUT_A_FILE.search(path) else _FILES.get(path.rpartition(".")[2])


def opinion(seen: Seen, answer: Answer) -> Opinion:
    """Whether what was seen is a copy of the link: alive by the rules of a check, no wall in front of it, and not
    something else than what we hold of it."""
    verdict = judge(answer, seen.match, NO_PROBES)
    assert not isinstance(verdict, NeedsProbes), "there are no probes to wait for"
    if verdict.verdict_class is not VerdictClass.ALIVE or verdict.evidence.rule == "cookie_wall":
        return Opinion(usable=False, why=_said(verdict))
    if answer.expected is ContentKind.IMAGE and not seen.decodes:
        return Opinion(usable=False, why="the image does not decode")
    if not usable_baseline(seen.print, CopyFacts(status=answer.status)):
        return Opinion(usable=False, why="there is hardly a word in it")
    return Opinion(usable=True, why="")


def _said(verdict: Verdict) -> str:
    words = f": {verdict.evidence.words[0][:80]}" if verdict.evidence.words else ""
    return f"{verdict.state} ({verdict.evidence.rule}{words})"
