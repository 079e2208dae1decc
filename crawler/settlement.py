"""What one attempt makes of a link: exchange in, `Settlement` out (pure).

Status classes follow RFC 9110 section 15. Nothing here looks at content: whether a page that answers 200 is the
article is a verdict, drawn later and with evidence.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin

from archive.http_message import Head
from archive.model import Capture, Exchange, Lease, LinkKind, LinkStage, NewLink, Reason, Settlement, Truncation
from archive.urls import canonical
from crawler.guard import url_refusal
from crawler.politeness import Politeness, retry_after, retry_wait

MAX_REDIRECTS = 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_BY_STATUS = {
    204: Reason.EMPTY,
    205: Reason.EMPTY,
    401: Reason.LOGIN_REQUIRED,
    402: Reason.PAYMENT,
    403: Reason.BLOCKED,
    404: Reason.GONE,
    408: Reason.TIMEOUT,
    410: Reason.GONE,
    425: Reason.RATE_LIMITED,
    429: Reason.RATE_LIMITED,
    451: Reason.LEGAL_BLOCK,
    999: Reason.BLOCKED,
}
_BY_TRUNCATION = {
    Truncation.LENGTH: Reason.TOO_LARGE,
    Truncation.TIME: Reason.TIMEOUT,
    Truncation.DISCONNECT: Reason.TRUNCATED,
    Truncation.UNSPECIFIED: Reason.TRUNCATED,
}


def settle(lease: Lease, exchange: Exchange, *, now: datetime, policy: Politeness) -> Settlement:
    """What `exchange`, an attempt at `lease`, makes of the link."""
    if exchange.status in REDIRECTS and _has_whole_head(exchange):
        return _redirected(lease, exchange, now)
    reason = reason_of(lease, exchange)
    if not reason.temporary:
        stage = LinkStage.DONE if reason in (Reason.OK, Reason.NOT_MODIFIED) else LinkStage.FAILED
        return Settlement(
            link_id=lease.link_id,
            stage=stage,
            reason=reason,
            at=now,
            etag=exchange.etag,
            last_modified=exchange.last_modified,
        )
    hold = retry_after(exchange.retry_after, now) if exchange.status in (429, 503) else None
    return again_or_failed(lease, reason, now=now, policy=policy, hold=hold)


def settle_found(lease: Lease, capture: Capture, *, now: datetime, policy: Politeness) -> Settlement | None:
    """What a capture that a killed run left on the disk makes of its link; None for pages, which have to be read."""
    if lease.kind is LinkKind.PAGE:
        return None
    exchange = Exchange(
        url=capture.url,
        started_at=capture.at,
        duration_ms=capture.duration_ms,
        request=b"",
        status=capture.status,
        payload_length=capture.payload_length,
        location=capture.location,
        truncated=capture.truncated,
        error=capture.error,
    )
    return settle(lease, exchange, now=now, policy=policy)


def settle_again(lease: Lease, capture: Capture, head: Head | None) -> Settlement:
    """What a capture made of its link, when the catalogue is made anew from the WARCs.

    A failure for a temporary reason is one: nobody knows any more how often it was tried. The next run tries again.
    """
    exchange = Exchange(
        url=capture.url,
        started_at=capture.at,
        duration_ms=capture.duration_ms,
        request=b"",
        response_head=head.raw if head is not None else b"",
        status=capture.status,
        payload_length=capture.payload_length,
        location=capture.location,
        retry_after=head.get("retry-after") if head is not None else None,
        etag=head.get("etag") if head is not None else None,
        last_modified=head.get("last-modified") if head is not None else None,
        truncated=capture.truncated,
        error=capture.error,
    )
    return settle(lease, exchange, now=capture.at, policy=Politeness(tries=1))


def reason_of(lease: Lease, exchange: Exchange) -> Reason:
    """The reason an answer that is no redirect gives; `Reason.OK` for a whole 2xx with a body."""
    status = exchange.status
    if exchange.error is not None and (status is None or status < 400):  # a refusal says all in its first line
        return exchange.error
    if status is None:
        return Reason.PROTOCOL_ERROR
    if 200 <= status < 300 and exchange.truncated is not None:
        return _BY_TRUNCATION[exchange.truncated]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == 304:
        asked = lease.etag is not None or lease.last_modified is not None
        return Reason.NOT_MODIFIED if asked else Reason.PROTOCOL_ERROR
    if 200 <= status < 300:
        return Reason.OK if exchange.payload_length else Reason.EMPTY
    if status == 503 and exchange.retry_after is not None:
        return Reason.RATE_LIMITED
    if status >= 500:
        return Reason.SERVER_ERROR
    return Reason.BAD_REDIRECT if status >= 300 and status < 400 else Reason.CLIENT_ERROR


def _has_whole_head(exchange: Exchange) -> bool:
    """Whether the Location of a redirect is all there, whatever became of its body."""
    return exchange.error is None or exchange.response_head.endswith((b"\n\n", b"\n\r\n"))


def again_or_failed(
    lease: Lease, reason: Reason, *, now: datetime, policy: Politeness, hold: datetime | None = None
) -> Settlement:
    """A temporary failure: another try after a wait, or FAILED when the tries of this run are spent.

    `hold` is the server's Retry-After; it postpones the whole host, and the link with it even when tries are spent.
    """
    spent = lease.tries + 1 >= policy.tries
    wait_until = max(hold or now, now + retry_wait(policy, tries=lease.tries + 1))
    return Settlement(
        link_id=lease.link_id,
        stage=LinkStage.FAILED if spent else LinkStage.PENDING,
        reason=reason,
        at=now,
        not_before=hold if spent else wait_until,
        host_not_before=hold,
    )


def refused(lease: Lease, reason: Reason, *, now: datetime) -> Settlement:
    """A link that is not ours to fetch."""
    return Settlement(link_id=lease.link_id, stage=LinkStage.FAILED, reason=reason, at=now)


def _redirected(lease: Lease, exchange: Exchange, now: datetime) -> Settlement:
    target = redirect_target(lease.url, exchange.location)
    if target is None:
        return refused(lease, Reason.BAD_REDIRECT, now=now)
    if target == lease.url or lease.redirects >= MAX_REDIRECTS:
        return refused(lease, Reason.REDIRECT_LOOP, now=now)
    link = NewLink(
        url=target,
        kind=lease.kind,
        via=lease.url,
        hops=lease.hops + "R",
        redirects=lease.redirects + 1,
        role=lease.role,
        page_url=lease.page_url,
    )
    return Settlement(
        link_id=lease.link_id,
        stage=LinkStage.DONE,
        reason=Reason.MOVED,
        at=now,
        redirect_to=link,
    )


def redirect_target(url: str, location: str | None) -> str | None:
    """The canonical absolute URL a Location means (RFC 9110 section 10.2.2), or None if it is no http(s) URL."""
    if not location or not location.strip():
        return None
    try:
        target = canonical(urljoin(url, _as_sent(location.strip())))
    except ValueError:
        return None
    return None if url_refusal(target) else target


def _as_sent(location: str) -> str:
    """Many servers send raw UTF-8 in Location, which a header gives as Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location
