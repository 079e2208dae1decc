"""What other people's clients make of our APIs, and a real browser of our replay. Run by `make judges`."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.collection import Collection
from crawler.web.assets import FILES, VERSION
from tests.end_to_end.command import PROJECT, environment
from tests.judges.interface_sample import ATTACK, OTHER, PAGE, SECRET, STAMP, attack, build
from tests.judges.programs import JUDGES, bare_environment, free_port, judge, pywb, wait_for

TRIED = """async () => {
    for (let turns = 0; turns < 400 && !document.documentElement.dataset.tried; turns++)
        await new Promise(done => setTimeout(done, 50));
    return JSON.parse(document.documentElement.dataset.tried || "null");
}"""
LOOKS = """() => ({
    picture: document.getElementById("picture").naturalWidth,
    colour: getComputedStyle(document.getElementById("text")).color,
    text: document.getElementById("text").innerText,
})"""
HAS_RUN = "() => 'tried' in document.documentElement.dataset || document.title !== 'Attack'"
SEEN = {"picture": 43, "colour": "rgb(1, 2, 3)", "text": "It was opened on Wednesday."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A collection that is served under two names."""

    collection: Collection
    port: int

    @property
    def interface(self) -> str:
        """The interface's origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def replay(self) -> str:
        """The replay's origin."""
        return f"http://localhost:{self.port}"

    def shown(self, *pages: tuple[str, list[tuple[str, str]]]) -> list[dict[str, Any]]:
        """Pages of the interface in Chromium: each path, with scripts by the frame they are run in."""
        script = Path(__file__).with_name("interface_browser.py")
        asked = [{"url": f"{self.interface}{path}", "asked": scripts} for path, scripts in pages]
        hosts = [f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")]
        found: list[dict[str, Any]] = json.loads(
            judge("python", script, json.dumps({"pages": asked, "hosts": hosts})).stdout
        )
        return found


@contextmanager
def serving(folder: Path, *, with_assets: bool) -> Iterator[Site]:
    """`sourcekeep serve` over the sample, with ReplayWeb.page or without."""
    port, data = free_port(), folder / "data"
    site = Site(collection=Collection(folder / "c"), port=port)
    build(folder / "c", interface=site.interface, replay=site.replay)
    if with_assets:
        place = data / "sourcekeep" / "assets" / f"replaywebpage-{VERSION}"
        place.mkdir(parents=True)
        for name in FILES:
            (place / name).write_bytes((JUDGES / "node_modules" / "replaywebpage" / name).read_bytes())
    command = [sys.executable, "-m", "crawler", "serve", "-c", str(folder / "c"), "--port", str(port), "-q"]
    with (folder / "serve.log").open("wb") as log:
        given = {**environment(), "XDG_DATA_HOME": str(data)}
        process = subprocess.Popen(command, cwd=PROJECT, env=given, stdout=log, stderr=log)
        try:
            wait_for(port, process, folder / "serve.log")
            yield site
        finally:
            process.terminate()
            assert process.wait(20) in (0, 11), (folder / "serve.log").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Served with ReplayWeb.page."""
    with serving(tmp_path_factory.mktemp("interface"), with_assets=True) as site:
        yield site


def view(url: str, mark: str = "") -> str:
    """The path of the interface's page about a copy."""
    return f"/web/{STAMP}{mark}/{url}"


def ask(script: str, *arguments: str) -> Any:
    """What a script of the judges' Python prints as JSON."""
    return json.loads(judge("python", "-c", script, *arguments).stdout)


# --- a browser ---


def test_replaywebpage_is_what_is_pinned() -> None:
    """The digests we pin are those of the package that npm's lock has."""
    for name, digest in FILES.items():
        content = (JUDGES / "node_modules" / "replaywebpage" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest


def test_a_page_without_its_scripts(tmp_path: Path) -> None:
    """Without ReplayWeb.page a page has its picture and style from the collection, and no script of it runs."""
    with serving(tmp_path, with_assets=False) as site:
        of_page, of_attack, raw = (
            re.escape(f"{site.replay}/web/{STAMP}{each}") for each in (f"mp_/{PAGE}", f"mp_/{ATTACK}", f"id_/{ATTACK}")
        )
        page, attacked, as_it_is = site.shown(
            (view(PAGE), [(of_page, LOOKS)]),
            (view(ATTACK), [(of_attack, HAS_RUN)]),
            (view(ATTACK, "id_"), [(raw, HAS_RUN)]),
        )
    (inside,) = page["frames"]
    assert [each["facts"] for each in (*attacked["frames"], *as_it_is["frames"])] == [False, False]
    assert (inside["facts"], inside["title"]) == (SEEN, "A bridge")
    assert {each["status"] for each in page["requests"]} == {200}


def test_replay_and_what_its_scripts_reach(site: Site) -> None:
    """ReplayWeb.page shows a page as it was. A script that tries all it can reaches nothing of ours: not from the page,
    and not from the replayer's own frame, as if it had got out of the replayer altogether.
    """
    of_page, of_attack = (f"{site.replay}/replay/w/.*mp_/{re.escape(url)}" for url in (PAGE, ATTACK))
    replayer = rf"{site.replay}/replay/\?source=.*"
    escaped = f"() => {attack(site.interface, site.replay)}"
    page, attacked = site.shown(
        (view(PAGE), [(of_page, LOOKS)]), (view(ATTACK), [(of_attack, TRIED), (replayer, escaped)])
    )
    (inside,) = page["frames"]
    assert (inside["facts"], inside["title"]) == (SEEN, "Script ran")
    for frame in attacked["frames"]:
        reached = {what: came for what, came in frame["facts"].items() if is_ours(came)}
        assert reached == {}
    from_page, from_replayer = (frame["facts"] for frame in attacked["frames"])
    assert from_page["worker"].startswith("failed")
    assert {from_replayer[name] for name in ("top", "ancestors")} == {"failed: SecurityError"}
    assert from_replayer["fetch copy"].startswith("403 ")
    assert from_replayer["fetch api here"].startswith("404 ")
    assert from_replayer["worker"].startswith("failed")
    first = re.search(r"/w/(id-[0-9a-f]+)/", inside["url"])
    assert first is not None
    assert first[1] not in from_replayer["stored"]  # what was replayed before is forgotten


def is_ours(came: str) -> bool:
    """Whether something of ours is in what an attempt gave."""
    return any(mark in came for mark in (SECRET, "secret-cookie", "sourcekeep", '"digest": "sha1:', "test,news)"))


# --- APIs ---

CDX_TOOLKIT = """
import json, sys, cdx_toolkit
interface, replay = sys.argv[1:]
cdx = cdx_toolkit.CDXFetcher(source=interface + "/cdx", wb=replay + "/web")
pages = [dict(each) for each in cdx.get("http://news.test/page")]
every = list(cdx.iter("*.test", filter="=status:200", limit=100))
picture = next(each for each in every if each["mime"] == "image/png")
record = picture.fetch_warc_record()
print(json.dumps({
    "pages": pages, "urls": [each["url"] for each in every], "size": cdx.get_size_estimate("*.test", as_pages=True),
    "type": record.http_headers.get_header("Content-Type"), "picture": len(record.content_stream().read()),
}))
"""


def test_cdx_toolkit(site: Site) -> None:
    """It lists captures, goes through the pages of an answer, and fetches a copy."""
    found = ask(CDX_TOOLKIT, site.interface, site.replay)
    assert [each["timestamp"] for each in found["pages"]] == [STAMP, "20160304100000"]
    assert (len(found["urls"]), found["size"]) == (7, 1)
    assert found["type"] == "image/png"
    assert found["picture"] > 100


QUERIES = (
    "url=http://news.test/page",
    "url=http://news.test/page&output=json&limit=1&reverse=true",
    "url=http://news.test/page&closest=20160301&limit=1",
    "url=*.test&fl=url,timestamp,nothing&output=text",
    "url=news.test&matchType=host&filter=~mime:(image|text/css)&fl=url,mime",
    "url=http://news.test/p*&filter=!=status:200",
    "url=http://news.test/&matchType=prefix&from=201603&output=json&fields=url,digest",
    "url=http://nothing.test/",
    "url=x&output=xml",
    "url=x&matchType=some",
    "",
)


def test_the_cdx_server_answers_as_pywb_does(site: Site, tmp_path: Path) -> None:
    """The same lines in the same order and form, and the same complaints, from pywb over the same folder."""
    script = "import json, sys, requests\nfound = []\nfor url in sys.argv[1:]:\n    got = requests.get(url)\n"
    script += "    found.append([got.status_code, got.headers['Content-Type'].split(';')[0], got.text])\n"
    script += "print(json.dumps(found))"
    ours = ask(script, *(f"{site.interface}/cdx?{query}" for query in QUERIES))
    with pywb(site.collection.root, tmp_path) as port:
        theirs = ask(script, *(f"http://127.0.0.1:{port}/c/cdx?{query}" for query in QUERIES))
    for query, one, other in zip(QUERIES, ours, theirs, strict=True):
        assert comparable(one) == comparable(other), query


def comparable(answer: list[Any]) -> list[Any]:
    """An answer, without pywb's name for its collection, and with JSON read."""
    status, kind, text = answer
    if status != 200:
        return [status, kind, json.loads(text)]
    lines = [re.sub(r'(?:, )?"source(?:-coll)?": "[^"]*"', "", line) for line in text.splitlines()]
    return [status, kind, lines]


def test_pywb_takes_us_for_a_memento_archive(site: Site, tmp_path: Path) -> None:
    """pywb, with our TimeMaps and TimeGate as its only index, lists and replays our copies."""
    config = (
        "debug: false\nframed_replay: false\nenable_auto_fetch: false\ncollections:\n  c:\n    index:\n"
        f"      type: memento\n      timegate_url: {site.interface}/timegate/{{url}}\n"
        f"      timemap_url: {site.interface}/timemap/link/{{url}}\n"
        f"      replay_url: {site.replay}/web/{{timestamp}}id_/{{url}}\n"
    )
    port = free_port()
    (tmp_path / "config.yaml").write_text(config)
    command = [str(JUDGES / "bin" / "wayback"), "--bind", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "pywb.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=bare_environment(), stdout=log, stderr=log)
        try:
            wait_for(port, process, tmp_path / "pywb.log")
            script = "import json, sys, requests\nprint(json.dumps([requests.get(url).text for url in sys.argv[1:]]))"
            base = f"http://127.0.0.1:{port}/c"
            listed, copy, other = ask(
                script, f"{base}/cdx?url={PAGE}", f"{base}/{STAMP}id_/{PAGE}", f"{base}/{STAMP}id_/{OTHER}"
            )
        finally:
            process.terminate()
            process.wait(20)
    assert re.findall(r" (\d{14}) ", listed) == [STAMP, "20160304100000"], (tmp_path / "pywb.log").read_text()
    assert "It was opened on Wednesday." in copy
    assert SECRET in other


def test_wasapi_client(site: Site, tmp_path: Path) -> None:
    """py-wasapi-client fetches every WARC, and its own check of the digests holds."""
    script = JUDGES / "bin" / "wasapi-client"
    command = [str(script), "-b", f"{site.interface}/wasapi/v1/webdata", "-d", str(tmp_path), "-n", "-p", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=bare_environment(), timeout=60)
    assert "Failed downloads: 0" in done.stdout + done.stderr, done.stdout + done.stderr
    for path in site.collection.warcs.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
