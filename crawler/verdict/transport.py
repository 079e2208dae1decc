"""Third step, transport: the name, the connection, TLS, the wholeness of what came (pure)."""

from __future__ import annotations

from archive.model import Reason, Truncation
from archive.verdicts import Verdict, VerdictState
from crawler.verdict.answer import Answer, Match
from crawler.verdict.ruling import ruled

_STATES = {
    Reason.REFUSED_ADDRESS: VerdictState.REFUSED_ADDRESS,
    Reason.INTERNAL_ERROR: VerdictState.INTERNAL_ERROR,
    Reason.RATE_LIMITED: VerdictState.RATE_LIMITED,
    Reason.DNS_TEMP: VerdictState.DNS_TEMP,
    Reason.UNREACHABLE: VerdictState.UNREACHABLE,
    Reason.CONN_REFUSED: VerdictState.CONN_REFUSED,
    Reason.CONN_RESET: VerdictState.CONN_RESET,
    Reason.TIMEOUT: VerdictState.TIMEOUT,
    Reason.TLS_ERROR: VerdictState.TLS_ERROR,
    Reason.PROTOCOL_ERROR: VerdictState.PROTOCOL_ERROR,
    Reason.TRUNCATED: VerdictState.TRUNCATED,
    Reason.BAD_REDIRECT: VerdictState.PROTOCOL_ERROR,
    Reason.UNSUPPORTED_SCHEME: VerdictState.PROTOCOL_ERROR,  # of a redirect's target: the URL's own is judged before
    Reason.MALFORMED_URL: VerdictState.PROTOCOL_ERROR,
    Reason.REDIRECT_LOOP: VerdictState.REDIRECT_LOOP,
    Reason.SERVER_ERROR: VerdictState.SERVER_ERROR,
}
_CUT = {Truncation.DISCONNECT: VerdictState.TRUNCATED, Truncation.UNSPECIFIED: VerdictState.TRUNCATED,
        Truncation.TIME: VerdictState.TIMEOUT}  # fmt: skip  # not LENGTH: that was our own cap


def no_such_name(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Dead: the name does not exist. Failing, if no name does: then it is our own name service."""
    if answer.error is not Reason.DNS_GONE:
        return None
    state = VerdictState.DNS_GONE if answer.control_name_resolves else VerdictState.DNS_TEMP
    return ruled(state, "no_such_name", answer, words=_said(answer))


def transport_failed(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Failing, by what went wrong; unsure, if it is our own doing. A whole refusal (4xx, 5xx) is an answer."""
    state = _STATES.get(answer.error) if answer.error is not None else None
    if state is None or (_is_refusal(answer) and state.verdict_class is not VerdictState.BLOCKED.verdict_class):
        return None
    return ruled(state, "transport_failed", answer, words=_said(answer))


def cut_short(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Failing: the body is not whole, and not because of our own cap. What a 404 says does not matter."""
    state = _CUT.get(answer.truncated) if answer.truncated is not None else None
    if state is None or _is_refusal(answer):
        return None
    return ruled(state, "cut_short", answer, words=(str(answer.truncated),))


def unverified(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Failing: nobody vouches for who answered, and the text is not ours."""
    if answer.tls_verified is not False or (match is not None and match.contained):
        return None
    return ruled(VerdictState.TLS_ERROR, "unverified", answer, words=(answer.tls_problem or "not verified",))


def nothing_came(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Unsure: neither an answer nor what went wrong. Somebody of ours forgot to say; the link is not to blame."""
    if answer.status is not None or answer.error in _STATES or answer.hops:
        return None
    return ruled(VerdictState.INTERNAL_ERROR, "nothing_came", answer)


def _is_refusal(answer: Answer) -> bool:
    return answer.status is not None and answer.status >= 400


def _said(answer: Answer) -> tuple[str, ...]:
    return (answer.error_text,) if answer.error_text else (str(answer.error),)


RULES = (no_such_name, transport_failed, cut_short, unverified, nothing_came)
