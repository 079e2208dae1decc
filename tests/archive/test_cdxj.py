"""The index: its lines against cdxj-indexer, its merge against sorting."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from cdxj_indexer.main import CDXJIndexer
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import cdxj
from archive.errors import StorageError
from archive.model import Context, Reason, Resource
from tests.archive.exchanges import AT, failed_exchange, make_exchange, make_writer


def by_the_indexer(folder: Path) -> bytes:
    """What cdxj-indexer makes of a folder of WARCs."""
    command = [sys.executable, "-m", "cdxj_indexer.main", "--sort", str(folder)]
    return subprocess.run(command, capture_output=True, check=True).stdout


HEADS = [
    b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/html; charset=x\r\ncontent-type: text/b\r\n\r\n",
    b"HTTP/1.0 301 Moved: there \r\nX-Content-Type: a/b\r\nCONTENT-TYPE:text/plain  \r\n\r\n",
    b"HTTP/1.1 404\r\nX: Content-Type: a/b\r\n\r\n",
    b"HTTP/1.1 500 \r\nContent-Type: \r\n\r\n",
    b"HTTP/1.1 200OK\r\nContent-Type: a/b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML;charset=x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type:\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: ;\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain x\r\ncontent-type: text/html\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type : text/plain\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nContent-Type:\r\n text/folded\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: 1\r\n \r\nContent-Type: text/behind-a-blank-line\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\xa0\r\nContent-Type: text/behind-a-blank-line\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Type: text/lf-only\n\n",
    b"HTTP/1.1 404\r\n\r\n",
    b"HTTP/1.1  404  Not Found\r\n\r\n",
    b"HTTP/1.1\t200\tOK\r\nContent-Type: \xe6\x96\xb0/\xff\r\n\r\n",
    b"ICY 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n",
    b"\r\nContent-Type: text/html\r\n\r\n",
    b"nonsense",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Cut: of",
]


def test_lines_equal_the_indexers(tmp_path: Path) -> None:
    """Whatever a head looks like, our index is what cdxj-indexer makes of the same files, byte for byte."""
    writer = make_writer(tmp_path, max_size=4000)
    for number, head in enumerate(HEADS):
        url = f"http://www.example.test/{number}?b=2&a=新"
        first = writer.write_exchange(make_exchange(b"body\r\n\r\n", head=head, url=url), Context())
        writer.write_exchange(make_exchange(b"body\r\n\r\n", head=head, url=url), Context(), refers_to=first)
        writer.rotate_if_full()
    writer.write_exchange(failed_exchange(error=Reason.DNS_GONE), Context())
    for mime in ("text/markdown", "text/x; charset=新", "", "a b", "\r\nx", "application/warc-fields"):
        writer.write_resource(Resource(uri="urn:Y:新 " + mime, mime=mime, payload=b"# hi", at=AT), Context())
        writer.write_metadata("urn:x:" + mime, mime, b"{}")
    writer.write_conversion("urn:x:text", "text/plain", b"hello", refers_to="urn:uuid:x")
    writer.close()
    index = (tmp_path / "indexes" / "index.cdxj").read_bytes()
    assert index.decode().splitlines() == by_the_indexer(tmp_path / "archive").decode().splitlines()
    assert len({json.loads(each.split(" ", 2)[2])["filename"] for each in index.decode().splitlines()}) > 3


def test_the_line_of_a_capture(tmp_path: Path) -> None:
    """A line made from a capture as the catalogue has it is the one in the index, that of a 304 among them."""
    writer = make_writer(tmp_path)
    first = writer.write_exchange(make_exchange(b"x"), Context())
    head = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    unchanged = make_exchange(head=head, status=304, mime=None, started_at=AT + timedelta(days=1))
    not_modified = writer.write_exchange(unchanged, Context(), refers_to=first)
    again = writer.write_exchange(make_exchange(b"x", url="http://a.test/"), Context(), refers_to=first)
    page = writer.write_resource(Resource(uri="urn:x:a", mime="text/markdown", payload=b"# hi", at=AT), Context())
    failed = writer.write_exchange(failed_exchange(error=Reason.DNS_GONE), Context())
    writer.close()
    lines = [cdxj.line(capture) for capture in (first, not_modified, again, page)]
    assert sorted(filter(None, lines)) == (tmp_path / "indexes" / "index.cdxj").read_text().splitlines()
    assert cdxj.line(failed) is None


LINES = st.lists(st.text(alphabet="abc ,)", max_size=6), max_size=30)


@settings(max_examples=30, deadline=None)
@given(st.lists(LINES, max_size=5))
def test_merging_is_sorting(tmp_path_factory: pytest.TempPathFactory, parts: list[list[str]]) -> None:
    """Merged part by part, in any order and twice, it is the sorted set of all lines."""
    index = tmp_path_factory.mktemp("merge") / "index.cdxj"
    for part in [*parts, *parts[:1]]:
        cdxj.merge(index, part)
    lines = sorted({line for part in parts for line in part})
    assert (index.read_text() if parts else "") == "".join(line + "\n" for line in lines)
    assert [path.name for path in index.parent.iterdir()] == (["index.cdxj"] if parts else [])


def test_write_sorted_replaces(tmp_path: Path) -> None:
    """What was there is replaced, not merged into."""
    cdxj.write_sorted(tmp_path / "x.cdxj", ["b", "a", "b"])
    cdxj.write_sorted(tmp_path / "x.cdxj", ["d", "c"])
    assert (tmp_path / "x.cdxj").read_text() == "c\nd\n"


def test_the_order_is_the_indexers(tmp_path: Path) -> None:
    """Bytes sort as cdxj-indexer sorts its strings: a line is the unit, its newline included."""
    lines = ["a) 2024 {}", "a)/b 2024 {}", "a,b) 2024 {}", "a 2024 {}"]
    cdxj.write_sorted(tmp_path / "x.cdxj", lines)
    out = tmp_path / "theirs"
    indexer = CDXJIndexer(str(out), [], sort=True)
    assert indexer.sort
    assert (tmp_path / "x.cdxj").read_text().splitlines(keepends=True) == sorted(line + "\n" for line in lines)


def test_an_index_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """A planted link in place of the index is an error, and its target is neither read nor written."""
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / "index.cdxj").symlink_to(tmp_path / "secret")
    with pytest.raises(StorageError, match=r"index\.cdxj"):
        cdxj.merge(tmp_path / "index.cdxj", ["a"])
    assert (tmp_path / "secret").read_text() == "secret\n"


def test_a_killed_merge_leaves_the_old_index(tmp_path: Path) -> None:
    """What a merge that was killed left behind is written over by the next."""
    cdxj.merge(tmp_path / "index.cdxj", ["a"])
    (tmp_path / "index.cdxj.new").write_text("half a li")
    cdxj.merge(tmp_path / "index.cdxj", ["b"])
    assert (tmp_path / "index.cdxj").read_text() == "a\nb\n"


def _merge_some(index: str, worker: int) -> None:
    for number in range(10):
        cdxj.merge(Path(index), [f"{worker} {number}"])


def test_several_processes_merge_into_one_index(tmp_path: Path) -> None:
    """Four writers that finish files at once lose no line of each other's."""
    index = tmp_path / "index.cdxj"
    processes = [get_context("spawn").Process(target=_merge_some, args=(str(index), each)) for each in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert index.read_text().count("\n") == 40


def test_a_spool_keeps_its_lines_on_the_disk(tmp_path: Path) -> None:
    """50,000 lines of 250 characters take a few MB of memory, come back in order, and leave no file."""
    spool = cdxj.Spool(tmp_path / "x.cdxj.open")
    tracemalloc.start()
    for number in range(50_000):
        spool.add([f"{number:0250d}"])
    assert sum(1 for _ in spool.lines()) == 50_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000
    assert [int(line) for line in spool.lines()] == list(range(50_000))
    spool.remove()
    assert list(tmp_path.iterdir()) == []
