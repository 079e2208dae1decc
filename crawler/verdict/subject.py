"""Whether a page is still about what our copy was about, though hardly a sentence is the same (pure).

An article written anew, its one free sentence, a ticker, a page of figures: the text goes, the headline stays, or at
least its words turn up again. An address that was given to another article, or to another trade, has neither.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from crawler.verdict import addresses
from crawler.verdict.answer import DRIFTED, Answer, Match, PageFacts
from crawler.verdict.content import titles_alike
from crawler.verdict.phrases import fold

ALIKE = 0.5  # of two titles: from here on they are one article's
SPOKEN_OF = 0.6  # share of the words of our headline that are on the page: it speaks of the same
_ENOUGH = 10  # words of our copy, to miss them
_FEWEST = 2  # words of a headline that can be looked for
_PARTS = re.compile(r"\s+[-|–—_·»«]+\s+|\s*[|_]\s*")
_WORD = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{4,}|\d{3,}")
_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}")
_LANGUAGE = re.compile(
    r"(?:ar|bg|bn|cn|cs|da|de|el|en|es|et|fa|fi|fr|gb|he|hi|hr|hu|id|int|intl|it|ja|jp|ko|kr|nl|no|pl|ps|pt|ro|ru|sk|sr|sv|th|tr|uk|ur|us|vi|"
    r"zh|arabic|chinese|deutsch|english|espanol|francais|french|german|russian|spanish)(?:[-_][a-z]{2,4})?\Z",
    re.IGNORECASE,
)  # fmt: skip


def headlines_alike(title: str, page: PageFacts) -> float:
    """How much our title is that of a page, or its heading: 0 to 1."""
    return max((titles_alike(title, each) for each in (page.title, *page.headings[:2]) if each), default=0.0)


def spoken_of(title: str, page: PageFacts) -> float:
    """The share of our headline's words, or pairs of Chinese characters, that a page has in what it says itself."""
    wanted = telling_words(max(_PARTS.split(title), key=len, default=""))
    if len(wanted) < _FEWEST:
        return 0.0
    said = telling_words("\n".join((page.title, *page.headings[:2], page.text)))
    return len(wanted & said) / len(wanted)


def telling_words(text: str) -> frozenset[str]:
    """Words of four letters or more, numbers of three digits or more, pairs of Chinese, Japanese or Korean letters."""
    folded = fold(text)
    pairs = (run[0][at : at + 2] for run in _RUN.finditer(folded) for at in range(len(run[0]) - 1))
    return frozenset((*(word[0] for word in _WORD.finditer(folded)), *pairs))


def same_subject(match: Match | None, page: PageFacts) -> bool:
    """Whether a page is still about what our copy was about."""
    if match is None or not match.title:
        return False
    return headlines_alike(match.title, page) >= ALIKE or spoken_of(match.title, page) >= SPOKEN_OF


def is_missed(match: Match | None) -> bool:
    """Whether hardly anything is left of a copy that had more than a few words."""
    return match is not None and match.share is not None and match.share < DRIFTED and match.words >= _ENOUGH


def translated(answer: Answer) -> bool:
    """Whether a reader was sent to the same address in another language: /en/news/7 to /de/news/7."""
    return addresses.strayed(answer) and _without_language(answer.url) == _without_language(answer.end)


def _without_language(url: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    parts = urlsplit(url)
    path = tuple(part for part in parts.path.casefold().split("/") if part and not _LANGUAGE.match(part))
    query = tuple((name, value) for name, value in parse_qsl(parts.query) if not _LANGUAGE.match(value))
    return path, query
