"""ReplayWeb.page, served by a little server of ours beside the WARCs: the browser itself is the archive's reader.

Its two scripts are unpacked by `make judges` and not part of this project.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from tests.judges.programs import JUDGES

PACKAGE = JUDGES / "node_modules" / "replaywebpage"
# The frame in which it shows a capture, of a WACZ by its digest. The frames of the capture have other marks than `mp_`.
FRAME = r"http://127\.0\.0\.1:\d+/replay/w/id-[0-9a-f]+/(?::[0-9a-f]+/)?\d*mp_/.*"
# Its element with the attributes of the query: source, url, ts.
VIEW = b"""<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<style>html, body { height: 100%; margin: 0 }</style>
<body><script src="ui.js"></script><script>
const view = document.createElement("replay-web-page");
view.setAttribute("embed", "replayonly");
for (const [name, value] of new URLSearchParams(location.search)) view.setAttribute(name, value);
document.body.append(view);
</script>"""


@dataclass(frozen=True, slots=True)
class Site:
    """The server's pages."""

    origin: str

    def whole(self, url: str, stamp: str) -> str:
        """The page that shows a capture out of one WARC that holds all of them."""
        return self._view("all.warc.gz", url, stamp)

    def indexed(self, url: str, stamp: str) -> str:
        """The page that shows a capture by way of the index."""
        return self._view("c/index.cdxj", url, stamp)

    def packaged(self, url: str, stamp: str) -> str:
        """The page that shows a capture out of the WACZ."""
        return self._view("c.wacz", url, stamp)

    def _view(self, source: str, url: str, stamp: str) -> str:
        return f"{self.origin}view?{urlencode({'source': source, 'url': url, 'ts': stamp})}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A file, or the range of it that is asked for."""
        assert isinstance(self.server, _Server)
        path = self.path.partition("?")[0]
        body = self.server.files.get(path)
        if body is None:
            self.send_error(404)
            return
        size = len(body)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)|bytes=-(\d+)", self.headers.get("Range", ""))
        if asked:
            first = max(size - int(asked[3]), 0) if asked[3] else int(asked[1])
            last = min(int(asked[2] or size), size - 1)
            body = body[first : last + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        else:
            self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", kind_of(path))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing: pytest's output is for tests."""


def kind_of(path: str) -> str:
    """The media type."""
    match path.rpartition("/")[2].rpartition(".")[::2]:
        case _, "js":
            return "text/javascript"
        case _, "gz":
            return "application/gzip"
        case _, "cdxj":
            return "text/plain"
    return "text/html"


@contextlib.contextmanager
def replaywebpage(collection: Path) -> Iterator[Site]:
    """Its site with the collection's files; with a WACZ alone, if that is what `collection` is."""
    server = _Server(files_of(collection) if collection.is_dir() else _own() | {"/c.wacz": collection.read_bytes()})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def files_of(collection: Path) -> dict[str, bytes]:
    """By path: what its page needs, and the archive, in one piece and as it is."""
    warcs = {warc.name: warc.read_bytes() for warc in sorted((collection / "archive").glob("*.warc.gz"))}
    return {
        **_own(),
        "/all.warc.gz": b"".join(warcs.values()),
        "/c/index.cdxj": (collection / "indexes" / "index.cdxj").read_bytes(),
        **{f"/c/{name}": content for name, content in warcs.items()},
    }


def _own() -> dict[str, bytes]:
    page, script, worker = ((PACKAGE / name).read_bytes() for name in ("index.html", "ui.js", "sw.js"))
    return {"/view": VIEW, "/ui.js": script, "/replay/": page, "/replay/ui.js": script, "/replay/sw.js": worker}
