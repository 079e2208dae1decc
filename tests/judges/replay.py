"""Replay as a reader sees it: captures in Chromium with no other network, and all that they asked for.

By pywb over the collection's folder, or by ReplayWeb.page over the WARCs alone or with our index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.judges.programs import judge, pywb
from tests.judges.replaywebpage import FRAME, replaywebpage

_CAPTURE = re.compile(r"/(?:c|replay/w/id-[0-9a-f]+(?:/:[0-9a-f]+)?)/(\d{14})?([a-z]{2}_)?/?(https?://?.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request the page made: of a capture by its original URL, or of anything else by the URL it went to."""

    url: str
    status: int  # 0: it came to nothing
    kind: str  # as the browser says: image, stylesheet, script, font, document ...
    archived: bool  # asked of the archive, and no part of the replayer itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A page as it was shown."""

    requests: tuple[Asked, ...]
    outside: tuple[str, ...]  # URLs that went past the replayer, or would have
    title: str
    images: tuple[dict[str, Any], ...]  # src, current, width, height: 0 for what does not decode
    facts: dict[str, Any]  # what the script said that was run in the page
    screenshot: Path

    @property
    def missing(self) -> set[str]:
        """What the page asked the archive for and got neither itself nor a redirect that leads on."""
        return {each.url for each in self.requests if each.archived and each.status not in {200, 301, 302, 307, 308}}

    def status(self, url: str) -> int | None:
        """Of the capture of that URL that was shown as a document."""
        return next((each.status for each in self.requests if (each.kind, each.url) == ("document", url)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A replayer at work."""

    origin: str  # with a slash at its end
    address: Callable[[str, str], str]  # the page that shows a URL at a time (14 digits)
    frame: str = ""  # where in that page it is: a regular expression, or empty for the page itself


Replayer: TypeAlias = Callable[[Path, Path], AbstractContextManager[Stage]]


@contextmanager
def by_pywb(collection: Path, scratch: Path) -> Iterator[Stage]:
    """pywb over the folder."""
    with pywb(collection, scratch / "pywb") as port:
        origin = f"http://127.0.0.1:{port}/"
        yield Stage(origin=origin, address=lambda url, stamp: f"{origin}c/{stamp}/{url}")


@contextmanager
def by_replaywebpage(collection: Path, _: Path) -> Iterator[Stage]:
    """ReplayWeb.page over the WARCs, one behind the other in a single file: nothing else of ours."""
    with replaywebpage(collection) as site:
        yield Stage(origin=site.origin, address=site.whole, frame=FRAME)


@contextmanager
def by_replaywebpage_and_index(collection: Path, _: Path) -> Iterator[Stage]:
    """ReplayWeb.page over our index, which tells it where in which WARC each record is."""
    with replaywebpage(collection) as site:
        yield Stage(origin=site.origin, address=site.indexed, frame=FRAME)


def replayed(
    by: Replayer, collection: Path, captures: Sequence[tuple[str, str]], scratch: Path, *, facts: str = "() => ({})"
) -> list[Replayed]:
    """The captures (URL, and time of 14 digits), shown; `facts` is run in each page when all has come."""
    script = Path(__file__).with_name("browser.py")
    with by(collection, scratch) as stage:
        job = {
            "urls": [stage.address(url, stamp) for url, stamp in captures],
            "frame": stage.frame,
            "facts": facts,
            "folder": str(scratch),
        }
        pages = json.loads(judge("python", script, json.dumps(job)).stdout)
    return [seen(page, stage.origin, scratch / f"{number}.png") for number, page in enumerate(pages)]


def seen(page: dict[str, Any], origin: str, screenshot: Path) -> Replayed:
    """A page, of what the browser says."""
    requests = page["requests"]
    return Replayed(
        requests=tuple(asked(each, origin) for each in requests),
        outside=tuple(each["url"] for each in requests if not each["url"].startswith((origin, "data:", "blob:"))),
        title=page["title"],
        images=tuple(page["images"]),
        facts=page["facts"],
        screenshot=screenshot,
    )


def asked(request: dict[str, Any], origin: str) -> Asked:
    """A request of the browser's list."""
    found = _CAPTURE.fullmatch(request["url"].removeprefix(origin.removesuffix("/")))
    return Asked(
        url=found[3] if found else request["url"],
        status=request["status"],
        kind=request["type"],
        archived=found is not None,
    )
