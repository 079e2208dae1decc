"""Fourth step, the status: what the server itself says (pure). RFC 9110 section 15."""

from __future__ import annotations

from archive.verdicts import Verdict, VerdictState
from crawler.verdict.answer import Answer, ContentKind, Match, MatchKind, PageFacts
from crawler.verdict.gates import challenge, region_named
from crawler.verdict.ruling import ruled

_UNSURE = {
    401: VerdictState.LOGIN_REQUIRED,
    402: VerdictState.PAYMENT,
    403: VerdictState.BLOCKED,
    451: VerdictState.LEGAL_BLOCK,
    999: VerdictState.BLOCKED,
}
_SMALL = 2_000  # bytes of a page on which nothing is seen
_TEXT = 50  # words of our copy, which no script wrote then; today's applications have a title before they begin


def rate_limited(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Unsure: too many requests, ours or all. Whoever checks has honoured a short Retry-After before."""
    retry_after = answer.header("retry-after")
    if answer.status == 429 or (answer.status == 503 and retry_after):
        words = (f"retry-after: {retry_after}",) if retry_after else ()
        return ruled(VerdictState.RATE_LIMITED, "rate_limited", answer, words=words, numbers=_status(answer))
    return None


def refused(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Unsure: the server keeps us out, and says nothing of the page."""
    state = _UNSURE.get(answer.status or 0)
    return ruled(state, "refused", answer, numbers=_status(answer)) if state else None


def gone(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Dead: the server knows of no such page, whatever else it sends along."""
    if answer.status not in (404, 410):
        return None
    return ruled(VerdictState.GONE, "gone", answer, numbers=_status(answer))


def client_error(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Failing: any other 4xx."""
    if answer.status is None or not 400 <= answer.status < 500:
        return None
    return ruled(VerdictState.CLIENT_ERROR, "client_error", answer, numbers=_status(answer))


def server_error(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Failing: a 5xx, or a number beyond, which no standard knows."""
    if answer.status is None or answer.status < 500:
        return None
    return ruled(VerdictState.SERVER_ERROR, "server_error", answer, numbers=_status(answer))


def not_modified(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Alive: 304, and what we hold is what the server means (RFC 9110 section 15.4.5)."""
    if answer.status != 304 or match is None or not match.same_digest:
        return None
    if answer.tls_verified is False:
        return ruled(VerdictState.OK_INSECURE, "not_modified", answer, words=(answer.tls_problem or "",), match=match)
    moved = bool(answer.hops) and all(hop.permanent for hop in answer.hops)
    state = VerdictState.MOVED if moved else VerdictState.OK
    return ruled(state, "not_modified", answer, numbers=_status(answer), match=match)


def no_way_on(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Failing: an answer that is none, 1xx; or a redirect that leads nowhere (RFC 9110 section 15.4)."""
    if answer.status is None or 200 <= answer.status < 300 or answer.status >= 400:
        return None
    location = answer.header("location")
    return ruled(
        VerdictState.PROTOCOL_ERROR,
        "no_way_on",
        answer,
        words=(f"location: {location}",) if location else (),
        numbers=_status(answer),
    )


def empty(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Failing: 204, 205, no bytes, or none that show anything; a script alone, where we hold a text."""
    if answer.status is None:
        return None
    page = answer.page
    bare = page is not None and _shows_nothing(page) and answer.payload_length <= _SMALL
    if bare and page is not None and page.scripts:
        bare = match is not None and match.kind is MatchKind.TEXT and not match.contained and match.words >= _TEXT
    if answer.status in (204, 205) or answer.payload_length == 0 or (bare and answer.kind is not ContentKind.OTHER):
        return ruled(VerdictState.EMPTY, "empty", answer, numbers=(*_status(answer), ("bytes", answer.payload_length)))
    return None


def _shows_nothing(page: PageFacts) -> bool:
    return not (
        page.words
        or page.title
        or page.pictures
        or page.links
        or page.refresh
        or page.has_text_form
        or page.has_login_form
        or page.cut
    )


def _status(answer: Answer) -> tuple[tuple[str, float], ...]:
    return (("status", answer.status or 0),)


RULES = (
    rate_limited, region_named, challenge, refused, gone, client_error, server_error, not_modified, no_way_on, empty,
)  # fmt: skip
