"""Content against our own copy: what is still there is alive, whatever else the page says (pure)."""

from __future__ import annotations

from archive.verdicts import Verdict, VerdictState
from crawler.verdict.answer import DRIFTED, Answer, Match
from crawler.verdict.redirects import all_permanent
from crawler.verdict.ruling import ruled

_ENOUGH = 10  # words of our copy, to miss them


def still_there(answer: Answer, match: Match | None) -> Verdict | None:
    """Alive: our copy is contained. Insecure if nobody vouches for the server, moved if all hops are permanent."""
    if match is None or not match.contained:
        return None
    if answer.tls_verified is False:
        state = VerdictState.OK_INSECURE
    else:
        state = VerdictState.MOVED if all_permanent(answer) else VerdictState.OK
    words = (answer.tls_problem or "not verified",) if state is VerdictState.OK_INSECURE else ()
    return ruled(state, "still_there", answer, words=words, numbers=_measured(match), match=match)


def content_drifted(answer: Answer, match: Match | None) -> Verdict | None:
    """Changed: hardly anything of our copy is left. A copy of a few words is not missed."""
    if match is None or match.share is None or match.share >= DRIFTED or match.contained:
        return None
    if match.kind.value == "text" and match.words < _ENOUGH:
        return None
    return ruled(VerdictState.CONTENT_DRIFTED, "content_drifted", answer, numbers=_measured(match), match=match)


def _measured(match: Match) -> tuple[tuple[str, float], ...]:
    share = () if match.share is None else (("containment", match.share),)
    return (*share, ("words", match.words), ("same_digest", float(match.same_digest)))


RULES = (still_there,)
