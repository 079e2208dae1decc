"""Copies that are looked at in a browser: a page with a picture, and one whose script tries all it can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.collection import Collection
from archive.keeper import Submission
from archive.model import Context
from tests.archive.exchanges import make_exchange
from tests.archive.small_collection import keeping
from tests.judges.page_of_everything import picture

AT = datetime(2016, 2, 3, 10, 0, tzinfo=UTC)
STAMP = "20160203100000"
PAGE, ATTACK, OTHER, WORKER = (f"http://news.test/{name}" for name in ("page", "attack", "other", "worker.js"))
SECRET = "said in confidence"
PAGE_HTML = b"""<!doctype html><title>A bridge</title><link rel="stylesheet" href="/style.css">
<p id="text">It was opened on Wednesday.</p><img id="picture" src="/picture.png" alt="">
<script>document.title = "Script ran"</script>"""

# What an archived script might try to reach of ours; what came of each.
ATTACK_JS = """async (targets, worker, other) => {
  const tried = {};
  const silence = () => new Promise(done => setTimeout(done, 1500, "silence"));
  const attempt = async (name, work) => {
    try { tried[name] = String(await Promise.race([work(), silence()])) }
    catch (error) { tried[name] = "failed: " + (error && error.name) }
  };
  await attempt("top", () => window.top.document.title);
  await attempt("ancestors", () => {
    let found = "", at = window;
    while (at !== at.parent) { at = at.parent; found += at.document.title + at.document.cookie }
    return found;
  });
  await attempt("cookie", () => document.cookie);
  for (const [what, url] of targets) {
    const text = async answer => answer.type === "opaque" ? "opaque" : answer.status + " " + (await answer.text());
    await attempt(`fetch ${what}`, async () => text(await fetch(url)));
    await attempt(`fetch no-cors ${what}`, async () => text(await fetch(url, {mode: "no-cors"})));
    await attempt(`request ${what}`, () => new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.onload = () => done(request.status + " " + request.responseText);
      request.onerror = failed;
      request.open("GET", url);
      request.send();
    }));
  }
  await attempt("worker", async () => (await navigator.serviceWorker.register(worker, {scope: "/"})).scope);
  await attempt("stored", async () => (await indexedDB.databases()).map(each => each.name).join(" "));
  await attempt("framed", () => new Promise(done => {
    const frame = document.createElement("iframe");
    frame.onload = () => {
      try { done(frame.contentDocument.body.innerText) } catch (error) { done("failed: " + error.name) }
    };
    frame.src = other;
    document.body.append(frame);
  }));
  return tried;
}"""


def attack(interface: str, replay: str) -> str:
    """The attack as an expression, knowing where our two sites are."""
    targets = [
        ("interface", f"{interface}/"),
        ("api", f"{interface}/cdx?url=*.test"),
        ("api here", f"{replay}/cdx?url=*.test"),
        ("copy", f"{replay}/web/{STAMP}id_/{OTHER}"),
        ("page", f"{replay}/web/{STAMP}mp_/{OTHER}"),
        ("view", f"{replay}/view?url={OTHER}&ts={STAMP}&by=0"),
    ]
    given = (targets, f"{replay}/web/{STAMP}js_/{WORKER}", f"{replay}/web/{STAMP}id_/{OTHER}")
    return f"({ATTACK_JS})({', '.join(map(json.dumps, given))})"


def build(root: Path, *, interface: str, replay: str) -> Collection:
    """The collection."""
    collection = Collection(root)
    with keeping(collection) as (_, keeper):
        for submission in _submissions(interface, replay):
            keeper.put(submission)
            keeper.flush()
    return collection


def _submissions(interface: str, replay: str) -> Iterator[Submission]:
    other = f"<!doctype html><title>Other</title><p>{SECRET}</p>".encode()
    tell = "tried => { document.documentElement.dataset.tried = JSON.stringify(tried) }"
    attacking = f"<!doctype html><title>Attack</title><p>x<script>{attack(interface, replay)}.then({tell})</script>"
    kept = (
        (PAGE, PAGE_HTML, "text/html"),
        ("http://news.test/style.css", b"p { color: rgb(1, 2, 3) }", "text/css"),
        ("http://news.test/picture.png", picture(3), "image/png"),
        (ATTACK, attacking.encode(), "text/html"),
        (OTHER, other, "text/html"),
        (WORKER, b"self.addEventListener('fetch', () => {})", "text/javascript"),
    )
    for number, (url, body, kind) in enumerate((*kept, (PAGE, PAGE_HTML + b"<p>Later", "text/html"))):
        at = AT + timedelta(days=30) if number == len(kept) else AT
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        needed_by = PAGE if kind in ("text/css", "image/png") else None
        exchange = make_exchange(body, head=head, url=url, started_at=at, mime=kind)
        yield Submission(exchange=exchange, context=Context(hops="E" if needed_by else "C", page_url=needed_by))
