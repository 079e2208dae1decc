"""One check's verdict: the rules of this package in their order, the first that fires decides (pure).

URL, robots, transport, status, redirects, content against our own copy, content by itself, content with probes. What
keeps us out is looked for before what may be dead, and our own copy before any error phrase: a page about 404s that
says what it said is alive.
"""

from __future__ import annotations

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import (
    gates,
    neighbours,
    own_copy,
    parked,
    paywall,
    redirects,
    robots,
    soft_404,
    status,
    transport,
    url,
)
from crawler.verdict.answer import Answer, Match, NeedsProbes, ProbeResult
from crawler.verdict.ruling import Rule, ruled

BEFORE_PROBES: tuple[Rule, ...] = (
    *url.RULES,
    *robots.RULES,
    *transport.RULES[:2],  # a loop ends at a redirect, which is no whole answer
    redirects.redirect_loop,
    *transport.RULES[2:],
    *status.RULES,
    *redirects.RULES,
    *own_copy.RULES,
    *paywall.RULES,
    own_copy.still_begins,
    gates.legal_gate,
    gates.region_gate,
    gates.login_page,
    gates.offer_redirect,
    *parked.RULES,
    gates.other_gate,
    gates.out_of_order,
    soft_404.error_phrase,
    gates.maintenance,
    gates.crashed,
    gates.cookie_wall,
    soft_404.wrong_kind,
    redirects.moved_to_home,
)
BY_PROBES = (
    gates.doubtful_challenge,
    gates.doubtful_maintenance,
    parked.parked_for_all,
    soft_404.same_words,
    neighbours.same_end,
    neighbours.like_any_other,
    soft_404.doubtful_phrase,
)
AFTER_PROBES: tuple[Rule, ...] = (
    own_copy.same_subject,
    own_copy.nothing_to_read,
    own_copy.content_drifted,
    own_copy.bare_data,
)


def judge(answer: Answer, match: Match | None = None, probes: ProbeResult | None = None) -> Verdict | NeedsProbes:
    """What a check came to; or that it takes probes to say.

    `match` is None where we hold no copy. With `probes`, `NO_PROBES` if they failed or are not wanted, it is always a
    verdict. Never raises over what a server sent.
    """
    for rule in BEFORE_PROBES:
        if (verdict := rule(answer, match)) is not None:
            return verdict
    if probes is None:
        if (needed := neighbours.worth_probing(answer, match)) is not None:
            return needed
    elif (verdict := by_probes(answer, match, probes)) is not None:
        return verdict
    for rule in AFTER_PROBES:
        if (verdict := rule(answer, match)) is not None:
            return verdict
    return nothing_against_it(answer, match)


def by_probes(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """What only random neighbours tell; None if they tell nothing."""
    return next(filter(None, (rule(answer, match, probes) for rule in BY_PROBES)), None)


def nothing_against_it(answer: Answer, match: Match | None) -> Verdict:
    """Alive, for all we know. Moved, if every hop says so."""
    state = VerdictState.MOVED if redirects.all_permanent(answer) else VerdictState.OK
    numbers = () if match is None or match.share is None else (("containment", match.share),)
    return ruled(state, "nothing_against_it", answer, numbers=numbers, match=match)
