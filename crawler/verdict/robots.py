"""Second step, robots.txt: who may not look, knows nothing (pure)."""

from __future__ import annotations

from archive.model import Reason
from archive.verdicts import Verdict, VerdictState
from crawler.verdict.answer import Answer, Match, Robots
from crawler.verdict.ruling import ruled


def robots_excluded(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Unsure: the rules forbid it, or robots.txt answers 5xx (RFC 9309 section 2.3.1.4)."""
    if answer.robots is Robots.ALLOWED and answer.error is not Reason.ROBOTS_EXCLUDED:
        return None
    return ruled(VerdictState.ROBOTS_EXCLUDED, "robots_excluded", answer, words=(answer.robots,))


RULES = (robots_excluded,)
