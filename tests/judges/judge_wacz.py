"""WACZ files as others take them: py-wacz's validator, ReplayWeb.page in a browser with the network off, and pywb.

Run by `make judges`.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from archive.urls import surt
from tests.end_to_end.command import report_of, sourcekeep
from tests.judges import judge_replay
from tests.judges import page_of_everything as everything
from tests.judges.judge_pywb import SAFE, get, why_pywb_cannot
from tests.judges.judge_replaywebpage import PAYLOADS
from tests.judges.programs import JUDGES, judge, pywb, run
from tests.judges.replay import Replayed, Stage, replayed
from tests.judges.replaywebpage import FRAME, replaywebpage
from tests.judges.samples import answers
from tests.web.byte_server import ByteServer


@contextmanager
def by_wacz(wacz: Path, _: Path) -> Iterator[Stage]:
    """ReplayWeb.page over the one file."""
    with replaywebpage(wacz) as site:
        yield Stage(origin=site.origin, address=site.packaged, frame=FRAME)


def export(collection: Path, wacz: Path, *what: str) -> dict[str, object]:
    """The WACZ, written; what is said of it."""
    return report_of(sourcekeep("export", "wacz", *what, "-c", collection, "-o", wacz, "--json"))


@pytest.fixture(scope="session")
def wacz(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of the collection."""
    path = tmp_path_factory.mktemp("wacz") / "all.wacz"
    assert export(collection, path, "--all")["problems"] == []
    return path


def test_it_is_valid(wacz: Path) -> None:
    """`wacz validate`: contents, datapackage, paths, and every digest."""
    said = judge("wacz", "validate", "-f", wacz)
    assert "Validation succeeded" in said.stdout


def test_every_revisit_gives_the_payload_we_hold(collection: Path, wacz: Path, tmp_path: Path) -> None:
    """Asked for by its own URL and time and as it is (`id_`): status 200, and the bytes the catalogue has."""
    revisits = [row for row in answers(collection) if row.kind == "revisit"]
    captures = [(row.stamp, row.url) for row in revisits]
    script = PAYLOADS.replace("CAPTURES", json.dumps(captures))
    (page,) = replayed(by_wacz, wacz, [(revisits[0].url, revisits[0].stamp)], tmp_path, facts=script)
    assert dict(zip(captures, page.facts, strict=True)) == {(row.stamp, row.url): [200, row.sha256] for row in revisits}
    assert page.outside == ()


def test_pywb_takes_it_in(collection: Path, wacz: Path, tmp_path: Path) -> None:
    """`wb-manager add --unpack-wacz`: every capture that pywb can show is shown, byte for byte."""
    manager = JUDGES / "bin" / "wb-manager"
    for command in (["init", "c"], ["add", "c", str(wacz), "--unpack-wacz"]):
        run("/bin/sh", "-c", 'cd "$0" && exec "$@"', tmp_path, manager, *command)
    rows = [row for row in answers(collection) if row.status == 200]
    right = defaultdict(set)
    for row in rows:
        right[surt(row.url), row.stamp].add(row.sha256)
    with pywb(tmp_path / "collections" / "c", tmp_path / "pywb") as port:
        given = {(row.url, row.stamp): get(port, f"/c/{row.stamp}id_/{quote(row.url, safe=SAFE)}") for row in rows}
    wrong = {
        url: status
        for (url, stamp), (status, body) in given.items()
        if status != 200 or hashlib.sha256(body).hexdigest() not in right[surt(url), stamp]
    }
    assert {url for url in wrong if why_pywb_cannot(url) is None} == set()


@pytest.fixture(scope="module")
def one_event(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The page of everything, crawled, and the WACZ of the event that cites it; its URL and time."""
    folder = tmp_path_factory.mktemp("one")
    with ByteServer() as web, ByteServer("127.0.0.2") as other:
        url = everything.serve(web, other)
        judge_replay.crawl(folder, url)
    (document,) = (folder / "c" / "events").rglob("*.json")
    export(folder / "c", folder / "one.wacz", "--event", json.loads(document.read_text())["path"])
    return folder / "one.wacz", url, next(row.stamp for row in answers(folder / "c") if row.url == url)


@pytest.fixture(scope="module")
def shown(one_event: tuple[Path, str, str], tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """The page of everything, replayed out of it."""
    wacz, url, stamp = one_event
    scratch = tmp_path_factory.mktemp("shown")
    (page,) = replayed(by_wacz, wacz, [(url, stamp)], scratch, facts=judge_replay.FACTS)
    return page


def test_an_event_is_shown_whole(shown: Replayed) -> None:
    """Styles, scripts, fonts, frames and pictures came along: all but the picture that the live web lacked too."""
    assert {url.rpartition("/")[2] for url in shown.missing} == {"gone.png"}
    assert shown.outside == ()
    assert {name for name in everything.SHOWN if not shown.facts["pictures"][name]} == set()
    assert shown.facts["fonts"] == ["Letters loaded", "Other loaded"]


def test_an_event_is_valid(one_event: tuple[Path, str, str]) -> None:
    """A part of a collection is as valid as all of it."""
    assert "Validation succeeded" in judge("wacz", "validate", "-f", one_event[0]).stdout
