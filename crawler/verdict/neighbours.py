"""What random addresses beside the link tell of it, and when they are worth asking (pure).

Two probes cost two requests, so they are for links of which nothing else is known: nothing of our copy is there (or
there is none), no phrase says anything, and the page could be one that its server sends for every address.

That it is, is no death by itself: a gate stands at every address, and an article may be found by a part of its address
that its neighbours have too. It is one where the page also looks like what a server sends instead of a page: the words
of an error, headlines of other pages, next to nothing, the home page.
"""

from __future__ import annotations

import re

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import addresses, subject
from crawler.verdict.answer import Answer, ContentKind, Match, NeedsProbes, PageFacts, ProbeResult
from crawler.verdict.asking_words import ASKS, IMPRINT
from crawler.verdict.closing_words import CLOSED, FOR_SOME
from crawler.verdict.error_phrases import ERRORS, SENTENCE, error_said, is_advised, story, substance
from crawler.verdict.gates import speaks_of_maintenance
from crawler.verdict.page_words import ANOTHER_TRADE, DEFAULT_PAGE
from crawler.verdict.parked import parking_signs
from crawler.verdict.phrases import count_words, fold
from crawler.verdict.probes import OWN, is_their_page, like_its_siblings, says_what_they_say
from crawler.verdict.redirects import sent_home, was_home
from crawler.verdict.ruling import ruled

_ARTICLE = 150  # words of paragraphs: as long as error pages never are
_SHELL = 15  # words: of a page that its scripts are still to fill, nothing can be said
_FRAME = 60  # words of a page's own that are still but its frame
_HEADLINE = 5  # words of a link that is no entry of a menu
_HEADLINE_CJK = 4  # the same of Chinese or Japanese, whose entries of menus have two to four characters
_HEADLINES = 4
_CJK = re.compile(r"\W*[\u3040-\u30ff\u3400-\u9fff]")
_ABOUT_AS = 0.75  # of the siblings' likeness to each other
_LEAST = 0.2
_TELLS = 40  # words of a page's own
_CLAIMED = 60  # words of paragraphs of a page that says it is an article
_OF_DOMAINS = frozenset({"for_sale", "buy_domain", "parked", "expired"})  # signs of parking_words, in words
_NOTHING = 4  # words, menus included
_LONG = 40  # words of our copy, to be sure that a page without them has lost something
_MENU = 3  # links that make a site around a page
_TOLD = 15  # words of a page's own that are no gate's, where no site is around it
_STEADY = 0.7  # likeness of the siblings' own words, below which a page is another at each answer
_BETWEEN_ENTRIES = re.compile(r"\s*[·•|‧]\s*")
_ERROR_ADDRESS = re.compile(
    r"/(?:4[01][04]|errors?|error[-_]?(?:page|404)?|not-?_?found|page-?_?not-?_?found|file-?not-?found|nopage|missing|sorry|oops|search|suche|"
    r"recherche|buscar|busca)(?:[-_.]\w+)*(?:[/?#]|$)",
    re.IGNORECASE,
)


def worth_probing(answer: Answer, match: Match | None) -> NeedsProbes | None:
    """Why random neighbours have to be asked; None if they could not change the verdict, or hardly."""
    page = answer.page
    if not can_be_probed(answer) or page is None:
        return None
    if match is not None and match.share is not None:
        return None if match.contained else NeedsProbes(why="our copy is not there")
    if sent_home(answer):
        return NeedsProbes(why="sent to another site's home page")
    if addresses.strayed(answer) and not _only_host_changed(answer):
        return NeedsProbes(why="sent to another address")
    if error_said(page) is not None:
        return NeedsProbes(why="an error phrase on a long page")
    if speaks_of_maintenance(answer):
        return NeedsProbes(why="words of maintenance")
    return None if has_article(page) else NeedsProbes(why="no copy to compare with, and no article")


def worth_vetting(answer: Answer) -> NeedsProbes | None:
    """Why a page that is our copy may be no page of its own; None if it tells enough, and nothing that errors tell."""
    page = answer.page
    if page is None:
        return None
    doubted = is_instead(answer, page) or speaks_of_maintenance(answer)
    told = has_article(page) or (substance(page) >= _TELLS and not doubted)
    return None if told and not addresses.is_home(answer.end) else worth_probing(answer, None)


def can_be_probed(answer: Answer) -> bool:
    """Whether an answer is a page that its server could send for any address. A home page is that by nature."""
    page = answer.page
    if answer.status is None or not 200 <= answer.status < 300 or page is None or page.cut:
        return False
    if answer.kind not in (ContentKind.HTML, ContentKind.TEXT, None) or addresses.is_home(answer.url):
        return False
    return not _is_shell(page) or addresses.strayed(answer)


def _is_shell(page: PageFacts) -> bool:
    return page.words < _SHELL and page.scripts > 0


def is_unfilled(page: PageFacts) -> bool:
    """Whether scripts may still bring the page: a menu, "Loading", a footer, and no word of an error.

    Every address is answered so, those that exist too. Headlines are what a server would not send for nothing.
    """
    if not page.scripts or error_said(page) is not None or page.main_words > _FRAME or page.prose:
        return False
    return _headlines(page) < _HEADLINES


def _headlines(page: PageFacts) -> int:
    """How many links of a page are no entries of a menu."""
    return sum(
        1
        for text in page.linked.split("\n")
        if (count := count_words(text)) >= _HEADLINE or (count >= _HEADLINE_CJK and _CJK.match(text))
    )


def has_article(page: PageFacts) -> bool:
    """Whether a page has a text of its own that no error page is as long as."""
    if page.is_article and error_said(page) is None and substance(page) >= _CLAIMED:
        return True
    return story(page) >= (_CLAIMED if page.is_article else _ARTICLE)


def is_instead(answer: Answer, page: PageFacts) -> bool:
    """Whether a page looks like what is sent instead of a page: an error, a list of others, home, next to nothing."""
    if addresses.is_home(answer.end) or (_ERROR_ADDRESS.search(answer.end) and not _ERROR_ADDRESS.search(answer.url)):
        return True
    if error_said(page) is not None or ERRORS.in_text(page.text) is not None or is_advised(page):
        return True
    if is_listing(page) or _is_for_sale(answer, page) or _takes_leave(page):
        return True
    asks = page.has_login_form or page.has_password
    return not asks and (
        (page.words <= _NOTHING and not page.scripts) or DEFAULT_PAGE.search(_own_words(page)) is not None
    )


def is_listing(page: PageFacts) -> bool:
    """Whether a page is one of headlines, and no form stands before what they are of."""
    return _headlines(page) >= _HEADLINES and not page.has_login_form and not page.has_password


def is_something_else(answer: Answer, page: PageFacts) -> bool:
    """Whether a page has so much to say that it is known not to be what somebody put before ours."""
    return story(page) >= _CLAIMED or is_listing(page) or _is_for_sale(answer, page)


def _is_for_sale(answer: Answer, page: PageFacts) -> bool:
    signs = parking_signs(answer, page)
    itself = addresses.site(answer.end).partition(":")[0] in _own_words(page)
    return bool(signs & _OF_DOMAINS) or (itself and bool(signs)) or ANOTHER_TRADE.search(_own_words(page)) is not None


def _takes_leave(page: PageFacts) -> bool:
    """Whether all that a page says is that its site, its service is closed, and not for some or for a time only."""
    if page.main_words > _ARTICLE or page.has_login_form or page.has_password or _marked(page):
        return False
    return CLOSED.search(_own_words(page)) is not None and FOR_SOME.search(_own_words(page)) is None


def _own_words(page: PageFacts) -> str:
    return fold("\n".join((page.title, *page.headings[:2], page.text[:1000])))


def asks(page: PageFacts, *, restless: bool = False) -> bool:
    """Whether a page may want something of its visitor, or be another one soon: then it stands before a page.

    Of a `restless` page, whose text is another at each answer, only what stands at its head counts: who asks something
    asks the same of everybody.
    """
    if any((page.has_login_form, page.has_password, page.has_text_form, page.has_field, _marked(page))):
        return True
    said = _head(page) if restless else (page.title, *page.headings, *page.subheadings, page.text)
    own = (line for line in fold("\n".join(said)).split("\n"))
    return any(ASKS.search(line) is not None for line in own if IMPRINT.search(line) is None and not _is_menu(line))


def _head(page: PageFacts) -> tuple[str, ...]:
    """Title and heading of a page, and what follows them: a sentence, or two short ones."""
    lines = page.text.split("\n")
    start = lines.index(page.headings[0]) + 1 if page.headings and page.headings[0] in lines else 0
    after = [line for line in lines[start:] if count_words(line) > 1][:2]
    told = after[:1] if after and count_words(after[0]) >= SENTENCE else after
    return (page.title, *page.headings[:1], *told)


def _is_menu(line: str) -> bool:
    """Whether a line is several entries side by side, as at the foot of a page."""
    entries = _BETWEEN_ENTRIES.split(line)
    return len(entries) > _MENU and all(count_words(each) <= _HEADLINE for each in entries)


def _marked(page: PageFacts) -> bool:
    return any(mark.startswith("challenge:") for mark in page.marks)


def is_in_place_of_ours(answer: Answer, match: Match | None, probes: ProbeResult) -> bool:
    """Whether a page that stands at every address took the place of our copy, in whatever words: a long text is gone,
    all its neighbours say the same, and nothing is asked of the visitor.

    It has its site around it, or tells something: a gate that nobody knows may have neither.
    """
    page = answer.page
    if page is None or match is None or not subject.is_missed(match) or match.words < _LONG:
        return False
    same = probes.own_similarity_to_page >= OWN or is_their_page(probes)
    named = _is_called_like_them(page, match, probes)
    if (
        not (same or named)
        or asks(page, restless=not same and _is_restless(probes))
        or subject.same_subject(match, page)
    ):
        return False
    alone = page.links < _MENU and count_words(page.beside) < _MENU
    return not alone or (substance(page) >= _TOLD and not page.scripts and not page.pictures)


def _is_called_like_them(page: PageFacts, match: Match | None, probes: ProbeResult) -> bool:
    """Whether a page has title and heading of random siblings, and nothing of our long copy: what else is on it may be
    chance, as headlines that are others each time.
    """
    good = bool(probes.sibling_status) and all(200 <= each < 300 for each in probes.sibling_status)
    return good and probes.same_title and bool(page.headings) and subject.is_missed(match) and not has_article(page)


def _is_restless(probes: ProbeResult) -> bool:
    return probes.own_similarity_of_siblings < _STEADY


def _only_host_changed(answer: Answer) -> bool:
    asked, end = (addresses.path_of(url) for url in (answer.url, answer.end))
    return asked == end and asked not in ("", "/")


def same_end(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """Whatever one asks for, one lands at this very address: dead, if it looks like it (see `_for_all`)."""
    if not probes.same_final_url or not answer.hops or not addresses.strayed(answer) or addresses.is_home(answer.url):
        return None
    if was_home(answer, match):
        return None
    if any(addresses.is_login(hop.target) or addresses.is_consent(hop.target) for hop in answer.hops):
        return None  # all are stopped there, those that exist too
    return _for_all("same_end", VerdictState.MOVED_TO_HOME, answer, match, probes)


def like_any_other(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """The page is about as similar to random siblings as those are to each other: dead, if it looks like it."""
    page = answer.page
    if page is None or not can_be_probed(answer) or _is_shell(page) or probes.same_final_url or is_unfilled(page):
        return None
    alike = probes.similarity_of_siblings
    near = probes.similarity_to_page >= _ABOUT_AS * alike
    one_more = (alike >= _LEAST and near and like_its_siblings(probes)) or says_what_they_say(probes)
    if not one_more and not (_is_called_like_them(page, match, probes) and is_in_place_of_ours(answer, match, probes)):
        return None
    return _for_all("like_any_other", VerdictState.SOFT_404, answer, match, probes)


def _for_all(rule: str, dead: VerdictState, answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """What it means that a page is sent for every address: dead, if it is one that stands in for others.

    An article that all lead to is one all the same, found by something that random siblings have in common with the
    link; only another subject than our copy's takes that back. What is neither is unsure: nobody knows who it stops.
    """
    page = answer.page
    if page is not None and has_article(page) and not sent_home(answer):
        if not subject.is_missed(match) or subject.same_subject(match, page):
            return ruled(VerdictState.OK, f"{rule}_article", answer, numbers=_measured(probes), match=match)
    elif page is not None and not is_instead(answer, page) and not is_in_place_of_ours(answer, match, probes):
        return ruled(VerdictState.BLOCKED, f"{rule}_untold", answer, numbers=_measured(probes), match=match)
    if page is not None and not is_listing(page) and parking_signs(answer, page) & _OF_DOMAINS:
        dead = VerdictState.PARKED
    words = (answer.end,) if dead is VerdictState.MOVED_TO_HOME else ()
    return ruled(dead, rule, answer, words=words, numbers=_measured(probes), match=match)


def _measured(probes: ProbeResult) -> tuple[tuple[str, float], ...]:
    return (
        ("similarity_to_page", probes.similarity_to_page),
        ("similarity_of_siblings", probes.similarity_of_siblings),
        ("own_similarity_to_page", probes.own_similarity_to_page),
        ("own_similarity_of_siblings", probes.own_similarity_of_siblings),
        ("same_title", float(probes.same_title)),
        *((f"sibling_status_{number}", status) for number, status in enumerate(probes.sibling_status, 1)),
    )
