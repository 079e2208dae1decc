"""What a check of a link can come to: the closed list of states, and the evidence for one (pure).

One check gives one verdict, a value with its proof. It is a fact about one moment; whether a link is dead is an opinion
drawn from several of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VerdictClass(StrEnum):
    """What a state means for the link."""

    ALIVE = "alive"
    CHANGED = "changed"  # an answer, and it says something else
    DEAD = "dead"
    FAILING = "failing"  # nothing came this time
    UNSURE = "unsure"  # somebody keeps us out: says nothing of the link
    INVALID = "invalid"  # no address at all


class VerdictState(StrEnum):
    """What one check found. The class follows from it."""

    OK = "ok"
    OK_INSECURE = "ok_insecure"  # the certificate is bad, the text is ours
    MOVED = "moved"  # permanently, and the text is ours
    PAYWALLED = "paywalled"
    CONTENT_DRIFTED = "content_drifted"
    GONE = "gone"
    SOFT_404 = "soft_404"
    MOVED_TO_HOME = "moved_to_home"
    PARKED = "parked"
    DNS_GONE = "dns_gone"
    DNS_TEMP = "dns_temp"
    CONN_REFUSED = "conn_refused"
    CONN_RESET = "conn_reset"
    TIMEOUT = "timeout"
    TLS_ERROR = "tls_error"
    PROTOCOL_ERROR = "protocol_error"
    TRUNCATED = "truncated"
    REDIRECT_LOOP = "redirect_loop"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    EMPTY = "empty"
    ROBOTS_EXCLUDED = "robots_excluded"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    LOGIN_REQUIRED = "login_required"
    LEGAL_BLOCK = "legal_block"
    GEO_BLOCKED = "geo_blocked"
    PAYMENT = "payment"
    UNREACHABLE = "unreachable"  # our network has no way there
    REFUSED_ADDRESS = "refused_address"  # our guard's word, not the server's
    INTERNAL_ERROR = "internal_error"  # a fault of ours
    MALFORMED_URL = "malformed_url"
    UNSUPPORTED_SCHEME = "unsupported_scheme"

    @property
    def verdict_class(self) -> VerdictClass:
        """What the state means for the link."""
        return _CLASSES[self]


_OF_CLASS = {
    VerdictClass.ALIVE: ("ok", "ok_insecure", "moved", "paywalled"),
    VerdictClass.CHANGED: ("content_drifted",),
    VerdictClass.DEAD: ("gone", "soft_404", "moved_to_home", "parked", "dns_gone"),
    VerdictClass.FAILING: (
        "dns_temp", "conn_refused", "conn_reset", "timeout", "tls_error", "protocol_error", "truncated",
        "redirect_loop", "client_error", "server_error", "empty",
    ),
    VerdictClass.UNSURE: (
        "robots_excluded", "rate_limited", "blocked", "login_required", "legal_block", "geo_blocked", "payment",
        "unreachable", "refused_address", "internal_error",
    ),
    VerdictClass.INVALID: ("malformed_url", "unsupported_scheme"),
}  # fmt: skip
_CLASSES = {VerdictState(state): each for each, states in _OF_CLASS.items() for state in states}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a verdict is what it is: the rule that fired and what it measured."""

    rule: str  # its name in crawler.verdict
    words: tuple[str, ...] = ()  # found in the answer: a phrase, a marker, a header
    numbers: tuple[tuple[str, float], ...] = ()  # measured: ("containment", 0.82)
    record_id: str | None = None  # of the answer
    compared_with: str | None = None  # record id of our copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check came to."""

    state: VerdictState
    evidence: Evidence

    @property
    def verdict_class(self) -> VerdictClass:
        """What the state means for the link."""
        return self.state.verdict_class
