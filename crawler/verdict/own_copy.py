"""Content against our own copy: what is still there is alive, whatever else the page says (pure)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import addresses, subject
from crawler.verdict.answer import DRIFTED, Answer, Match, MatchKind
from crawler.verdict.neighbours import is_something_else, is_unfilled
from crawler.verdict.page_claims import ALERT_ONLY
from crawler.verdict.page_words import DEFAULT_PAGE
from crawler.verdict.phrases import fold
from crawler.verdict.redirects import all_permanent
from crawler.verdict.ruling import ruled

_SECTION = re.compile(r"(?:/[A-Za-z]{2,20}){1,2}/")
_DATA_TYPE = re.compile(r"^(?:application|text)/(?:[\w.-]+\+)?json\b", re.IGNORECASE)
_DATA_ADDRESS = re.compile(r"\bjson\b|/api/|//(?:api|data)\.", re.IGNORECASE)
_FEW_BYTES = 500  # of JSON, which tell no story
_A_TEXT = 40  # words of our copy
_HARDLY = 5  # words of a page
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
    """Changed: hardly anything of our copy is left, and the page has another headline and speaks of something else.

    A copy of a few words is not missed. Home pages and sections ("/", "/en/", "/world/") are there to change, and no
    link dies of that; nor of a page that its scripts are still to fill, or of one in another language. What has next
    to nothing to say in place of our copy may be somebody who stands before it, in words that we do not know: unsure.
    """
    if match is None or match.share is None or match.share >= DRIFTED or match.contained:
        return None
    page = answer.page
    if page is not None and (is_unfilled(page) or subject.translated(answer)):
        return None
    if addresses.is_home(answer.url) or _SECTION.fullmatch(urlsplit(answer.url).path):
        return None
    if match.kind.value == "text" and match.words < _ENOUGH:
        return None
    if page is not None and not is_something_else(answer, page):
        return ruled(VerdictState.BLOCKED, "something_short", answer, numbers=_measured(match), match=match)
    return ruled(VerdictState.CONTENT_DRIFTED, "content_drifted", answer, numbers=_measured(match), match=match)


def nothing_to_read(answer: Answer, match: Match | None) -> Verdict | None:
    """Unsure: hardly a word where our copy has a text, but a frame or a picture, and no script that may bring one."""
    page = answer.page
    if page is None or match is None or match.contained or match.kind is not MatchKind.TEXT or match.words < _A_TEXT:
        return None
    if page.words > _HARDLY or page.scripts or page.has_document or page.cut:
        return None
    return ruled(VerdictState.BLOCKED, "nothing_to_read", answer, numbers=_measured(match), match=match)


def bare_data(answer: Answer, match: Match | None) -> Verdict | None:
    """Unsure: a few bytes for programs at an address that does not ask for such, the page of a server on which nobody
    has put anything yet, or nothing but a box that a script opens; and no text of ours to compare it with.
    """
    if match is not None and match.share is not None:
        return None
    page = answer.page
    untouched = page is not None and page.main_words <= _HARDLY and DEFAULT_PAGE.search(fold(page.title)) is not None
    data = _DATA_TYPE.search(answer.mime or "") is not None and answer.payload_length <= _FEW_BYTES
    if (
        not untouched
        and not (page is not None and ALERT_ONLY in page.marks)
        and (not data or _DATA_ADDRESS.search(answer.url))
    ):
        return None
    return ruled(VerdictState.BLOCKED, "bare_data", answer, words=(answer.mime or "",), match=match)


def same_subject(answer: Answer, match: Match | None) -> Verdict | None:
    """Alive: hardly anything of our copy is left, but its headline is, or what it spoke of: written anew, cut off."""
    page = answer.page
    if page is None or match is None or match.share is None or match.share >= DRIFTED or match.contained:
        return None
    if not subject.same_subject(match, page):
        return None
    numbers = (
        *_measured(match),
        ("headlines_alike", subject.headlines_alike(match.title, page)),
        ("spoken_of", subject.spoken_of(match.title, page)),
    )
    state = VerdictState.MOVED if all_permanent(answer) else VerdictState.OK
    return ruled(state, "same_subject", answer, numbers=numbers, match=match)


def _measured(match: Match) -> tuple[tuple[str, float], ...]:
    share = () if match.share is None else (("containment", match.share),)
    opening = (("opening", match.opening),) if match.begins else ()
    return (*share, *opening, ("words", match.words), ("same_digest", float(match.same_digest)))


RULES = (still_there,)
