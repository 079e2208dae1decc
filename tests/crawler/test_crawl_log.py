"""crawl.log."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.keeper import Kept, Submission, Text
from archive.model import (
    Capture,
    Context,
    Exchange,
    LinkKind,
    LinkStage,
    NewLink,
    Reason,
    RecordKind,
    RecordRef,
    Resource,
    Settlement,
    Tls,
    Truncation,
)
from crawler.crawl_log import crawl_log_line

BEGAN = datetime(2026, 11, 22, 13, 59, 59, 667999, tzinfo=UTC)
URL = "http://courier.test/2016/03/bridge.html"
ANSWER = Exchange(
    url=URL, started_at=BEGAN, duration_ms=456, request=b"GET / HTTP/1.1\r\n\r\n",
    response_head=b"HTTP/1.1 200 OK\r\n\r\n", body_length=5120, status=200, mime="text/html", ip="127.0.0.3",
    payload_sha1="sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
)  # fmt: skip
SILENCE = Exchange(url=URL, started_at=BEGAN, duration_ms=30_000, request=b"", error=Reason.TIMEOUT)
CONTEXT = Context(via="http://archive.test/news/2016/03/12/a.md", hops="PC")
CAPTURE = Capture(
    record_id="urn:uuid:1", kind=RecordKind.RESPONSE, url=URL, at=BEGAN, status=200, mime="text/html",
    payload_sha1=None, payload_sha256=None, payload_length=5120,
    where=RecordRef(warc="w.warc.gz", offset=1234, length=2000),
)  # fmt: skip


def settled(reason: Reason, stage: LinkStage = LinkStage.DONE, to: str | None = None) -> Settlement:
    """A settlement of link 1."""
    target = NewLink(url=to, kind=LinkKind.CITATION) if to else None
    return Settlement(link_id=1, stage=stage, reason=reason, at=BEGAN, redirect_to=target)


def line(
    exchange: Exchange | None,
    settlement: Settlement | None = None,
    capture: Capture | None = None,
    *,
    url: str | None = None,
) -> list[str]:
    """The fields of the line."""
    submission = Submission(exchange=exchange, context=CONTEXT, settlement=settlement)
    text = crawl_log_line(Kept(submission=submission, capture=capture), url=url)
    assert text is not None
    return text.split()


def test_a_kept_answer_has_heritrix_columns() -> None:
    """Twelve fields in Heritrix's order and spelling."""
    submission = Submission(exchange=ANSWER, context=CONTEXT, settlement=settled(Reason.OK))
    assert crawl_log_line(Kept(submission=submission, capture=CAPTURE)) == (
        "2026-11-22T14:00:00.123Z   200       5120 http://courier.test/2016/03/bridge.html PC "
        "http://archive.test/news/2016/03/12/a.md text/html #000 20261122135959667+456 "
        "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ - ok,ip:127.0.0.3,warcFile:w.warc.gz,warcFileOffset:1234"
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Reason.DNS_GONE, "-1"), (Reason.DNS_TEMP, "-1"), (Reason.CONN_REFUSED, "-2"), (Reason.CONN_RESET, "-3"),
        (Reason.TIMEOUT, "-4"), (Reason.INTERNAL_ERROR, "-5"), (Reason.REFUSED_ADDRESS, "-5001"),
    ],
)  # fmt: skip
def test_what_never_answered_has_a_negative_status(error: Reason, status: str) -> None:
    """Heritrix's numbers; no size, no type, no digest."""
    fields = line(replace(SILENCE, error=error), settled(error, LinkStage.FAILED))
    assert (fields[1], fields[2], fields[6], fields[9]) == (status, "-", "-", "-")
    assert fields[11] == error.value


def test_an_answer_that_was_cut_off_keeps_its_status() -> None:
    """What came is logged as it came, the fault as annotation."""
    cut = replace(ANSWER, truncated=Truncation.DISCONNECT, error=Reason.TRUNCATED)
    fields = line(cut, settled(Reason.TRUNCATED, LinkStage.PENDING))
    assert fields[1] == "200"
    assert fields[11] == "truncated,tryAgain,truncated:disconnect,ip:127.0.0.3"


@pytest.mark.parametrize(
    ("reason", "status"),
    [(Reason.ROBOTS_EXCLUDED, "-9998"), (Reason.MALFORMED_URL, "-7"), (Reason.REFUSED_ADDRESS, "-5001"),
     (Reason.TIMEOUT, "-61"), (Reason.INTERNAL_ERROR, "-5")],
)  # fmt: skip
def test_a_link_that_was_never_asked_for(reason: Reason, status: str) -> None:
    """Excluded ones have the rule's number; those whose robots.txt did not come, that of a failed prerequisite."""
    fields = line(None, settled(reason, LinkStage.FAILED), url=URL)
    assert len(fields) == 12
    assert (fields[1], fields[3], fields[8]) == (status, URL, "-")


def test_redirects_revisits_and_certificates_are_annotated() -> None:
    """Where it leads, what it stands for, and that nobody vouched for the server."""
    tls = Tls(version="tls/1.3", cipher="TLS_AES_128_GCM_SHA256", verified=False, problem="expired")
    fields = line(
        replace(ANSWER, status=302, tls=tls, ip=None),
        settled(Reason.MOVED, to="http://courier.test/a b,c"),
        replace(CAPTURE, kind=RecordKind.REVISIT),
    )
    assert fields[11].split(",")[:4] == [
        "moved",
        "to:http://courier.test/a%20b%2Cc",
        "unverifiedCertificate",
        "duplicate:digest",
    ]


def test_pages_from_disk_and_texts_are_no_attempts() -> None:
    """Nothing was fetched, so nothing is logged."""
    resource = Resource(uri="urn:sourcekeep:page:x", mime="text/markdown", payload=b"", at=BEGAN)
    text = Text(uri="urn:sourcekeep:event:x", mime="application/json", payload=b"{}")
    for submission in (
        Submission(resource=resource),
        Submission(metadata=text),
        Submission(settlement=settled(Reason.OK)),
    ):
        assert crawl_log_line(Kept(submission=submission, capture=None)) is None


@given(st.text(min_size=1, max_size=40), st.text(max_size=40), st.text(max_size=10), st.text(max_size=10))
def test_hostile_fields_stay_fields(url: str, via: str, mime: str, location: str) -> None:
    """Twelve fields on one line, whatever the web puts into URLs, referrers, types and redirects."""
    submission = Submission(
        exchange=replace(ANSWER, url=url, mime=mime),
        context=Context(via=via, hops="PC"),
        settlement=settled(Reason.MOVED, to=location or None),
    )
    text = crawl_log_line(Kept(submission=submission, capture=CAPTURE))
    assert text is not None
    assert len(text.split()) == 12
    assert len(text.splitlines()) == 1
    assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]+", text)
    text.encode("utf-8")
