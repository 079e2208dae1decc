"""Run by the judges' Python: pages in Chromium with nothing but one port of this machine behind it; prints JSON.

    python browser.py '{"urls": ["http://127.0.0.1:8080/..."], "facts": "() => ({})", "frame": "", "folder": "shots"}'

One page after the other, in one browser, all of the same host and port. Every request a page makes is listed, those of
its service workers too, with its status or the error it ended with. The browser has no names (each is mapped to
nowhere), and what is not for that host and port goes to a proxy that is not there. Where the page proper is in a frame
of another, `frame` is a regular expression for the frame's URL. `facts` is called with the URL of the page proper:
in replay the page itself may believe that it has the original one.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Request, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Frame, Page

NOWHERE = "http://127.0.0.1:9"  # discard: nobody listens
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--disable-domain-reliability", "--disable-client-side-phishing-detection", "--no-pings", "--disable-dev-shm-usage",
    "--disable-features=OptimizationHints,MediaRouter,Translate,DialMediaRouteProvider,AutofillServerCommunication",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)  # fmt: skip
PICTURES = """() => [...document.images].map(image => ({
    src: image.getAttribute('src'), current: image.currentSrc, width: image.naturalWidth, height: image.naturalHeight
}))"""


def main() -> None:
    """All pages."""
    job = json.loads(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="sourcekeep-browser-") as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            headless=True,
            args=[
                *FLAGS,
                f"--proxy-server={NOWHERE}",
                f"--proxy-bypass-list=<-loopback>;{urlsplit(job['urls'][0]).netloc}",
            ],
            viewport={"width": 1000, "height": 900},
        )
        shown = [
            show(browser, url, job["frame"], job["facts"], Path(job["folder"]) / f"{number}.png")
            for number, url in enumerate(job["urls"])
        ]
        browser.close()
    json.dump(shown, sys.stdout)


def show(browser: BrowserContext, url: str, frame: str, facts: str, screenshot: Path) -> dict[str, object]:
    """One page."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    browser.on("request", note)
    page = browser.new_page()
    page.goto(url, wait_until="load", timeout=60_000)
    inner = frame_of(page, frame) if frame else page.main_frame
    look_through(inner)
    shown = {
        "title": inner.title(),
        "images": inner.evaluate(PICTURES),
        "facts": inner.evaluate(facts, inner.url),
        "url": inner.url,
    }
    page.screenshot(path=screenshot, full_page=True)
    shown["requests"] = [outcome(request) for request in requests]
    browser.remove_listener("request", note)
    page.close()
    return shown


def frame_of(page: Page, pattern: str) -> Frame:
    """The frame with such a URL, loaded. Raises TimeoutError if none comes within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for frame in page.frames:
            if re.fullmatch(pattern, frame.url):
                frame.wait_for_load_state("load", timeout=60_000)
                return frame
        page.wait_for_timeout(50)
    raise TimeoutError(f"no such frame: {pattern}, but {[frame.url for frame in page.frames]}")


def look_through(frame: Frame) -> None:
    """To the end of the page, as a reader would, and until all that this asked for has come."""
    height = frame.evaluate("() => document.documentElement.scrollHeight")
    for top in range(0, height + 1, 600):
        frame.evaluate("top => window.scrollTo(0, top)", top)
        frame.page.wait_for_timeout(50)
    frame.evaluate("() => document.fonts.ready.then(() => null)")
    frame.page.wait_for_load_state("networkidle", timeout=30_000)


def outcome(request: Request) -> dict[str, object]:
    """A request, and what came of it: a status, or an error and 0."""
    failed = request.failure
    answer = None if failed else request.response()
    return {
        "url": request.url,
        "type": request.resource_type,
        "status": answer.status if answer else 0,
        "error": failed,
    }


if __name__ == "__main__":
    main()
