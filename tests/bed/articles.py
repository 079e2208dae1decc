"""The articles that the bed's links lead to, and the headlines around them, read from `texts/`.

Each article was written for this bed, on a subject of its own, without a look at any rule that is to judge it. Some are
about the very things that rules look for: error pages, sold domains, captchas, paywalls.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

THEN = "then "  # begins the seeds of what was around an article when it was cited
UNLUCKY = ("error-page-history", "domain-sale-record", "captcha-study", "paywall-trial", "si-ling-si", "yuming-jiaoyi")
_TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A news article: who wrote it, when, in which language, and its paragraphs."""

    slug: str
    author: str
    day: date
    language: str
    headline: str
    paragraphs: tuple[str, ...]

    def only(self, count: int) -> Article:
        """The article cut off after so many paragraphs."""
        return replace(self, paragraphs=self.paragraphs[:count])

    @property
    def text(self) -> str:
        """Its paragraphs, one a line."""
        return "\n".join(self.paragraphs)


@cache
def articles() -> dict[str, Article]:
    """All articles by their slugs."""
    found = (each for name in ("en", "zh", "more") for each in _sections(name))
    return {article.slug: article for article in map(_article, found)}


def article(slug: str) -> Article:
    """The article of this slug; raises KeyError."""
    return articles()[slug]


@cache
def headlines(language: str) -> tuple[str, ...]:
    """What stands around an article of that language: headlines of others."""
    named = {head: lines for head, *lines in _sections("headlines")}
    return tuple(named[language] + [each.headline for each in articles().values() if each.language == language])


def some_headlines(language: str, seed: str, count: int) -> list[str]:
    """As many headlines as there are, up to `count`: the same for the same seed, others in the seeds of THEN."""
    pool = [each for each in headlines(language) if _is_of(seed, each)]
    return random.Random(seed).sample(pool, min(count, len(pool)))


def some_articles(language: str, seed: str, count: int) -> list[Article]:
    """Articles of that language: the same for the same seed, others in the seeds of THEN."""
    pool = [each for each in articles().values() if each.language == language and _is_of(seed, each.headline)]
    return random.Random(seed).sample(pool, min(count, len(pool)))


def _is_of(seed: str, headline: str) -> bool:
    """Whether what papers recommended in the days of that seed may be this: years later it is something else.

    What is about errors and domains is recommended NOW on purpose, where rules will meet it.
    """
    old = random.Random(headline).random() < 0.5 and headline not in {article(each).headline for each in UNLUCKY}
    return old == (THEN in seed)


def _sections(name: str) -> list[list[str]]:
    """Each section's lines: its head without the `#`, then the rest."""
    text = (_TEXTS / f"{name}.txt").read_text(encoding="utf-8")
    return [[line for line in part.splitlines() if line.strip()] for part in f"\n{text}".split("\n# ")[1:]]


def _article(section: list[str]) -> Article:
    head, headline, *paragraphs = section
    slug, author, day, *language = head.split(" | ")
    return Article(
        slug=slug,
        author=author,
        day=date.fromisoformat(day),
        language=language[0] if language else ("en" if headline.isascii() or "–" in headline else "zh"),
        headline=headline,
        paragraphs=tuple(paragraphs),
    )
