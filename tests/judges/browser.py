"""Run by the judges' Python: a page in Chromium with nothing but one port of this machine behind it; prints JSON.

    python browser.py URL SCREENSHOT.png JAVASCRIPT

Every request the page makes is listed, with its status or the error it ended with. The browser has no names (each is
mapped to nowhere), and what is not for the URL's own host and port goes to a proxy that is not there.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Request, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
    """One page."""
    url, screenshot, facts = sys.argv[1:4]
    with tempfile.TemporaryDirectory(prefix="sourcekeep-browser-") as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            headless=True,
            args=[*FLAGS, f"--proxy-server={NOWHERE}", f"--proxy-bypass-list=<-loopback>;{urlsplit(url).netloc}"],
            viewport={"width": 1000, "height": 900},
        )
        requests: list[Request] = []
        browser.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - it wants a function
        page = browser.new_page()
        page.goto(url, wait_until="load", timeout=60_000)
        look_through(page)
        shown = {
            "title": page.title(),
            "images": page.evaluate(PICTURES),
            "facts": page.evaluate(facts),
            "version": browser.browser.version if browser.browser else "",
        }
        page.screenshot(path=screenshot, full_page=True)
        shown["requests"] = [outcome(request) for request in requests]
        browser.close()
    json.dump(shown, sys.stdout)


def look_through(page: Page) -> None:
    """To the end of the page, as a reader would, and until all that this asked for has come."""
    height = page.evaluate("() => document.documentElement.scrollHeight")
    for top in range(0, height + 1, 600):
        page.evaluate("top => window.scrollTo(0, top)", top)
        page.wait_for_timeout(50)
    page.evaluate("() => document.fonts.ready.then(() => null)")
    page.wait_for_load_state("networkidle", timeout=30_000)


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
