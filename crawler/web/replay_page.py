"""The page that replays a copy by ReplayWeb.page, scripts and all, and the WACZ it reads.

Addresses here are signed with a secret of the server's: the interface makes them (`view_address`), and a script of a
replayed page that looks for another copy cannot. A page begins with nothing of those before it: the browser is told to
forget what was stored under this name.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from archive.access_rules import Access
from archive.cdx_query import instant
from archive.errors import SourcekeepError
from crawler.web.assets import assets_folder, installed
from crawler.web.options import Options
from crawler.web.origins import Origins, origins_of
from crawler.web.problems import without_root
from crawler.web.replay_packages import ReplayPackages
from crawler.web.supply import Supply

FRAME, UI, WORKER = "/replay/", "/replay/ui.js", "/replay/sw.js"
_MOST_KNOWN = 10_000  # addresses of packages
_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{url}, {stamp}</title><link rel="icon" href="data:,">
<style>html, body {{ height: 100%; margin: 0 }} replay-web-page {{ display: block; height: 100% }}</style>
<script src="/replay/ui.js"></script>
<body><replay-web-page source="{source}" url="{url}" ts="{stamp}" embed="replayonly" replayBase="/replay/" sandbox>
</replay-web-page>
<noscript><p>This copy is replayed by scripts, and this browser runs none. The page around it leads to the copy without
them.</p></noscript></html>
"""
_FRAME = """<!DOCTYPE html>
<html lang="en" class="no-overflow"><meta charset="utf-8"><title>ReplayWeb.page</title><link rel="icon" href="data:,">
<script src="./ui.js"></script><body><replay-app-main></replay-app-main></html>
"""


class Viewer:
    """What replays copies by ReplayWeb.page, if that is installed. Any thread may use it."""

    def __init__(self, supply: Supply, folder: Path | None = None) -> None:
        """`folder` is where ReplayWeb.page lies; it is looked for there now, once."""
        self.folder = assets_folder() if folder is None else folder
        self.installed = installed(self.folder)
        self.packages = ReplayPackages(supply)
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def path(self, url: str, stamp: str) -> str:
        """The path of the page that replays a copy."""
        return "/view?" + urlencode({"url": url, "ts": stamp, "by": self._sign("view", url, stamp)})

    def is_ours(self, signature: str, url: str, stamp: str) -> bool:
        """Whether we made that path."""
        return hmac.compare_digest(self._sign("view", url, stamp).encode(), signature.encode("utf-8", "replace"))

    def source(self, url: str) -> str:
        """The path of the WACZ with the copies of a URL."""
        name = self._sign("wacz", url)[:40]
        with self._lock:
            self._known[name] = url
            self._known.move_to_end(name)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return f"/wacz/{name}.wacz"

    def package(self, name: str) -> Path | None:
        """The WACZ of that name; None for one we never named. Raises SourcekeepError."""
        with self._lock:
            url = self._known.get(name)
        return None if url is None else self.packages.of(name, url)

    def _sign(self, *parts: str) -> str:
        return hmac.new(self._secret, "\n".join(parts).encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def router(supply: Supply, viewer: Viewer, options: Options) -> APIRouter:
    """`/view`, `/wacz/NAME.wacz`, and ReplayWeb.page's two scripts below `/replay/`."""
    made = APIRouter()

    @made.get("/view")
    def view(request: Request, url: str = "", ts: str = "", by: str = "") -> Response:
        if not viewer.installed or not viewer.is_ours(by, url, ts):
            return PlainTextResponse("There is no such page; look for the copy in the interface.\n", 404)
        match supply.access(url, instant(ts)):
            case Access.EXCLUDE:
                return PlainTextResponse("No copy of this address is held.\n", 404)
            case Access.BLOCK:
                return PlainTextResponse("This copy may not be shown.\n", 451)
        page = _PAGE.format(url=escape(url), stamp=escape(ts), source=escape(viewer.source(url)))
        headers = {
            "content-security-policy": policy(origins_of(request, options)),
            "clear-site-data": '"storage"',  # not cookies: those of localhost belong to every port of it
            "cache-control": "no-store",
        }
        return HTMLResponse(page, 200, headers)

    @made.api_route("/wacz/{name}.wacz", methods=["GET", "HEAD"])
    def package(name: str) -> Response:
        try:
            path = viewer.package(name)
        except SourcekeepError as error:
            return PlainTextResponse(f"{without_root(str(error), supply.collection.root)}\n", 404)
        if path is None:
            return PlainTextResponse("There is no such package.\n", 404)
        return FileResponse(path, media_type="application/wacz", headers={"cache-control": "no-store"})

    @made.get(FRAME)
    def frame(request: Request) -> Response:
        if not viewer.installed:
            return PlainTextResponse("ReplayWeb.page is not installed: sourcekeep assets install\n", 404)
        headers = {"content-security-policy": policy(origins_of(request, options)), "cache-control": "no-store"}
        return HTMLResponse(_FRAME, 200, headers)

    @made.get(UI)
    def interface() -> Response:
        return _script(viewer, "ui.js")

    @made.get(WORKER)
    def worker() -> Response:
        return _script(viewer, "sw.js")

    return made


def _script(viewer: Viewer, name: str) -> Response:
    if not viewer.installed:
        return PlainTextResponse("ReplayWeb.page is not installed: sourcekeep assets install\n", 404)
    headers = {"content-security-policy": "default-src 'self' data: blob:", "cache-control": "no-cache"}
    return FileResponse(viewer.folder / name, media_type="text/javascript", headers=headers)


def policy(origins: Origins) -> str:
    """What the page around a replayed one may do."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' data:; "
        "frame-src 'self'; worker-src 'self'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; "
        f"frame-ancestors {origins.interface} {origins.replay}"
    )
