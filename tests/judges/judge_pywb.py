"""pywb over our folders, unchanged: every capture asked for by its time gives the payload the catalogue has.

Run by `make judges`.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.judges.programs import pywb
from tests.judges.samples import Row, answers, hostile, tame

SAFE = ":/?#[]@!$&'()*+,;=%~"
# What pywb gives other bytes of, or none, by the name of the answer in the hostile web.
CANNOT: dict[str, str] = {}


@pytest.fixture(scope="module", params=["tame", "hostile"])
def collection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of each kind."""
    folder = tmp_path_factory.mktemp(request.param)
    return tame(folder / "c") if request.param == "tame" else hostile(folder / "c", folder)


@pytest.fixture(scope="module")
def port(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """pywb, serving it."""
    with pywb(collection, tmp_path_factory.mktemp("pywb")) as port:
        yield port


@pytest.fixture(scope="module")
def rows(collection: Path) -> list[Row]:
    """Its captures."""
    return answers(collection)


def get(port: int, path: str) -> tuple[int, bytes]:
    """The status and the body with its content coding, by HTTP/1.0: no chunks, and no limit to the header lines."""
    request = f"GET {quote(path, safe=SAFE)} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def test_every_capture_replays(rows: list[Row], port: int) -> None:
    """Asked for by its own time and as it is (`id_`), each gives the payload we hold, and its status; revisits too."""
    right = defaultdict(set)  # two answers within a second are one to pywb
    for row in rows:
        right[row.url, row.stamp].add((200 if row.kind == "revisit" else row.status, row.sha256))
    wrong = {}
    for (url, stamp), expected in right.items():
        status, body = get(port, f"/c/{stamp}id_/{url}")
        if (status, hashlib.sha256(body).hexdigest()) not in expected:
            wrong[url, stamp] = (status, [code for code, _ in expected], body[:80])
    assert {key: why for key, why in wrong.items() if key[0].rpartition("/")[2] not in CANNOT} == {}


def test_revisits_are_among_them(rows: list[Row], collection: Path) -> None:
    """Of an answer that says nothing changed, or of one that brought the same bytes again."""
    statuses = {row.status for row in rows if row.kind == "revisit"}
    assert (304 if (collection / "pages").exists() else 200) in statuses


def test_the_cdx_server_and_timemaps_list_every_capture(rows: list[Row], port: int) -> None:
    """Each URL's captures, all of them, with their times."""
    stamps = defaultdict(list)
    for row in rows:
        stamps[row.url].append(row.stamp)
    for url, expected in stamps.items():
        status, listed = get(port, f"/c/cdx?url={quote(url, safe='')}&output=json")
        assert status == 200
        assert [json.loads(line)["timestamp"] for line in listed.splitlines()] == expected, url
        status, links = get(port, f"/c/timemap/link/{url}")
        assert status == 200
        assert re.findall(r"/c/(\d{14})mp_/.*rel=\"memento\"", links.decode()) == expected, url
