"""How a copy is cited: with what it says, where it was, when it was kept, its hash and its PWID (pure).

A PWID names an archived web resource for the long term (draft-pwid-urn-specification): the archive, the time, whether
the page or a part is meant, and the archived address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request

from archive.batch import ArticleRead
from archive.event_document import Copy
from archive.model import Capture, Via
from crawler.web.options import Options
from crawler.web.safety import host_of

_OF_A_URL = ":/?#[]@!$&'()*+,;=%~-._"


def archive_id(request: Request, options: Options) -> str:
    """What names this archive: the first further name it was given, else the host it is asked by."""
    return options.names[0] if options.names else host_of(request.headers.get("host", "")) or "localhost"


def pwid(archive: str, at: datetime, url: str, *, is_part: bool = False) -> str:
    """The PWID of a copy: `urn:pwid:archive:time:precision:address`."""
    precision = "part" if is_part else "page"
    time = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return f"urn:pwid:{archive}:{time}:{precision}:{quote(url, safe=_OF_A_URL)}"


def citation_text(copy: Copy, archive: str) -> str:
    """A copy as a text may cite it, in one line."""
    return ". ".join(_parts(copy.capture, copy.article, archive, memento=_memento(copy))) + "."


def pwid_of(copy: Copy, archive: str) -> str:
    """The PWID of a copy: of a memento, that of the archive it was brought back from, for there it has its time."""
    capture, image = copy.capture, (copy.capture.mime or "").startswith("image/")
    return pwid(_memento(copy) or archive, capture.at, capture.url, is_part=image)


def _memento(copy: Copy) -> str | None:
    is_memento = copy.capture.via is Via.MEMENTO and copy.recovery is not None
    return copy.recovery.archive if is_memento and copy.recovery is not None else None


def _parts(capture: Capture, article: ArticleRead | None, archive: str, *, memento: str | None) -> Iterator[str]:
    if article is not None:
        if article.author:
            yield article.author
        if article.title:
            yield f"“{article.title}”"
        if article.site_name:
            yield article.site_name
        if article.published:
            yield article.published
    yield capture.url
    where = f"by {memento}, brought back to {archive}" if memento else f"by {archive}"
    yield f"Archived {capture.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {where}"
    if capture.payload_sha256:
        yield f"SHA-256 {capture.payload_sha256}"
