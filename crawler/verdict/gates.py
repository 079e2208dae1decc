"""Who stands before a page: challenges, regions, log-ins, cookie walls, a server that is being mended (pure).

What they say says nothing of the link. So these are looked for before anything may call it dead, and where a page's
own text fills it, they are not meant: an article about captchas is an article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import addresses
from crawler.verdict.answer import Answer, Match, PageFacts, ProbeResult
from crawler.verdict.error_phrases import ERRORS, SENTENCE, SHORT, error_said, story
from crawler.verdict.guard_words import (
    CHALLENGE,
    CHALLENGE_ADDRESS,
    COOKIES,
    CRASHED,
    GATE,
    LEGAL,
    LOGIN,
    MAINTENANCE,
    REGION,
    REGISTER,
    SUBSCRIBE,
)
from crawler.verdict.page_words import SMALL_PRINT
from crawler.verdict.parked import for_sale
from crawler.verdict.phrases import Phrases, count_words, fold
from crawler.verdict.ruling import ruled
from crawler.verdict.subject import is_missed

_CHALLENGE_HEADERS = {
    "cf-mitigated": ("challenge", "block", "captcha"),
    "x-amzn-waf-action": ("challenge", "captcha"),
    "x-vercel-mitigated": ("challenge", "deny"),
    "x-sucuri-block": ("",),
    "sg-captcha": ("",),
}
_NOTHING_BUT = frozenset({"challenge:anubis"})  # no page that is let through has it, however much the challenge says
_SHUT = re.compile(r"\bunavailable|(?:not|n't) (?:currently |be )?(?:available|accessible)|blocked|restricted")
_AND_GONE = re.compile(r"\b404|\b410|no longer|not (?:be )?found|exist|removed|deleted|requested|looking for|any ?more")
_NEAR_EMPTY = 40  # words: what machinery a page loads speaks for it
_LONGEST_GATE = 220  # words of a page, links included
_STORY = 40  # words of paragraphs that make a page more than a gate
_FEW_LINKS = 15
_MENU = 3  # links that make a site around a page
_NAME = 5  # words of a title that may be a site's name, or a phrase that we do not know
_PARTS = re.compile(r"\s[|–—-]\s|\||_")
_ANOTHER = 0.3  # likeness of own words, below which siblings got quite another page


def challenge(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: somebody wants to know first whether we are human. At any status, 200 and 404 included."""
    words = tuple(_challenges(answer, match))
    return ruled(VerdictState.BLOCKED, "challenge", answer, words=words) if words else None


def _challenges(answer: Answer, match: Match | None) -> Iterator[str]:
    for name, values in _CHALLENGE_HEADERS.items():
        value = answer.header(name)
        if value is not None and any(each in value.lower() for each in values):
            yield f"{name}: {value}"
    ways = (hop.target for hop in answer.hops)
    if (way := next(filter(CHALLENGE_ADDRESS.search, ways), None)) and not CHALLENGE_ADDRESS.search(answer.url):
        yield way
    page = answer.page
    if page is None:
        return
    yield from _NOTHING_BUT.intersection(page.marks)
    if (marks := _marks_of_challenge(page)) and _nothing_else(page, marks):
        yield from marks
    about = answer.status == 200 and not page.has_field and _is_about(page, CHALLENGE, match, _STORY // 2)
    if (words := said_by(CHALLENGE, page)) and not error_said_aloud(page) and not about:
        yield words


def _marks_of_challenge(page: PageFacts) -> tuple[str, ...]:
    return tuple(mark for mark in page.marks if mark.startswith("challenge:"))


def _nothing_else(page: PageFacts, marks: tuple[str, ...]) -> bool:
    """Whether the machinery is all there is. A captcha's script alone also guards forms of pages that are there."""
    guards = {"challenge:captcha", "challenge:turnstile", "challenge:vendor_script"}
    limit = _NEAR_EMPTY // 4 if guards.issuperset(marks) else _NEAR_EMPTY
    return page.main_words <= limit and page.links <= _FEW_LINKS and not page.has_text_form and not error_said(page)


def said_by(phrases: Phrases, page: PageFacts) -> str | None:
    """The phrase that a short page without a story has in its title, its first headings or its text; else None."""
    if page.main_words > SHORT + SHORT // 3:
        return None
    titles = (page.title, *page.headings[:2], *page.subheadings[:3])
    found = next(filter(None, map(phrases.in_title, titles)), None) or phrases.in_text(page.text)
    return found if found and story(page, but=phrases) < _STORY else None


def _tells_more(page: PageFacts, phrases: Phrases, least: int = _STORY) -> bool:
    """Whether a page has a text of its own, or a headline and a sentence, beside what a phrase is found in: it may be
    about such things. The site's name is no headline, nor is what has no more than five words.
    """
    titles = [text for text in (page.title, *page.headings[:1]) if text]
    parts = [part for text in titles for part in _PARTS.split(text[:500]) if phrases.in_title(part) is None]
    named = {fold(text) for text in titles}
    lines = [line for line in page.text.split("\n") if fold(line) not in named and phrases.in_text(line) is None]
    counts = [count_words(line) for line in lines if not SMALL_PRINT.search(fold(line))]
    told = sum(count for count in counts if count >= SENTENCE)
    return told >= least or (told > 0 and any(count_words(part) > _NAME for part in parts))


def _is_about(page: PageFacts, phrases: Phrases, match: Match | None, least: int = _STORY) -> bool:
    """Whether a page that has its site around it may only be about what its words mean, and our copy is not missed."""
    return page.links >= _MENU and not is_missed(match) and _tells_more(page, phrases, least)


def doubtful_challenge(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """Unsure: a challenge's words on a page that may be about such things, unless its server tells of random siblings
    that there are none. Who stands before a page stands before all.
    """
    page = answer.page
    words = said_by(CHALLENGE, page) if page is not None else None
    if words is None or (probes.sibling_status and all(each in (404, 410) for each in probes.sibling_status)):
        return None
    return ruled(VerdictState.BLOCKED, "doubtful_challenge", answer, words=(words,), match=match)


def error_said_aloud(page: PageFacts) -> bool:
    """Whether a page announces plainly in its title or heading that it is no more.

    That it is not available does not say so: it may be so for us, or for now.
    """
    said = error_said(page)
    return said is not None and said.plain and said.where in ("title", "h1") and not _only_shut(page)


def _only_shut(page: PageFacts) -> bool:
    """Whether an error's words are but that something is not available, and the page knows of no other reason."""
    said = error_said(page)
    return said is not None and _SHUT.search(said.words) is not None and _AND_GONE.search(fold(page.text)) is None


# --- regions ---


def region_named(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Unsure: refused (403), and the region is the reason."""
    if answer.status != 403 or answer.page is None:
        return None
    page = answer.page
    texts = (page.title, *page.headings, *page.subheadings, page.text)
    words = next(filter(None, map(REGION.in_text, texts)), None)
    return ruled(VerdictState.GEO_BLOCKED, "region_named", answer, words=(words,)) if words else None


def region_gate(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: a short page of whatever status that tells us we are at the wrong place."""
    page = answer.page
    if page is None or (match is not None and match.contained) or error_said_aloud(page):
        return None
    words = said_by(REGION, page)
    return ruled(VerdictState.GEO_BLOCKED, "region_gate", answer, words=(words,)) if words else None


def legal_gate(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: a short page of whatever status that says it is the law that keeps us out, as 451 would."""
    page = answer.page
    if page is None or (match is not None and match.contained):
        return None
    words = said_by(LEGAL, page)
    return ruled(VerdictState.LEGAL_BLOCK, "legal_gate", answer, words=(words,)) if words else None


# --- log-in ---


def login_redirect(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: sent on to a log-in form."""
    if not addresses.strayed(answer) or addresses.is_login(answer.url) or (match is not None and match.contained):
        return None
    if not (_at_login(answer) or _through_login(answer)):
        return None
    return ruled(VerdictState.LOGIN_REQUIRED, "login_redirect", answer, words=(answer.end,))


def _at_login(answer: Answer) -> bool:
    page = answer.page
    if page is None:
        return addresses.is_login(answer.end)
    titled = any(map(LOGIN.in_title, (page.title, *page.headings[:2], *page.subheadings[:2])))
    if addresses.is_login(answer.end):
        return not error_said_aloud(page)
    return page.has_password and (titled or (page.words <= _LONGEST_GATE // 2 and said_by(LOGIN, page) is not None))


def _through_login(answer: Answer) -> bool:
    """Sent home by way of a log-in: nobody has looked for the page."""
    return addresses.is_home(answer.end) and any(addresses.is_login(hop.target) for hop in answer.hops)


def login_page(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: a log-in form in place of the page, at its own address."""
    page = answer.page
    if page is None or (match is not None and match.contained) or addresses.is_login(answer.url):
        return None
    if addresses.is_home(answer.url) or error_said_aloud(page) or not page.has_login_form:
        return None
    announced = page.has_password and any(map(LOGIN.in_title, (page.title, *page.headings[:1])))
    if page.words > _LONGEST_GATE and not announced:  # a box in a forum's corner; the headlines around a form are many
        return None
    words = said_by(LOGIN, page)
    if words is None or (not announced and _is_about(page, LOGIN, match)):
        return None
    return ruled(VerdictState.LOGIN_REQUIRED, "login_page", answer, words=(words,))


def offer_redirect(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: sent on to where reading is paid for."""
    page = answer.page
    if not addresses.strayed(answer) or addresses.is_offer(answer.url) or (match is not None and match.contained):
        return None
    if not addresses.is_offer(answer.end) or (page is not None and error_said_aloud(page)):
        return None
    return ruled(VerdictState.PAYMENT, "offer_redirect", answer, words=(answer.end,))


# --- readers of another sort: with an account, with scripts, of age ---


def other_gate(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: a short page that wants an account, a subscription, scripts, another browser, an age, another day."""
    page = answer.page
    if page is None or (match is not None and match.contained) or error_said_aloud(page):
        return None
    said = error_said(page)
    if said is not None and not _only_shut(page) and said.where in ("title", "h1", "text"):
        return None
    if "maintenance" in fold(f"{page.title} {page.text}") or for_sale(answer, page):
        return None  # failing, not unsure
    for phrases, state in _WANTED:
        if (words := said_by(phrases, page)) and not _is_about(page, phrases, match):
            return ruled(state, "other_gate", answer, words=(words,))
    return None


_WANTED = (
    (SUBSCRIBE, VerdictState.PAYMENT),
    (REGISTER, VerdictState.LOGIN_REQUIRED),
    (GATE, VerdictState.BLOCKED),
)


# --- cookies, maintenance ---


def cookie_wall(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Alive: somebody asks for consent before he shows the page that is there."""
    page = answer.page
    if page is None:
        return None
    sent = addresses.strayed(answer) and any(
        map(addresses.is_consent, (answer.end, *(hop.target for hop in answer.hops)))
    )
    words = said_by(COOKIES, page) if page.words <= _LONGEST_GATE and page.links <= _FEW_LINKS else None
    if not sent and not words:
        return None
    return ruled(VerdictState.OK, "cookie_wall", answer, words=(words or answer.end,))


def maintenance(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: nothing but a notice that the server is out of order, with a good status: only a 5xx would count."""
    words = _out_of_order(answer, match)
    if words is None or answer.page is None or _more_than_a_notice(answer.page):
        return None
    return ruled(VerdictState.BLOCKED, "maintenance", answer, words=(words,), match=match)


def doubtful_maintenance(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """Unsure: the same words on a page that has text of its own, unless its server says 404 to random siblings, or
    sends them quite another page. A server that is out of order is so at every address.
    """
    words = _out_of_order(answer, match)
    if words is None or _are_another(probes):
        return None
    return ruled(VerdictState.BLOCKED, "doubtful_maintenance", answer, words=(words,), match=match)


def speaks_of_maintenance(answer: Answer) -> bool:
    """Whether a short page says that its server is out of order, or is about one that is."""
    return _out_of_order(answer, None) is not None


def _out_of_order(answer: Answer, match: Match | None) -> str | None:
    page = answer.page
    if page is None or page.words > _LONGEST_GATE or (match is not None and match.contained):
        return None
    words = said_by(MAINTENANCE, page)
    return None if words and _tells_more(page, MAINTENANCE) else words


def _more_than_a_notice(page: PageFacts) -> bool:
    """Whether some sentence speaks of something else than that all will be well soon."""
    named = {fold(text) for text in (page.title, *page.headings, *page.subheadings)}
    lines = (fold(line) for line in page.text.split("\n"))
    return any(
        count_words(line) >= SENTENCE
        and line not in named
        and not any((MAINTENANCE.in_text(line), SMALL_PRINT.search(line), ERRORS.in_text(line)))
        for line in lines
    )


def _are_another(probes: ProbeResult) -> bool:
    """Whether random siblings got an honest 404, or another page under another title."""
    if not probes.sibling_status:
        return False
    if all(each in (404, 410) for each in probes.sibling_status):
        return True
    answered = all(200 <= each < 300 for each in probes.sibling_status)
    return answered and not probes.same_title and probes.own_similarity_to_page < _ANOTHER


def crashed(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Failing: nothing but what a program says to its makers, without a heading and a site around it."""
    page = answer.page
    if page is None or page.headings or page.links >= _MENU or page.words > _LONGEST_GATE:
        return None
    words = CRASHED.in_text(page.text)
    return ruled(VerdictState.SERVER_ERROR, "crashed", answer, words=(words,)) if words else None


def out_of_order(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Unsure: the same of a page that says it is not available, before that is taken for its end."""
    page = answer.page
    return maintenance(answer, match) if page is not None and _only_shut(page) else None
