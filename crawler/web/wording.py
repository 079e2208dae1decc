"""The words of the interface for what the house has names for (pure)."""

from __future__ import annotations

from archive.checks import Standing
from archive.model import Outcome
from archive.verdicts import VerdictClass

# What a state means, for people.
STANDINGS = {
    Standing.ALIVE: "answers, and says what it said",
    Standing.DEAD: "proven gone, by checks over days",
    Standing.CHANGED: "answers with something else",
    Standing.SUSPECT: "said to be gone; not proven yet",
    Standing.FAILING: "no good answer for now",
    Standing.UNSURE: "keeps us out; nothing said against it",
    Standing.NEW: "not checked yet",
    Standing.INVALID: "no address at all",
}
OUTCOMES = {
    Outcome.KEPT: "a copy rests in a WARC",
    Outcome.FAILED: "no copy; the reason is on record",
    Outcome.EXCLUDED: "not ours to fetch",
    Outcome.WAITING: "not fetched yet",
}
VERDICTS = {
    VerdictClass.ALIVE: "alive",
    VerdictClass.CHANGED: "changed",
    VerdictClass.DEAD: "dead",
    VerdictClass.FAILING: "failing",
    VerdictClass.UNSURE: "unsure",
    VerdictClass.INVALID: "invalid",
}


def spelled_out(word: object) -> str:
    """A word of a closed list as people read it: `moved_to_home` is "moved to home"."""
    return str(word).replace("_", " ")
