"""Content against our own copy: what is still there is alive, whatever else the page says (pure)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import addresses
from crawler.verdict.answer import DRIFTED, Answer, Match
from crawler.verdict.redirects import all_permanent
from crawler.verdict.ruling import ruled

_SECTION = re.compile(r"(?:/[A-Za-z]{2,20}){1,2}/")
_ENOUGH = 10  # words of our copy, to miss them


def still_there(answer: Answer, match: Match | None) -> Verdict | None:
    """Alive: our copy is contained. Insecure if nobody vouches for the server, moved if all hops are permanent."""
    if match is None or not match.contained or match.begins:
        return None
    return _alive("still_there", answer, match)


def still_begins(answer: Answer, match: Match | None) -> Verdict | None:
    """Alive: the beginning of our copy is what is left of it. Judged after what says that one has to pay."""
    if match is None or not match.begins:
        return None
    return _alive("still_begins", answer, match)


def _alive(rule: str, answer: Answer, match: Match) -> Verdict:
    if answer.tls_verified is False:
        state = VerdictState.OK_INSECURE
    else:
        state = VerdictState.MOVED if all_permanent(answer) else VerdictState.OK
    words = (answer.tls_problem or "not verified",) if state is VerdictState.OK_INSECURE else ()
    return ruled(state, rule, answer, words=words, numbers=_measured(match), match=match)


def content_drifted(answer: Answer, match: Match | None) -> Verdict | None:
    """Changed: hardly anything of our copy is left. A copy of a few words is not missed.

    Home pages and sections ("/", "/en/", "/world/") are there to change, and no link dies of that.
    """
    if match is None or match.share is None or match.share >= DRIFTED or match.contained:
        return None
    if addresses.is_home(answer.url) or _SECTION.fullmatch(urlsplit(answer.url).path):
        return None
    if match.kind.value == "text" and match.words < _ENOUGH:
        return None
    return ruled(VerdictState.CONTENT_DRIFTED, "content_drifted", answer, numbers=_measured(match), match=match)


def _measured(match: Match) -> tuple[tuple[str, float], ...]:
    share = () if match.share is None else (("containment", match.share),)
    opening = (("opening", match.opening),) if match.begins else ()
    return (*share, *opening, ("words", match.words), ("same_digest", float(match.same_digest)))


RULES = (still_there,)
