"""What random neighbours of a link are answered, and what that says of the link (pure).

A server that has no page at an address should say 404. Many send something else with 200, and each in its own words. So
two addresses beside the link are asked for which nobody ever made. What they are answered is this server's way to say
that it has nothing. How alike those two answers are to each other is the measure for how alike the link's page has to
be to count as one more of them: servers weave dates, request numbers, random recommendations and the address itself
into such pages, each to another degree, so no fixed threshold finds them.

`crawler.verdict.siblings` invents the addresses, `calibrate` measures, and `like_its_siblings` judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from archive.urls import canonical
from crawler.verdict.answer import ProbeResult
from crawler.verdict.phrases import fold
from crawler.verdict.shingles import MOST, Shingles, in_common, shingles_of, similarity
from crawler.verdict.siblings import folder_and_name, stem_of

SLACK = 0.03  # by which a page may be less like random siblings than they are like each other
SLACK_OF_NOISE = 0.25  # and so much of what they differ by themselves
SLACK_OF_CHANCE = 0.6  # the same, where their own words do not differ
OWN = 0.9  # similarity of own words that are the same
TOO_SHORT = 5  # tokens: of pages with fewer nothing is said

_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:z|[+-]\d{2}:?\d{2})?"
_VARYING = re.compile(
    r"\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # request numbers
    r"|(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{10,}"
    rf"|\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}(?:t{_TIME})?|{_TIME}"  # the date, the time
    r"|\d{4}年\d{1,2}月\d{1,2}日|\d{5,})(?:\b|(?<=日))",
    re.IGNORECASE | re.ASCII,
)
_SPELLING = 6  # characters: less than that is a word that the site uses itself
_BLANKS = re.compile(r"[-_+./?=&%\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What an address was answered: a sibling's, or the link's own. The texts are masked; None: no page came."""

    url: str  # as asked for
    final_url: str
    status: int  # 0: nothing came
    text: Shingles | None = None
    own: Shingles | None = None  # of the text without links and what is said of other pages, the title with it
    title: str = ""  # masked, the first heading with it


# --- what they were answered ---


def masked(text: str, url: str) -> str:
    """A page's text without what differs from answer to answer: the address asked for, however it is spelled, in whole
    or its last part alone; request numbers, dates, times and long numbers.
    """
    for spelling in sorted(_spellings(url), key=len, reverse=True):
        text = re.sub(re.escape(spelling), " ", text, flags=re.IGNORECASE)
    return _VARYING.sub(" ", text)


def masked_shingles(text: str, url: str) -> Shingles:
    """The shingles of a page's text, masked: what `Probe` holds."""
    return shingles_of(masked(text, url), most=MOST)


def _spellings(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    folder, name = folder_and_name(parts.path)
    stem, extension = stem_of(name.rstrip("/"))
    folders = [part for part in folder.split("/") if len(part) >= _SPELLING and not part.isalpha()]
    values = [value for _, value in parse_qsl(parts.query)]
    for each in (url, target, parts.path, stem + extension, stem, *folders, *values):
        for spelling in {each, unquote(each), quote(each, safe=""), _BLANKS.sub(" ", unquote(each)).strip()}:
            if len(spelling) >= (4 if spelling.isdigit() else _SPELLING):
                yield spelling


def calibrate(page: Probe, first: Probe, second: Probe) -> ProbeResult:
    """How alike the link's page and the answers for two random siblings of it are."""
    to_page = (_alike(page, first) + _alike(page, second)) / 2
    return ProbeResult(
        same_final_url=_same_end(page, first, second),
        similarity_to_page=to_page,
        similarity_of_siblings=_alike(first, second),
        own_similarity_to_page=(_own_alike(page, first) + _own_alike(page, second)) / 2,
        own_similarity_of_siblings=_own_alike(first, second),
        same_title=_same_title(page, first, second),
        sibling_status=(first.status, second.status),
    )


def like_its_siblings(result: ProbeResult) -> bool:
    """Whether the link's page is one more of those its server sends for addresses that nobody ever made.

    Never if one of those got a 404 or no answer: a server that can say no has not said it to the link.
    """
    if len(result.sibling_status) < 2 or not all(200 <= status < 300 for status in result.sibling_status):
        return False
    alike = result.similarity_of_siblings
    least = alike - SLACK - SLACK_OF_NOISE * (1 - alike)
    return alike > 0 and result.similarity_to_page >= least


def says_what_they_say(result: ProbeResult) -> bool:
    """Whether the link's page has the very words of its siblings, and what stands around them is chance.

    Random headlines make pages unlike each other that say the same. The less like each other the siblings are, the less
    the link's page has to be like them.
    """
    if len(result.sibling_status) < 2 or not all(200 <= status < 300 for status in result.sibling_status):
        return False
    own, alike = result.own_similarity_of_siblings, result.similarity_of_siblings
    least = alike - SLACK - SLACK_OF_CHANCE * (1 - alike)
    return own >= OWN and result.own_similarity_to_page >= own - SLACK and result.similarity_to_page >= least


def is_their_page(result: ProbeResult) -> bool:
    """Whether link and siblings got one page, word for word, but for what differs each time.

    Of own words there may be too few to compare: then the title stands for them.
    """
    if not like_its_siblings(result) or result.similarity_to_page < 1 - SLACK:
        return False
    wordless = result.own_similarity_of_siblings == result.own_similarity_to_page == 0
    return result.same_title if wordless else result.own_similarity_to_page >= OWN


def boilerplate(page: Probe, first: Probe, second: Probe) -> Shingles:
    """What a site puts around its pages: all that the siblings share, with each other or with the page.

    For `crawler.verdict.content.compare`; not masked texts are better for it, but these will do.
    """
    return in_common([each.text for each in (page, first, second) if each.text is not None])


def _alike(one: Probe, other: Probe) -> float:
    return _similarity(one.text, other.text)


def _own_alike(one: Probe, other: Probe) -> float:
    return _similarity(one.own, other.own)


def _similarity(one: Shingles | None, other: Shingles | None) -> float:
    if one is None or other is None or min(one.tokens, other.tokens) < TOO_SHORT:
        return 0.0
    return similarity(one, other)


def _same_title(*probes: Probe) -> bool:
    titles = {" ".join(fold(each.title).split()) for each in probes if 200 <= each.status < 300}
    return all(200 <= each.status < 300 for each in probes) and len(titles) == 1 and "" not in titles


def _same_end(page: Probe, first: Probe, second: Probe) -> bool:
    """Whether all three were sent to one address, the address they came from aside (`?from=/a` and `?from=/b`)."""
    if not first.final_url or not second.final_url:
        return False
    ends = {_end(each) for each in (page, first, second)}
    return len(ends) == 1 and all(canonical(each.url) != canonical(each.final_url) for each in (first, second))


def _end(probe: Probe) -> str:
    target = unquote(canonical(probe.final_url))
    for spelling in sorted(map(unquote, _spellings(canonical(probe.url))), key=len, reverse=True):
        head, mark, query = target.partition("?")
        target = head + mark + query.replace(spelling, "")
    return target
