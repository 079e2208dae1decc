"""A Wayback Machine of ours: availability, CDX, TimeGate, TimeMaps and raw mementos, with the moods of the real one.

    with Wayback() as archive:
        archive.keep("http://a.test/story", "20160204120000", page)
        archive.keep("http://a.test/story", "20190101000000", status=404)
        archive.mood("cdx", unwell(503), ...)           # first answers of an interface, then what is true
        archive.base                                    # the base URL to give to sourcekeep

What was archived is served under `/web/<time>id_/<url>` with Memento-Datetime; for a time at which nothing was archived
it redirects to the nearest capture, as the real one does. Archived redirects point into the archive.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.web.byte_server import ByteServer, Logged, Script, Steps, ok

PAGE = b"<html><head><title>%s</title></head><body><h1>%s</h1>%s</body></html>"


@dataclass(frozen=True, slots=True)
class Kept:
    """One capture of it."""

    url: str
    stamp: str
    status: int
    body: bytes
    mime: str
    location: str
    headers: tuple[bytes, ...]
    digest: str


@dataclass(slots=True)
class Wayback:
    """The stand-in. `excluded` URLs are those it does not show."""

    host: str = "127.0.0.1"
    excluded: set[str] = field(default_factory=set)
    forgetful: bool = False  # its availability names nothing, although it has it
    captures: list[Kept] = field(default_factory=list)
    lines: bool = False  # its index comes as JSON lines, as pywb's
    saved: list[str] = field(default_factory=list)  # what it was asked to save
    _web: ByteServer = field(init=False)
    _moods: dict[str, list[Script]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._web = ByteServer(self.host)
        self._web.on("*", self._answer)
        self._web.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._web.__exit__(*error)

    @property
    def base(self) -> str:
        """Its address."""
        return self._web.url("")

    def asked(self, part: str) -> list[str]:
        """The targets that were asked for and hold `part`."""
        return [entry.target for entry in self._web.log if part in entry.target]

    def requests(self, part: str) -> list[bytes]:
        """The same, as they came."""
        return [entry.request for entry in self._web.log if part in entry.target]

    def entries(self, target: str) -> list[Logged]:
        """The exchanges for a target, as the archive saw them."""
        return [entry for entry in self._web.log if entry.target == target]

    def keep(
        self,
        url: str,
        stamp: str,
        body: bytes = b"",
        *,
        status: int = 200,
        mime: str = "text/html",
        location: str = "",
        headers: tuple[bytes, ...] = (),
    ) -> None:
        """Archive something."""
        digest = f"D{hash((body, status, location)) & 0xFFFFFFFF:08X}"
        self.captures.append(Kept(url, stamp, status, body, mime, location, headers, digest))

    def mood(self, interface: str, *answers: Script) -> None:
        """The first answers of "cdx", "available", "timegate", "raw", "save" or "status"."""
        self._moods[interface] = list(answers)

    # --- answers ---

    def _answer(self, request: bytes) -> Steps:
        target = request.split(b" ", 2)[1].decode("latin-1")
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        interface = _interface(parts.path)
        if moods := self._moods.get(interface):
            script = moods.pop(0)
            return script(request) if callable(script) else script
        match interface:
            case "cdx":
                return self._cdx(query["url"])
            case "available":
                return self._available(query["url"], query.get("timestamp", ""))
            case "raw":
                stamp, _, url = target.removeprefix("/web/").partition("id_/")
                return self._raw(url, stamp)
            case "timegate":
                return self._timegate(target.removeprefix("/web/"), request)
            case "save":
                self.saved.append(parse_qs(request.partition(b"\r\n\r\n")[2].decode())["url"][0])
                return ok(b'{"url": "x", "job_id": "spn2-abc"}', b"Content-Type: application/json")
            case "status":
                done = {"status": "success", "timestamp": "20261122120000", "original_url": self.saved[-1]}
                return ok(json.dumps(done).encode())
        return ok(b"", status=b"404 Not Found")

    def _of(self, url: str) -> list[Kept]:
        return sorted((each for each in self.captures if each.url == url), key=lambda each: each.stamp)

    def _cdx(self, url: str) -> Steps:
        if url in self.excluded:
            return ok(b"org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error",
                      status=b"403 Forbidden")  # fmt: skip
        rows = [
            ["test,a)/", each.stamp, each.url, each.mime, str(each.status), each.digest, "1000"]
            for each in self._of(url)
        ]
        names = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
        if self.lines:
            spelled = ["urlkey", "timestamp", "url", "mime", "status", "digest", "length"]
            listed = "".join(json.dumps(dict(zip(spelled, row, strict=True))) + "\n" for row in rows)
            if not rows:
                return ok(b'{"message": "No Captures found for: x"}', status=b"404 Not Found")
            return ok(listed.encode(), b"Content-Type: text/x-ndjson")
        return ok(json.dumps([names, *rows] if rows else []).encode(), b"Content-Type: application/json")

    def _available(self, url: str, stamp: str) -> Steps:
        nearest = self._nearest(url, stamp)
        closest = {} if nearest is None or self.forgetful else {"closest": {
            "available": True, "url": f"{self.base}/web/{nearest.stamp}/{url}", "timestamp": nearest.stamp,
            "status": str(nearest.status)}}  # fmt: skip
        return ok(json.dumps({"url": url, "archived_snapshots": closest}).encode())

    def _timegate(self, url: str, request: bytes) -> Steps:
        wanted = next((line for line in request.split(b"\r\n") if line.lower().startswith(b"accept-datetime:")), b"")
        if not wanted.endswith(b"GMT"):  # somebody looks at it by a browser: that is not shown here
            return ok(b"", status=b"404 Not Found")
        nearest = self._nearest(url, "20160203120000")
        if nearest is None:
            return ok(b"", status=b"404 Not Found")
        return ok(b"", b"Vary: accept-datetime", f"Location: /web/{nearest.stamp}/{url}".encode(), status=b"307 X")

    def _nearest(self, url: str, stamp: str) -> Kept | None:
        return min(self._of(url), key=lambda each: abs(int(each.stamp) - int(stamp or "0")), default=None)

    def _raw(self, url: str, stamp: str) -> Steps:
        nearest = self._nearest(url, stamp)
        if nearest is None:
            return ok(b"<p>not archived</p>", status=b"404 Not Found")
        if nearest.stamp != stamp:
            return ok(b"", f"Location: /web/{nearest.stamp}id_/{url}".encode(), status=b"302 Found")
        at = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        headers = [
            b"Content-Type: " + nearest.mime.encode(),
            b"Memento-Datetime: " + format_datetime(at, usegmt=True).encode(),
            f'Link: <{url}>; rel="original"'.encode(),
            b"x-archive-orig-server: nginx",
            *nearest.headers,
        ]
        if nearest.location:
            headers.append(f"Location: /web/{stamp}id_/{nearest.location}".encode())
        return ok(nearest.body, *headers, status=f"{nearest.status} Archived".encode())


def _interface(path: str) -> str:
    if path == "/cdx/search/cdx":
        return "cdx"
    if path == "/wayback/available":
        return "available"
    if path.startswith("/save/status/"):
        return "status"
    if path == "/save":
        return "save"
    if not path.startswith("/web/"):
        return ""
    return "raw" if path[5:19].isdigit() and path[19:23] == "id_/" else "timegate"


def unwell(status: int, *headers: bytes) -> bytes:
    """An answer of an archive that has no time."""
    return ok(b"<html>busy</html>", *headers, status=f"{status} Busy".encode())


def article(title: str, words: int = 120) -> bytes:
    """An HTML article with enough of a story to be one, no word of which is another's."""
    digests = (hashlib.sha256(f"{title} {number}".encode()).digest()[:8] for number in range(words))
    told = " ".join("".join(chr(97 + octet % 26) for octet in digest) for digest in digests)
    return PAGE % (title.encode(), title.encode(), f"<p>{told}.</p>".encode())
