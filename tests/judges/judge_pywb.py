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
from urllib.parse import quote, urlsplit

import pytest

from archive.urls import surt
from tests.hostile.answers import ROWS, answer_to
from tests.judges.programs import pywb
from tests.judges.samples import Row, answers

SAFE = ":/?#[]@!$&'()*+,;=%~"
# What pywb gives no answer of, or other bytes, by the name of the answer in the hostile web. Where warcio, with which
# it reads, gives another payload too, that stands with the answers. Ours are right in the record.
CANNOT = {
    "204-with-a-body": "its server refuses to send a body with 204",
    "304-with-a-body": "nor with 304",
    "bare-returns": "its server refuses a header with CR in it",
    "chunked-behind-a-tab": "leaves the chunks in",
    "icy": "takes no status line but HTTP's",
    "reason-glued-on": "wants a blank behind the status",
}


@pytest.fixture(scope="session")
def port(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """pywb, serving it."""
    with pywb(collection, tmp_path_factory.mktemp("pywb")) as port:
        yield port


@pytest.fixture(scope="session")
def rows(collection: Path) -> list[Row]:
    """Its captures."""
    return answers(collection)


def get(port: int, path: str) -> tuple[int, bytes]:
    """The status and the body with its content coding, by HTTP/1.0: no chunks, and no limit to the header lines."""
    request = (
        f"GET {quote(path, safe=SAFE)} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def test_every_capture_replays(rows: list[Row], port: int) -> None:
    """Asked for by its own time and as it is (`id_`), each gives the payload we hold, and its status; revisits too.

    To pywb two addresses of one SURT are one, and so are two answers within a second: any of them is right.
    """
    right = defaultdict(set)
    for row in rows:
        right[surt(row.url), row.stamp].add((200 if row.kind == "revisit" else row.status, row.sha256))
    wrong = {}
    for row in rows:
        status, body = get(port, f"/c/{row.stamp}id_/{row.url}")
        if (status, hashlib.sha256(body).hexdigest()) not in right[surt(row.url), row.stamp]:
            wrong[row.url, row.stamp] = (status, row.status, body[:80])
    assert {key: why for key, why in wrong.items() if why_pywb_cannot(key[0]) is None} == {}


def why_pywb_cannot(url: str) -> str | None:
    """The reason for which pywb gives other bytes, or none; None if it should give ours."""
    name = "trailers" if urlsplit(url).hostname == "wire.test" else url.rpartition("/")[2]  # all its articles have some
    if name in ROWS and answer_to(name, "http").warcio is not None:
        return "as warcio"
    return CANNOT.get(name)


def test_revisits_are_among_them(rows: list[Row], collection: Path) -> None:
    """Of an answer that says nothing changed, or of one that brought the same bytes again."""
    statuses = {row.status for row in rows if row.kind == "revisit"}
    assert (304 if (collection / "pages").exists() else 200) in statuses


def test_the_cdx_server_and_timemaps_list_every_capture(rows: list[Row], port: int) -> None:
    """Each URL's captures, all of them, with their times."""
    stamps = defaultdict(list)
    for row in rows:
        stamps[surt(row.url)].append(row.stamp)
    for url in {row.url for row in rows}:
        expected = sorted(stamps[surt(url)])
        status, listed = get(port, f"/c/cdx?url={quote(url, safe='')}&output=json")
        assert (status, [json.loads(line)["timestamp"] for line in listed.splitlines()]) == (200, expected), url
        status, links = get(port, f"/c/timemap/link/{url}")
        assert (status, re.findall(r"/c/(\d{14})/.*rel=\"memento\"", links.decode())) == (200, expected), url
