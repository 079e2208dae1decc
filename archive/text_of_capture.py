"""The text of any kept page, read anew for who asks, and what changed from one capture to another.

To be run in a worker (archive.workers): both parse what strangers sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archive.article import Article
from archive.extract import read_capture
from archive.model import Capture
from archive.payloads import payload_of
from archive.text_diff import TextDiff, compare


@dataclass(frozen=True, slots=True)
class Two:
    """Two captures to be compared, the older one first."""

    before: Capture
    after: Capture


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it. `diff` is None where one of them has no text: `why` says which, and why."""

    diff: TextDiff | None
    why: str = ""


def article_in(folder: Path, capture: Capture) -> tuple[Article | None, str]:
    """The article on a kept page, or None and the reason. `capture` is the one that holds the payload."""
    found = read_capture(partial(payload_of, folder), capture)
    return found.article, found.why


def compare_in(folder: Path, two: Two) -> Compared:
    """What changed in the text from one capture to the other; both hold their payload themselves."""
    texts = []
    for capture in (two.before, two.after):
        article, why = article_in(folder, capture)
        if article is None:
            return Compared(None, f"{capture.at:%Y-%m-%d %H:%M}: {why}")
        texts.append(article.text)
    return Compared(compare(*texts))
