"""From an exchange to what the rules look at (pure), and when to ask a second time."""

from __future__ import annotations

from datetime import datetime, timedelta

from archive.http_message import Head
from archive.model import Exchange, Reason, Truncation
from crawler.politeness import Politeness, retry_after, retry_wait
from crawler.settlement import REDIRECTS
from crawler.verdict.answer import Answer, Hop

RETRIES = 2  # within one check, on resets and 5xx: 503, 503, 200 is alive
SHORT_WAIT = timedelta(seconds=10)  # a Retry-After up to which is waited out, once


def answer_of(asked: Answer, url: str, hops: tuple[Hop, ...], exchange: Exchange, head: Head | None) -> Answer:
    """`asked`, with what `url` was answered; what is in the body is still to be seen."""
    return Answer(
        url=asked.url,
        final_url=url,
        hops=hops,
        status=exchange.status,
        headers=head.headers if head is not None else (),
        mime=exchange.mime,
        payload_sha256=exchange.payload_sha256,
        payload_length=exchange.payload_length,
        error=None if _is_whole(exchange, head) else exchange.error,
        error_text=exchange.error_text,
        truncated=None if _is_whole(exchange, head) else exchange.truncated,
        tls_verified=exchange.tls.verified if exchange.tls is not None else None,
        tls_problem=exchange.tls.problem if exchange.tls is not None else None,
        expected=asked.expected,
        cookies=asked.cookies,
    )


def _is_whole(exchange: Exchange, head: Head | None) -> bool:
    """Whether a 206 is no part: nobody asked for one, nothing says which it would be, and it came to its end."""
    if exchange.status != 206 or exchange.error is not Reason.TRUNCATED:
        return False
    if exchange.truncated not in (None, Truncation.UNSPECIFIED):
        return False
    return head is not None and head.get("content-range") is None


def is_redirect(answer: Answer) -> bool:
    """Whether an answer is a redirect by its status, and says where to."""
    return answer.status in REDIRECTS and answer.header("location") is not None


def is_good(answer: Answer) -> bool:
    """Whether an answer claims to be the page, whole."""
    good = answer.status is not None and 200 <= answer.status < 300 and answer.status != 206
    return good and answer.truncated is None and answer.error is None


def wants_to_wait(exchange: Exchange, now: datetime) -> datetime | None:
    """Until when the server wants to be left alone."""
    return retry_after(exchange.retry_after, now) if exchange.status in (429, 503) else None


def pause_before_retry(
    exchange: Exchange, *, tries: int, waited: bool, now: datetime, policy: Politeness
) -> float | None:
    """Seconds after which to ask once more, `tries` times asked already; None to take the answer as it is.

    `waited`: a Retry-After was waited out before, and is not another time.
    """
    until = wants_to_wait(exchange, now)
    if until is not None:
        return max(0.0, (until - now).total_seconds()) if not waited and until - now <= SHORT_WAIT else None
    if tries > RETRIES:
        return None
    passing = exchange.error is Reason.CONN_RESET or (exchange.status is not None and exchange.status >= 500)
    return retry_wait(policy, tries=tries).total_seconds() if passing and exchange.status != 999 else None
