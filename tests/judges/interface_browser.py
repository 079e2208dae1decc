"""Run by the judges' Python: pages of our interface in Chromium, which reaches nothing else; prints JSON.

    python interface_browser.py '{"pages": [{"url": "...", "asked": [["frame", "script"], ...]}], "hosts": [...]}'

One page after the other in one browser. Each script is run in the frame whose URL its regular expression fits, when
that has loaded; what it gives is printed beside all that was requested meanwhile.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile

from browser import FLAGS, NOWHERE, frame_of, outcome
from playwright.sync_api import BrowserContext, Request, sync_playwright


def main() -> None:
    """All pages."""
    job = json.loads(sys.argv[1])
    flags = [flag for flag in FLAGS if not flag.startswith("--host-resolver-rules")]
    flags.append("--host-resolver-rules=MAP localhost 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
    flags += [f"--proxy-server={NOWHERE}", "--proxy-bypass-list=<-loopback>;" + ";".join(job["hosts"])]
    with tempfile.TemporaryDirectory(prefix="sourcekeep-browser-") as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), headless=True, args=flags
        )
        browser.add_cookies([{"name": "ours", "value": "secret-cookie", "url": job["pages"][0]["url"]}])
        shown = [show(browser, page["url"], page["asked"]) for page in job["pages"]]
        browser.close()
    json.dump(shown, sys.stdout)


def show(browser: BrowserContext, url: str, asked: list[list[str]]) -> dict[str, object]:
    """One page."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    browser.on("request", note)
    page = browser.new_page()
    page.goto(url, wait_until="load", timeout=60_000)
    found = []
    for frame, script in asked:
        inner = frame_of(page, frame)
        found.append({"url": inner.url, "title": inner.title(), "facts": inner.evaluate(script)})
    shown = {"title": page.title(), "frames": found, "requests": [outcome(request) for request in requests]}
    browser.remove_listener("request", note)
    page.close()
    return shown


if __name__ == "__main__":
    main()
