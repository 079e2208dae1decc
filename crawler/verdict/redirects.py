"""What sends a reader on, and where that ends (pure).

`next_hop` is asked by whoever follows; the rules look at the way that was gone.
"""

from __future__ import annotations

from collections.abc import Iterable

from archive.needs_markup import refresh_target
from archive.verdicts import Verdict, VerdictState
from crawler.settlement import MAX_REDIRECTS, REDIRECTS, redirect_target
from crawler.verdict import addresses
from crawler.verdict.answer import Answer, ContentKind, Hop, HopKind, Match
from crawler.verdict.gates import login_redirect
from crawler.verdict.page_facts import NEAR_EMPTY
from crawler.verdict.ruling import ruled
from crawler.verdict.subject import headlines_alike

_SAME_NAME = 0.9
SOON = 5.0  # seconds up to which a refresh is a redirect


def next_hop(answer: Answer) -> Hop | None:
    """Where an answer sends its reader on to; None if it is the end of the way.

    A refresh or script of an error page is none: 404 is 404. Neither is a page that loads itself again, unless it is
    empty and sets a cookie first.
    """
    found = _next(answer)
    if found is None or answer.status is None:
        return None
    target, location, how = found
    return Hop(url=answer.end, status=answer.status, target=target, location=location, how=how, cookies=answer.cookies)


def _next(answer: Answer) -> tuple[str, str, HopKind] | None:
    location = answer.header("location")
    if answer.status in REDIRECTS:
        target = redirect_target(answer.end, location)
        return (target, location or "", HopKind.HTTP) if target else None
    if answer.status is None or not 200 <= answer.status < 300:
        return None
    return next((found for found in _in_page(answer) if not _is_reload(answer, found[0])), None)


def _in_page(answer: Answer) -> Iterable[tuple[str, str, HopKind]]:
    refresh = refresh_target((answer.header("refresh") or "")[:4000])
    if refresh and refresh[0] and refresh[1] <= SOON and (target := redirect_target(answer.end, refresh[0])):
        yield target, refresh[0], HopKind.REFRESH_HEADER
    page = answer.page
    if page is None or answer.kind not in (ContentKind.HTML, None):
        return
    if page.refresh is not None and page.refresh[1] <= SOON:
        yield page.refresh[0], page.refresh[0], HopKind.META
    if page.script_target is not None and page.words <= NEAR_EMPTY:
        yield page.script_target, page.script_target, HopKind.SCRIPT


def _is_reload(answer: Answer, target: str) -> bool:
    """Whether a page only loads itself again, as tickers do. An empty one that set a cookie wants to see it back."""
    page = answer.page
    if page is not None and page.words > NEAR_EMPTY:
        return target.partition("?")[0] == answer.end.partition("?")[0]
    return target == answer.end and answer.header("set-cookie") is None


def is_loop(hops: Iterable[Hop], url: str, cookies: str) -> bool:
    """Whether to ask for `url` with `cookies` would be to walk in a circle, or too far."""
    asked = [(hop.url, hop.cookies) for hop in hops]
    return (url, cookies) in asked or len(asked) > MAX_REDIRECTS


def redirect_loop(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Failing: the same URL and cookies again, or more than twenty hops."""
    asked = [(hop.url, hop.cookies) for hop in answer.hops]
    arrived = answer.status is not None and answer.status not in REDIRECTS
    circle = len(set(asked)) < len(asked) or (not arrived and (answer.end, answer.cookies) in asked)
    if not circle and len(asked) <= MAX_REDIRECTS:
        return None
    return ruled(
        VerdictState.REDIRECT_LOOP, "redirect_loop", answer, words=(answer.end,), numbers=(("hops", len(asked)),)
    )


def all_permanent(answer: Answer) -> bool:
    """Whether every hop says that the new address replaces the old."""
    return bool(answer.hops) and all(hop.permanent for hop in answer.hops)


def sent_home(answer: Answer) -> bool:
    """Whether a link that was no home page ends at one."""
    routed = bool(answer.hops) and addresses.has_route(answer.hops[-1].location)
    if not answer.hops or addresses.is_home(answer.url) or addresses.has_route(answer.url) or routed:
        return False
    return addresses.is_home(answer.end) and addresses.strayed(answer)


def sent_home_then(url: str, copied: str) -> bool:
    """Whether a copy was made where its link led to a home page already: no copy of what the link was cited for.

    A short name of one word or two may have been the home page's all along.
    """
    if addresses.is_home(url) or addresses.has_route(url) or addresses.has_route(copied) or addresses.may_be_home(url):
        return False
    return addresses.is_home(copied)


def moved_to_home(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Dead: the final path is the root, the link's was not.

    At another site that is no proof yet, an event may have got a site of its own and a short link may mean one; nor
    where only the query is gone. There it takes our copy, which is not there, or random neighbours that end there too
    (`neighbours.same_end`).
    """
    if not sent_home(answer) or was_home(answer, match):
        return None
    elsewhere = addresses.site(answer.url) != addresses.site(answer.end)
    if match is None and (elsewhere or addresses.at_root(answer.url)):
        return None
    numbers = (("hops", len(answer.hops)),)
    return ruled(VerdictState.MOVED_TO_HOME, "moved_to_home", answer, words=(answer.end,), numbers=numbers, match=match)


def was_home(answer: Answer, match: Match | None) -> bool:
    """Whether the link was the home page under a name of its own: what we hold is called as the home page is."""
    page = answer.page
    if match is None or page is None or not match.title or not addresses.may_be_home(answer.url):
        return False
    return headlines_alike(match.title, page) >= _SAME_NAME


RULES = (login_redirect,)
