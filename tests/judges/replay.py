"""Replay as a reader sees it: a capture, by pywb, in Chromium, with no other network; and all that it asked for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.judges.programs import judge, pywb

_CAPTURE = re.compile(r"/c/(\d{14})?([a-z]{2}_)?/?(https?://?.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request the page made: of a capture by its original URL, or of anything else by the URL it went to."""

    url: str
    status: int  # 0: it came to nothing
    kind: str  # as the browser says: image, stylesheet, script, font, document ...
    archived: bool  # asked of the archive, and no part of pywb itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A page as it was shown."""

    requests: tuple[Asked, ...]
    outside: tuple[str, ...]  # URLs that went past pywb, or would have
    title: str
    images: tuple[dict[str, Any], ...]  # src, current, width, height: 0 for what does not decode
    facts: dict[str, Any]  # what the script said that was run in the page
    screenshot: Path

    @property
    def missing(self) -> set[str]:
        """What the page asked the archive for and got neither itself nor a redirect that leads on."""
        return {each.url for each in self.requests if each.archived and each.status not in {200, 301, 302, 307, 308}}


def replayed(collection: Path, url: str, stamp: str, scratch: Path, *, facts: str = "() => ({})") -> Replayed:
    """The capture of the URL at the time (14 digits), shown; `facts` is run in the page when all has come."""
    with pywb(collection, scratch / "pywb") as port:
        origin = f"http://127.0.0.1:{port}/"
        shot = scratch / "replay.png"
        script = Path(__file__).with_name("browser.py")
        shown = json.loads(judge("python", script, f"{origin}c/{stamp}/{url}", shot, facts).stdout)
    requests = shown["requests"]
    return Replayed(
        requests=tuple(asked(each, origin) for each in requests),
        outside=tuple(each["url"] for each in requests if not each["url"].startswith((origin, "data:", "blob:"))),
        title=shown["title"],
        images=tuple(shown["images"]),
        facts=shown["facts"],
        screenshot=shot,
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
