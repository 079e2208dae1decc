"""What random addresses beside the link tell of it, and when they are worth asking (pure).

Two probes cost two requests, so they are for links of which nothing else is known: nothing of our copy is there (or
there is none), no phrase says anything, and the page could be one that its server sends for every address.
"""

from __future__ import annotations

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import addresses
from crawler.verdict.answer import Answer, ContentKind, Match, NeedsProbes, PageFacts, ProbeResult
from crawler.verdict.error_phrases import error_said, story
from crawler.verdict.phrases import count_words
from crawler.verdict.probes import like_its_siblings, says_what_they_say
from crawler.verdict.redirects import sent_home
from crawler.verdict.ruling import ruled

_ARTICLE = 150  # words of paragraphs: as long as error pages never are
_SHELL = 15  # words: of a page that its scripts are still to fill, nothing can be said
_FRAME = 60  # words of a page's own that are still but its frame
_HEADLINE = 5  # words of a link that is no entry of a menu
_HEADLINES = 4
_ABOUT_AS = 0.75  # of the siblings' likeness to each other
_LEAST = 0.2


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
    return None if story(page) >= _ARTICLE else NeedsProbes(why="no copy to compare with, and no article")


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


def _is_unfilled(page: PageFacts) -> bool:
    """Whether scripts may still bring the page: a menu, "Loading", a footer, and no word of an error.

    Every address is answered so, those that exist too. Headlines are what a server would not send for nothing.
    """
    if not page.scripts or error_said(page) is not None or page.main_words > _FRAME or page.prose:
        return False
    return sum(1 for text in page.linked.split("\n") if count_words(text) >= _HEADLINE) < _HEADLINES


def _only_host_changed(answer: Answer) -> bool:
    asked, end = (addresses.path_of(url) for url in (answer.url, answer.end))
    return asked == end and asked not in ("", "/")


def same_end(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """Dead: whatever one asks for, one lands at this very address."""
    if not probes.same_final_url or not answer.hops or not addresses.strayed(answer) or addresses.is_home(answer.url):
        return None
    if any(addresses.is_login(hop.target) or addresses.is_consent(hop.target) for hop in answer.hops):
        return None  # all are stopped there, those that exist too
    return ruled(
        VerdictState.MOVED_TO_HOME, "same_end", answer, words=(answer.end,), numbers=_measured(probes), match=match
    )


def like_any_other(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict | None:
    """Dead: the page is about as similar to random siblings as those are to each other."""
    page = answer.page
    if page is None or not can_be_probed(answer) or _is_shell(page) or probes.same_final_url or _is_unfilled(page):
        return None
    alike = probes.similarity_of_siblings
    near = probes.similarity_to_page >= _ABOUT_AS * alike
    if not (alike >= _LEAST and near and like_its_siblings(probes)) and not says_what_they_say(probes):
        return None
    return ruled(VerdictState.SOFT_404, "like_any_other", answer, numbers=_measured(probes), match=match)


def _measured(probes: ProbeResult) -> tuple[tuple[str, float], ...]:
    return (
        ("similarity_to_page", probes.similarity_to_page),
        ("similarity_of_siblings", probes.similarity_of_siblings),
        ("own_similarity_to_page", probes.own_similarity_to_page),
        ("own_similarity_of_siblings", probes.own_similarity_of_siblings),
        *((f"sibling_status_{number}", status) for number, status in enumerate(probes.sibling_status, 1)),
    )
