"""What one attempt makes of a link, rule by rule."""

from datetime import UTC, datetime, timedelta

import pytest

from archive.model import Exchange, Lease, LinkKind, LinkStage, Reason, Truncation
from crawler.politeness import Politeness
from crawler.settlement import MAX_REDIRECTS, again_or_failed, redirect_target, settle

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
POLICY = Politeness(tries=3, retry_wait=5)


def lease(url: str = "http://a.test/x", *, redirects: int = 0, tries: int = 0, etag: str | None = None) -> Lease:
    """A lease as the frontier hands it out."""
    return Lease(
        link_id=7,
        url=url,
        kind=LinkKind.CITATION,
        host="a.test",
        via=None,
        hops="C",
        redirects=redirects,
        tries=tries,
        not_before=None,
        etag=etag,
        last_modified=None,
    )


def exchange(status: int | None, **more: object) -> Exchange:
    """An answer with a body of five bytes."""
    fields: dict[str, object] = {"payload_length": 5, **more}
    return Exchange(url="http://a.test/x", started_at=NOW, duration_ms=1, request=b"", status=status, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "stage", "reason"),
    [
        (exchange(200), LinkStage.DONE, Reason.OK),
        (exchange(206), LinkStage.DONE, Reason.OK),
        (exchange(200, payload_length=0), LinkStage.FAILED, Reason.EMPTY),
        (exchange(204, payload_length=0), LinkStage.FAILED, Reason.EMPTY),
        (exchange(304), LinkStage.PENDING, Reason.PROTOCOL_ERROR),  # nobody asked on condition
        (exchange(300), LinkStage.FAILED, Reason.BAD_REDIRECT),
        (exchange(302), LinkStage.FAILED, Reason.BAD_REDIRECT),  # no Location
        (exchange(302, location="ftp://a.test/"), LinkStage.FAILED, Reason.BAD_REDIRECT),
        (exchange(302, location="/x"), LinkStage.FAILED, Reason.REDIRECT_LOOP),  # to itself
        (exchange(302, location="/y"), LinkStage.DONE, Reason.MOVED),
        (exchange(401), LinkStage.FAILED, Reason.LOGIN_REQUIRED),
        (exchange(402), LinkStage.FAILED, Reason.PAYMENT),
        (exchange(403), LinkStage.FAILED, Reason.BLOCKED),
        (exchange(404), LinkStage.FAILED, Reason.GONE),
        (exchange(410), LinkStage.FAILED, Reason.GONE),
        (exchange(418), LinkStage.FAILED, Reason.CLIENT_ERROR),
        (exchange(429), LinkStage.PENDING, Reason.RATE_LIMITED),
        (exchange(451), LinkStage.FAILED, Reason.LEGAL_BLOCK),
        (exchange(500), LinkStage.PENDING, Reason.SERVER_ERROR),
        (exchange(503), LinkStage.PENDING, Reason.SERVER_ERROR),
        (exchange(503, retry_after="9"), LinkStage.PENDING, Reason.RATE_LIMITED),
        (exchange(999), LinkStage.FAILED, Reason.BLOCKED),
        (exchange(200, truncated=Truncation.DISCONNECT), LinkStage.PENDING, Reason.TRUNCATED),
        (exchange(200, truncated=Truncation.TIME), LinkStage.PENDING, Reason.TIMEOUT),
        (exchange(200, truncated=Truncation.LENGTH), LinkStage.FAILED, Reason.TOO_LARGE),
        (exchange(404, truncated=Truncation.DISCONNECT), LinkStage.FAILED, Reason.GONE),  # dead is dead
        (exchange(404, error=Reason.TRUNCATED, truncated=Truncation.DISCONNECT), LinkStage.FAILED, Reason.GONE),
        (exchange(410, error=Reason.TIMEOUT, truncated=Truncation.TIME), LinkStage.FAILED, Reason.GONE),
        (exchange(429, error=Reason.TRUNCATED), LinkStage.PENDING, Reason.RATE_LIMITED),
        (exchange(200, error=Reason.TRUNCATED), LinkStage.PENDING, Reason.TRUNCATED),
        (exchange(204, error=Reason.TRUNCATED), LinkStage.PENDING, Reason.TRUNCATED),
        (exchange(200, truncated=Truncation.UNSPECIFIED), LinkStage.PENDING, Reason.TRUNCATED),
        (exchange(None, error=Reason.DNS_GONE), LinkStage.FAILED, Reason.DNS_GONE),
        (exchange(None, error=Reason.CONN_REFUSED), LinkStage.PENDING, Reason.CONN_REFUSED),
        (exchange(None, error=Reason.REFUSED_ADDRESS), LinkStage.FAILED, Reason.REFUSED_ADDRESS),
        (exchange(None), LinkStage.PENDING, Reason.PROTOCOL_ERROR),
    ],
)
def test_every_answer_settles_its_link(answer: Exchange, stage: LinkStage, reason: Reason) -> None:
    """One row a rule: status and transport decide, content is somebody else's business."""
    settlement = settle(lease(), answer, now=NOW, policy=POLICY)
    assert (settlement.stage, settlement.reason) == (stage, reason)


def test_a_304_to_a_conditional_request_is_good_news() -> None:
    """Asked with a validator, "not modified" means the copy we hold is still right."""
    settlement = settle(lease(etag='"v1"'), exchange(304, payload_length=0), now=NOW, policy=POLICY)
    assert (settlement.stage, settlement.reason) == (LinkStage.DONE, Reason.NOT_MODIFIED)


def test_a_redirect_gives_a_link_of_its_own() -> None:
    """Each hop is a capture of its own: the target goes to the frontier with one redirect more."""
    target = settle(lease(redirects=3), exchange(301, location="//b.test/y?z#f"), now=NOW, policy=POLICY).redirect_to
    assert target is not None
    assert (target.url, target.redirects, target.hops, target.via) == ("http://b.test/y?z", 4, "CR", "http://a.test/x")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"HTTP/1.1 301 x\r\nLocation: /y\r\n\r\n", Reason.MOVED),
        (b"HTTP/1.1 301 x\nLocation: /y\n\n", Reason.MOVED),
        (b"HTTP/1.1 301 x\r\nLocation: /y", Reason.TRUNCATED),  # /year?
        (b"HTTP/1.1 301 x\r\nLocation: /y\r\n", Reason.TRUNCATED),
    ],
)
def test_a_redirect_with_half_a_body_is_followed_if_its_head_is_whole(head: bytes, reason: Reason) -> None:
    """Nobody reads the body of a redirect; but a Location may be cut off in its middle."""
    answer = exchange(301, location="/y", error=Reason.TRUNCATED, response_head=head)
    assert settle(lease(), answer, now=NOW, policy=POLICY).reason is reason


def test_twenty_redirects_are_enough() -> None:
    """An endless chain of new addresses ends."""
    last = settle(lease(redirects=MAX_REDIRECTS), exchange(302, location="/next"), now=NOW, policy=POLICY)
    assert (last.stage, last.reason, last.redirect_to) == (LinkStage.FAILED, Reason.REDIRECT_LOOP, None)


def test_raw_utf8_in_a_location_is_what_it_looks_like() -> None:
    """Servers send UTF-8 there, headers are read as Latin-1."""
    assert redirect_target("http://a.test/", "/日".encode().decode("latin-1")) == "http://a.test/%E6%97%A5"


def test_tries_run_out() -> None:
    """The third temporary failure in one run is a failure, for the next run to try again."""
    stages = [again_or_failed(lease(tries=tries), Reason.TIMEOUT, now=NOW, policy=POLICY).stage for tries in range(3)]
    assert stages == [LinkStage.PENDING, LinkStage.PENDING, LinkStage.FAILED]


def test_retry_after_holds_the_whole_host() -> None:
    """The server's own wait goes before our back-off, also when tries are spent."""
    for tries in (0, 2):
        settlement = settle(lease(tries=tries), exchange(429, retry_after="86400"), now=NOW, policy=POLICY)
        assert settlement.host_not_before == settlement.not_before == NOW + timedelta(days=1)
