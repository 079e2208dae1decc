"""Domains that were given up, and show who sells them (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import addresses
from crawler.verdict.answer import Answer, Match, PageFacts, ProbeResult
from crawler.verdict.error_phrases import story
from crawler.verdict.page_words import SMALL_PRINT
from crawler.verdict.parking_words import DISCLAIMER, KEYS, LANDER, OF_ITSELF, PROVIDER_HOST, SIGNS
from crawler.verdict.phrases import count_words, fold
from crawler.verdict.probes import like_its_siblings
from crawler.verdict.ruling import ruled

_SHORT = 200  # words outside of links
_PARAGRAPHS = 40
_ENOUGH = 2
_SURE = 3
_CALL = 8  # words of a link that asks one to do something; a headline has more
_MENU = 3  # links that make a site around a page
_SENTENCE = 8  # words
_TOLD = 15  # words in sentences, of which some are no seller's
_FEW_LINKS = 25  # with more, a page has a site around it
_SPEECH = re.compile(r"\"[^\"\n]{0,200}[ \u3040-\u9fff][^\"\n]{0,200}\"")  # quoted; a name alone is only put in quotes


def parked(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Dead: at least two kinds of signs on a short page with hardly a paragraph, that speak of this very domain.

    What a page says itself counts, and what it asks one to do: of its links short ones only, unless a whole site stands
    around it, whose headlines are of anything.
    """
    page = answer.page
    return None if page is None or _is_told(page) else _parked("parked", answer, page)


def parked_for_all(answer: Answer, _: Match | None, probes: ProbeResult) -> Verdict | None:
    """Dead: the same of a page that may be about such things, if random siblings get it as well."""
    page = answer.page
    return _parked("parked_for_all", answer, page) if page is not None and like_its_siblings(probes) else None


def for_sale(answer: Answer, page: PageFacts) -> bool:
    """Whether a page has all the signs of a domain that was given up, whatever else it may be about."""
    return _parked("parked", answer, page) is not None


def _is_told(page: PageFacts) -> bool:
    """Whether sentences that are no seller's stand on a page with its site around it."""
    if page.links < _MENU:
        return False
    counts = (count_words(line) for line in page.text.split("\n") if not _sells(fold(line)))
    return page.is_article or sum(count for count in counts if count >= _SENTENCE) >= _TOLD


def _sells(folded: str) -> bool:
    return DISCLAIMER.search(folded) is not None or SMALL_PRINT.search(folded) is not None


def _parked(rule: str, answer: Answer, page: PageFacts) -> Verdict | None:
    if PROVIDER_HOST.search(answer.url):
        return None
    sold = PROVIDER_HOST.search(answer.end) is not None
    if not sold and (page.main_words > _SHORT or story(page) >= _PARAGRAPHS):
        return None
    signs = parking_signs(answer, page)
    if (
        len(signs) < _ENOUGH
        or not signs & KEYS
        or not (sold or len(signs) >= _SURE or _means_itself(answer, page, signs))
    ):
        return None
    return ruled(VerdictState.PARKED, rule, answer, words=tuple(sorted(signs)), numbers=(("words", page.words),))


def parking_signs(answer: Answer, page: PageFacts) -> frozenset[str]:
    """The kinds of signs on a page that its domain was given up: names in `parking_words`."""
    return frozenset(_signs(answer, page))


def _signs(answer: Answer, page: PageFacts) -> Iterator[str]:
    text = _text(page)
    for name, sign in SIGNS.items():
        if sign.search(text):
            yield name
    if f"buy {addresses.site(answer.end).partition(':')[0]}" in text:
        yield "buy_domain"
    for mark in page.marks:
        if mark.startswith("parking:"):
            yield mark.removeprefix("parking:")
    if PROVIDER_HOST.search(answer.end):
        yield "provider"
    if answer.hops and LANDER.search(answer.end) and not LANDER.search(answer.url):
        yield "address"


def _means_itself(answer: Answer, page: PageFacts, signs: frozenset[str]) -> bool:
    host = addresses.site(answer.end).partition(":")[0]
    return bool(signs & {"provider", "address"}) or host in _text(page) or OF_ITSELF.search(_text(page)) is not None


def _text(page: PageFacts) -> str:
    own = (page.title, *page.headings, *page.subheadings, page.text[:6000], page.beside)
    return _SPEECH.sub("|", fold("\n".join((*own, *_calls(page))))).replace('"', "")


def _calls(page: PageFacts) -> Iterator[str]:
    if page.links <= _FEW_LINKS:
        yield from (each for each in page.linked.split("\n") if count_words(each) <= _CALL)


RULES = (parked,)
