"""The stage that reads articles: each capture gets a finding, however hostile its page."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from archive.errors import DamagedRecord
from archive.extract import Extracted, Finding, Payload, extract, is_readable
from archive.model import Capture, Reason, RecordKind, RecordRef, Truncation
from archive.workers import Workers

SECONDS = 6.0
PARAGRAPH = "<p>The town council voted to repair the old bridge before the winter floods return to the valley.</p>"
ARTICLE = f"""<html lang="en"><head><title>Bridge to be repaired</title><meta name="author" content="Anna Holt">
    <meta property="article:published_time" content="2016-02-03"></head><body><article>{PARAGRAPH * 6}</article></body>
    </html>""".encode()
CHINESE = (
    "<html><head><meta charset='gbk'><title>老桥将修复</title></head><body><h1>老桥将修复</h1><div>2016年2月3日</div>"
    + "<p>市议会星期三表决通过了修复老桥的方案,工程将在冬季洪水到来之前开始。</p>" * 6
    + "</body></html>"
).encode("gbk")

NESTED = b"<html><body>" + b"<div>" * 200_000 + b"x" + b"</div>" * 200_000 + b"</body></html>"
ATTRIBUTES = b"<html><body><p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x</p></body></html>"
LINKS = b"<html><body>" + b"".join(b"<a href=/%d>link %d</a>" % (n, n) for n in range(500_000)) + b"</body></html>"
LAUGHS = (
    b"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY l0 'lol'>"
    + b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><html xmlns='http://www.w3.org/1999/xhtml'><body><p>&l11;</p></body></html>"
)
TITLE = (
    b"<html><head><title>" + b"T" * 5_000_000 + b"</title></head><body>" + PARAGRAPH.encode() * 6 + b"</body></html>"
)


def open_payload(folder: Path, content_type: str, encoding: str | None, capture: Capture) -> Payload:
    """What the archive's reader does, over plain files."""
    if capture.where.warc == "damaged":
        raise DamagedRecord("damaged:7: no record\nhere")
    if capture.where.warc == "unopened":  # as archive.reader says it
        raise DamagedRecord("unopened: cannot be opened") from OSError(5, "Input/output error")
    body = (folder / capture.where.warc).open("rb")
    return Payload(body=body, content_type=content_type, content_encoding=encoding)


def capture_of(name: str, **changes: object) -> Capture:
    capture = Capture(
        record_id=f"urn:uuid:{hashlib.md5(name.encode()).hexdigest()}", kind=RecordKind.RESPONSE,
        url=f"https://paper.test/{name}", at=datetime(2016, 2, 5, tzinfo=UTC), status=200, mime="text/html",
        payload_sha1=None, payload_sha256=None, payload_length=1, where=RecordRef(warc=name, offset=0, length=1),
    )  # fmt: skip
    return replace(capture, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(processes=1, seconds=SECONDS) as pool:
        yield pool


Run = Callable[..., dict[str, Extracted]]


@pytest.fixture
def run(workers: Workers, tmp_path: Path) -> Run:
    """Extract pages given by name; what was found, by name."""

    def run_on(content_type: str = "text/html", encoding: str | None = None, **pages: bytes) -> dict[str, Extracted]:
        for name, body in pages.items():
            (tmp_path / name).write_bytes(body)
        found: dict[str, Extracted] = {}
        read = partial(open_payload, tmp_path, content_type, encoding)
        extract(
            map(capture_of, pages),
            read=read,
            keep=lambda extracted: found.update({extracted.capture.where.warc: extracted}),
            workers=workers,
        )
        return found

    return run_on


def test_articles_in_english_and_chinese(run: Run) -> None:
    """Text, title, author, day and language come out; a page met twice is read twice."""
    found = run(english=ARTICLE, chinese=CHINESE, again=ARTICLE)
    english, chinese = found["english"].article, found["chinese"].article

    assert english is not None
    assert (english.title, english.author, english.published) == ("Bridge to be repaired", "Anna Holt", "2016-02-03")
    assert "winter floods" in english.text
    assert chinese is not None
    assert (chinese.title, chinese.published, chinese.language) == ("老桥将修复", "2016-02-03", "zh")
    assert found["again"].article == english


@pytest.mark.parametrize(
    ("page", "findings"),
    [
        (NESTED, {Finding.NO_TEXT, Finding.TIMED_OUT, Finding.CRASHED}),
        (ATTRIBUTES, {Finding.TIMED_OUT, Finding.NO_TEXT}),
        (LINKS, {Finding.TIMED_OUT, Finding.OUT_OF_MEMORY}),
        (LAUGHS, {Finding.READ, Finding.NO_TEXT}),
        (TITLE, {Finding.READ}),
        (b"", {Finding.NO_TEXT}),
        (b"\x00" * 5_000, {Finding.NO_TEXT}),
        (bytes(range(256)) * 5_000, {Finding.NO_TEXT}),
        (b"+ADw-html+AD4-" + ARTICLE, {Finding.READ}),
    ],
    ids=["nested", "attributes", "links", "laughs", "title", "empty", "nul", "junk", "utf-7"],
)
def test_a_hostile_page_costs_only_itself(run: Run, page: bytes, findings: set[Finding]) -> None:
    """Within the time limit it has a finding, and the pages around it their articles."""
    started = time.monotonic()
    found = run(before=ARTICLE, hostile=page, after=ARTICLE)

    assert time.monotonic() - started < SECONDS + 30  # unkilled it would be minutes
    assert found["hostile"].finding in findings
    assert found["hostile"].why.isprintable()
    assert found["before"].finding is found["after"].finding is Finding.READ


def test_codings_come_off(run: Run) -> None:
    """gzip is undone; a bomb stops at the limit; what cannot be undone is named."""
    bomb = gzip.compress(ARTICLE[:-20] + bytes(1 << 25))
    found = run(encoding="gzip", page=gzip.compress(ARTICLE), bomb=bomb, short=gzip.compress(ARTICLE)[:-4])
    assert found["page"].finding is Finding.READ
    assert not found["page"].cut
    assert found["bomb"].cut
    assert found["short"].cut
    assert run(encoding="zstd", other=ARTICLE)["other"].finding is Finding.UNSUPPORTED_CODING


def test_types_without_text_are_settled_unread(tmp_path: Path, workers: Workers) -> None:
    """A PDF gets its finding without anybody opening it; captures that are no whole answers get none."""
    captures = [
        capture_of("a.pdf", mime="application/pdf"),
        capture_of("b", status=404),
        capture_of("c", truncated=Truncation.LENGTH),
        capture_of("d", status=None, error=Reason.TIMEOUT),
        capture_of("e", kind=RecordKind.REVISIT),
    ]
    found: list[Extracted] = []
    seen: list[Extracted] = []
    read = partial(open_payload, tmp_path, "", None)
    summary = extract(captures, read=read, keep=found.append, workers=workers, progress=seen.append)

    assert [(each.finding, each.why) for each in found] == [(Finding.UNSUPPORTED_TYPE, "application/pdf")]
    assert seen == found
    assert summary.findings == {Finding.UNSUPPORTED_TYPE: 1}
    assert (summary.total, summary.passed_over, summary.characters) == (1, 4, 0)
    assert not any(map(is_readable, captures[1:]))


def test_a_record_that_cannot_be_read(tmp_path: Path, workers: Workers) -> None:
    """A damaged one is a finding, told on one line; what the disk refuses is told, and left to be tried again."""
    (tmp_path / "good").write_bytes(ARTICLE)
    (tmp_path / "refused").mkdir()
    kept: dict[str, Extracted] = {}
    told: dict[str, Extracted] = {}
    extract(
        [capture_of("damaged"), capture_of("refused"), capture_of("unopened"), capture_of("good")],
        read=partial(open_payload, tmp_path, "text/html", None),
        keep=lambda extracted: kept.update({extracted.capture.where.warc: extracted}),
        progress=lambda extracted: told.update({extracted.capture.where.warc: extracted}),
        workers=workers,
    )
    assert kept.keys() == {"damaged", "good"}
    assert kept["damaged"].finding is Finding.UNREADABLE
    assert kept["damaged"].finding.failed
    assert kept["damaged"].why == "DamagedRecord: damaged:7: no record here"
    assert kept["good"].finding is Finding.READ
    assert told["refused"].finding is told["unopened"].finding is Finding.OUT_OF_REACH
    assert "Is a directory" in told["refused"].why


def test_a_fault_of_the_keeper_stops_the_stage(tmp_path: Path, workers: Workers) -> None:
    """A full disk is the caller's business, at once; the pool can be used again."""
    (tmp_path / "good").write_bytes(ARTICLE)

    def keep(_: Extracted) -> None:
        raise OSError(28, "No space left on device")

    read = partial(open_payload, tmp_path, "text/html", None)
    with pytest.raises(OSError, match="No space"):
        extract([capture_of("good")] * 9, read=read, keep=keep, workers=workers)
    assert extract([capture_of("good")], read=read, keep=lambda _: None, workers=workers).total == 1


def test_the_text_has_a_name_of_its_own() -> None:
    """The conversion's URI is a urn, so that replay never takes it for the page."""
    capture = replace(capture_of("x"), record_id="urn:uuid:6f1c9a00-0000-4000-8000-000000000001")
    extracted = Extracted(capture=capture, finding=Finding.NO_TEXT)
    assert extracted.text_uri == "urn:sourcekeep:text:6f1c9a00-0000-4000-8000-000000000001"
