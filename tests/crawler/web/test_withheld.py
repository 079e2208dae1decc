"""What access rules withhold is found nowhere: neither named, where it is excluded, nor told, where it is blocked."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from fastapi import FastAPI

from archive.batch import Batch
from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.collection import Collection
from archive.keeper import Submission
from archive.model import Capture, Context
from archive.run_list import runs_before
from archive.schema import captures, warcs
from archive.verdicts import Evidence
from crawler.web.served import Served
from tests.archive.check_samples import check
from tests.archive.exchanges import make_exchange
from tests.archive.small_collection import AT, PATH, URLS, fill, keeping
from tests.crawler.web.hostile_sample import client, served

INTERFACE, REPLAY = "http://127.0.0.1:8400", "http://localhost:8400"
TITLE = "The article"  # of the copy that is blocked
COPY, LATER = "http://c.test/copy", "http://c.test/later"
TOLD = "words of the excluded answer"
RULES = """test,b)/target### - {"access": "exclude"}
test,a)/article### - {"access": "block", "before": "2027"}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What everything that can be asked for came to, and which captures there are."""

    answers: dict[str, httpx.Response]
    captures: tuple[Capture, ...]
    excluded: tuple[Capture, ...]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The small collection with an exclude, a block and an embargo; checks and a report that name what is withheld."""
    made = Collection(tmp_path_factory.mktemp("withheld") / "c")
    with keeping(made) as (catalogue, keeper):
        fill(made, catalogue, keeper)
        for url, body, hours in ((COPY, b"<p>Moved here.</p>", 0), (LATER, b"<p>Of later.</p>", 2)):
            exchange = make_exchange(body, url=url, started_at=AT + timedelta(hours=hours, minutes=5))
            keeper.put(Submission(exchange=exchange, context=Context(hops="C")))
            keeper.flush()
        target, article = (catalogue.latest_capture(URLS[name]) for name in ("target", "article"))
        assert target is not None
        assert article is not None
        proof = Evidence(rule="sample", record_id=target.record_id, compared_with=article.record_id, words=(TOLD,))
        for url in (URLS["moved"], URLS["article"], LATER):
            made_check = check("ok", AT + timedelta(days=1), url)
            catalogue.commit(Batch(checks=[replace(made_check, verdict=replace(made_check.verdict, evidence=proof))]))
        with catalogue.reading() as connection:
            (run,) = runs_before(connection, None, 2)
    folder = made.runs / f"{run.started_at:%Y%m%dT%H%M%SZ}-{run.run_id}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ledger.csv").write_text(f"record_id\n{target.record_id}\n")
    (folder / "report.json").write_text(json.dumps({"last": {"record": target.record_id}}))
    (made.root / "access.aclj").write_text(RULES)
    (made.root / "embargo.json").write_text('{"after": "20261122143000"}')
    return made


@pytest.fixture(scope="module")
def app(collection: Collection) -> Iterator[FastAPI]:
    """The application over it."""
    with served(collection) as app:
        yield app


@pytest.fixture(scope="module")
def walked(app: FastAPI) -> Walked:
    """All pages, all answers for programs, all downloads."""
    kept: Served = app.state.served
    with kept.reading() as connection:
        rows = connection.execute(sa.select(*CAPTURE_COLUMNS).join_from(captures, warcs)).all()
    known = tuple(capture_from(row) for row in rows)
    excluded = tuple(
        each for each in known if each.url in (URLS["target"], LATER) or each.at > AT + timedelta(hours=0.5)
    )
    return Walked(answers=asyncio.run(_walk(app, known)), captures=known, excluded=excluded)


def _starts(known: tuple[Capture, ...]) -> Iterator[str]:
    yield from ("/", f"/event?path={quote(PATH, safe='')}", "/search?q=kept", "/search?q=moved", "/links", "/runs/1",
                "/runs/1/ledger.csv", "/runs/1/report.json", "/wasapi/v1/webdata", "/api/v1/overview")  # fmt: skip
    yield from (f"/api/v1/{name}" for name in ("events", "citations", "links", "captures", "runs"))
    yield from (f"/api/v1/captures?limit=1&cursor={number}" for number in range(len(known)))
    yield f"/api/v1/event?path={quote(PATH, safe='')}"
    yield f"/export.wacz?event={quote(PATH, safe='')}"
    yield from (f"/api/v1/search?q={word}" for word in ("kept", "moved", "later", "article"))
    yield from (f"/cdx?url={host}.test&matchType=domain{more}" for host in "abc" for more in ("", "&output=json",
                "&sort=reverse", "&filter=status:200", "&collapseTime=4", "&fl=urlkey,offset,filename"))  # fmt: skip
    for url in sorted({each.url for each in known if each.url.startswith("http")}):
        asked = quote(url, safe="")
        yield from (f"/link?url={asked}", f"/api/v1/link?url={asked}", f"/api/v1/captures?url={asked}",
                    f"/cdx?url={asked}&sort=closest&closest=20261122", f"/timegate/{url}", f"/timemap/link/{url}",
                    f"/timemap/json/{url}", f"/web/2026/{url}", f"/export.wacz?url={asked}")  # fmt: skip
    for each in known:
        yield from (f"/capture/{each.record_id}{part}" for part in ("", "/text", "/original", "/record.warc.gz",
                    "/thumbnail.jpg"))  # fmt: skip
        yield f"/api/v1/capture?record_id={each.record_id}"
        yield f"/diff?a={known[0].record_id}&b={each.record_id}"
        for mark in ("", "id_", "mp_"):
            yield f"{REPLAY}/web/{each.at:%Y%m%d%H%M%S}{mark}/{each.url}"
            yield f"/web/{each.at:%Y%m%d%H%M%S}{mark}/{each.url}"


async def _walk(app: FastAPI, known: tuple[Capture, ...]) -> dict[str, httpx.Response]:
    waiting = [urljoin(INTERFACE, each) for each in _starts(known)]
    found: dict[str, httpx.Response] = {}
    async with client(app) as web:
        while waiting:
            address = waiting.pop()
            if address in found:
                continue
            answer = found[address] = await web.get(address)
            if "html" in answer.headers.get("content-type", ""):
                waiting.extend(each for each in _links(address, answer.text) if urlsplit(each).port == 8400)
            if "location" in answer.headers:
                waiting.append(urljoin(address, answer.headers["location"]))
    return found


def _links(address: str, text: str) -> Iterator[str]:
    for each in BeautifulSoup(text, "lxml").find_all(["a", "img", "iframe"]):
        yield urljoin(address, str(each.get("href") or each.get("src") or "")).partition("#")[0]


def _told(answer: httpx.Response) -> str:
    """All that an answer says, unpacked."""
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(answer.content)) as package:
            parts = [package.read(name) for name in package.namelist()]
    else:
        parts = [answer.content]
    plain = [gzip.decompress(each) if each.startswith(b"\x1f\x8b") else each for each in parts]
    headers = (f"{name}: {value}" for name, value in answer.headers.items())
    return "\n".join([*headers, *(each.decode("utf-8", "replace") for each in plain)])


def test_nothing_names_what_is_excluded(walked: Walked) -> None:
    """No page, no answer, no download: not its record, not its place, not its time, not the words in it."""
    assert len(walked.answers) > 150
    assert len(walked.excluded) >= 3
    names = [each.record_id.removeprefix("urn:uuid:") for each in walked.excluded]
    places = [str(each.where.offset) for each in walked.excluded]
    place = re.compile(rf'(?:"offset": ?"?|offset |[.]gz )({"|".join(places)})\b')
    leaks = set()
    for address, answer in walked.answers.items():
        told = _told(answer).replace(",", "") if "html" in answer.headers.get("content-type", "") else _told(answer)
        own = [name for name in names if name in address]  # whoever knows the name may ask, and is told nothing
        if own:
            assert answer.status_code == 404, address
        leaks |= {(address, name) for name in names if name in told}
        leaks |= {(address, found[0]) for found in place.finditer(told)}
        leaks |= {(address, word) for word in (TOLD, "Of later.") if word in told}
    assert leaks == set()


def test_nothing_tells_what_is_blocked(walked: Walked) -> None:
    """There is such a copy; its title, text and payload nobody gets."""
    (blocked,) = (each for each in walked.captures if each.url == URLS["article"] and each not in walked.excluded)
    leaks = {address for address, answer in walked.answers.items() if TITLE in _told(answer)}
    assert leaks == set()
    page = walked.answers[f"{INTERFACE}/capture/{blocked.record_id}"]
    assert (page.status_code, "withhold" in page.text) == (200, True)
    parts = ("original", "record.warc.gz", "text")
    found = {walked.answers[f"{INTERFACE}/capture/{blocked.record_id}/{part}"].status_code for part in parts}
    assert found == {451}


def test_what_is_allowed_is_given_out(walked: Walked) -> None:
    """A WACZ of what is left; of what is blocked 451, of what is excluded 404. Reports of runs name every copy."""
    found = {
        name: walked.answers[f"{INTERFACE}/export.wacz?url={quote(url, safe='')}"].status_code
        for name, url in (("chunked", URLS["chunked"]), ("article", URLS["article"]), ("target", URLS["target"]))
    }
    assert found == {"chunked": 200, "article": 451, "target": 404}
    assert walked.answers[f"{INTERFACE}/export.wacz?event={quote(PATH, safe='')}"].status_code == 200
    assert {walked.answers[f"{INTERFACE}/runs/1/{name}"].status_code for name in ("ledger.csv", "report.json")} == {451}


def test_no_page_fails(walked: Walked) -> None:
    """Whatever is withheld, nothing breaks over it."""
    assert {address for address, answer in walked.answers.items() if answer.status_code >= 500} == set()


def test_rules_about_nothing(collection: Collection, tmp_path: Path) -> None:
    """A rule that no capture is below is told: whoever wrote it thinks that it withholds something."""
    rules = ("test,b)/target###", "test,b)/targe", "test,b)/targe###", "test,b", "org,b)/", "*,")
    own = Collection(tmp_path / "c")
    shutil.copytree(collection.root, own.root)
    lines = "".join(f'{key} - {{"access": "exclude"}}\n' for key in rules)
    (own.root / "access.aclj").write_text(lines)
    with served(own) as app:
        assert app.state.served.supply.idle_rules() == ["test,b)/targe###", "org,b)/"]
