"""Packages as others take them: bagit, sha256sum, fastwarc, cdxj-indexer, py-wacz's validator and pywb.

Run by `make judges`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

import pytest

from archive.reader import Record, read_records
from archive.urls import surt
from tests.end_to_end.command import report_of, sourcekeep
from tests.judges.judge_pywb import SAFE, get, why_pywb_cannot
from tests.judges.judge_warcs import DIGESTS, agrees, fastwarc_cannot, places
from tests.judges.programs import JUDGES, judge, pywb, run
from tests.judges.samples import answers


@pytest.fixture(scope="session")
def package(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of the collection, in several WARCs, and as WACZ."""
    folder = tmp_path_factory.mktemp("package") / "bag"
    flags = ("--all", "--wacz", "--sha512", "--max-warc-size", "100K")
    said = report_of(sourcekeep("export", "package", *flags, "-c", collection, "-o", folder, "--json"))
    assert (said["problems"], said["lost"]) == ([], 0)
    return folder


@pytest.fixture(scope="session")
def warcs(package: Path) -> list[Path]:
    """Its WARCs."""
    return sorted((package / "data" / "warcs").iterdir())


@pytest.fixture(scope="session")
def records(warcs: list[Path]) -> dict[Path, dict[str, Record]]:
    """The records of each, as our own reader has them: a warcinfo record may be in several."""
    return {warc: {record.record_id: record for record in read_records(warc)} for warc in warcs}


def test_it_is_a_bag(package: Path) -> None:
    """bagit and the digest programs of every system find each file as it was."""
    run(sys.executable, "-m", "bagit", "--validate", package)
    for name in ("sha256", "sha512"):
        manifests = (f"manifest-{name}.txt", f"tagmanifest-{name}.txt")
        run("/bin/sh", "-c", 'cd "$0" && exec "$@"', package, f"{name}sum", "--quiet", "--strict", "-c", *manifests)


def test_fastwarc_finds_every_digest_right(records: dict[Path, dict[str, Record]]) -> None:
    """Every record at its place, every block digest right, and the payloads are those our digests are of."""
    for warc, own in records.items():
        said = [json.loads(line) for line in judge("python", DIGESTS, warc).stdout.splitlines()]
        assert {row["id"]: row["offset"] for row in said} == places(own)
        assert [row["id"] for row in said if row["block"] is not True and own[row["id"]].kind != "warcinfo"] == []
        wrong = [own[row["id"]] for row in said if not agrees(own[row["id"]], row["payload"])]
        assert [record.url for record in wrong if not fastwarc_cannot(record)] == []


def test_the_indexer_makes_its_index(package: Path) -> None:
    """cdxj-indexer's lines are those of data/indexes, byte for byte."""
    theirs = judge("cdxj-indexer", "--sort", package / "data" / "warcs").stdout
    assert theirs == (package / "data" / "indexes" / "index.cdxj").read_text()


def test_its_wacz_is_valid(package: Path) -> None:
    """`wacz validate`."""
    said = judge("wacz", "validate", "-f", package / "data" / "wacz" / "package.wacz")
    assert "Validation succeeded" in said.stdout


def test_pywb_takes_it_in(collection: Path, warcs: list[Path], tmp_path: Path) -> None:
    """`wb-manager add`, as its README says: every capture that pywb can show is shown, byte for byte."""
    manager = JUDGES / "bin" / "wb-manager"
    for command in (["init", "c"], ["add", "c", *map(str, warcs)]):
        run("/bin/sh", "-c", 'cd "$0" && exec "$@"', tmp_path, manager, *command)
    right = defaultdict(set)
    rows = [row for row in answers(collection) if row.status == 200]
    for row in rows:
        right[surt(row.url), row.stamp].add(row.sha256)
    with pywb(tmp_path / "collections" / "c", tmp_path / "pywb") as port:
        given = {(row.url, row.stamp): get(port, f"/c/{row.stamp}id_/{quote(row.url, safe=SAFE)}") for row in rows}
    wrong = {
        url
        for (url, stamp), (status, body) in given.items()
        if status != 200 or hashlib.sha256(body).hexdigest() not in right[surt(url), stamp]
    }
    assert {url for url in wrong if why_pywb_cannot(url) is None} == set()


def test_it_becomes_a_collection_again(package: Path, tmp_path: Path) -> None:
    """`import` and `verify` are content, and the ledger is the package's, row by row."""
    report_of(sourcekeep("import", package, "-c", tmp_path / "c", "--json"))
    assert sourcekeep("verify", "-c", tmp_path / "c").returncode == 0
    done = sourcekeep("export", "csv", "citations", "-c", tmp_path / "c")
    theirs = (package / "data" / "metadata" / "citations.csv").read_bytes().decode()
    places_apart = {"state", "since"}  # a crawl enrols links only once it ends
    ours, before = ([*csv.DictReader(text.splitlines())] for text in (done.stdout, theirs))
    assert [_without(row, places_apart) for row in ours] == [_without(row, places_apart) for row in before]


def _without(row: dict[str, str], names: set[str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in names}
