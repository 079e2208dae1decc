"""One line of a list: a link of a collection with its state, or the answer to one check (pure)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from archive.checks import Check, Incident, LinkState, Mark, Standing
from archive.link_list import ListedLink
from archive.verdicts import VerdictClass, VerdictState

NOT_CHECKED = "not_checked"


class Listing(StrEnum):
    """What the rows of a list are."""

    LINKS = "links"
    CHECKS = "checks"


class Outcome(StrEnum):
    """What a row asks of its reader."""

    GOOD = "good"
    DEAD = "dead"
    BROKEN = "broken"  # no address at all
    OPEN = "open"  # nothing is proven: no answer for now, kept out, another text
    NOT_MADE = "not_made"  # the check


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A link and what is known of it: with `link`, a collection's; without, the answer to one check.

    A `check` that could not be made, for a fault of ours or because our own network was down, is None or tells so.
    """

    url: str  # as it was given
    check: Check | None = None
    link: ListedLink | None = None
    id: str | int | None = None  # as it was given
    why: str = ""  # the check was not made

    @property
    def word(self) -> str:
        """The state to show: what several checks conclude for a link, the verdict for a check."""
        if self.link is not None:
            return self.link.state.state.value
        return NOT_CHECKED if self.check is None else self.check.verdict.state.value

    @property
    def verdict(self) -> VerdictState | None:
        """What the last check found."""
        return None if self.check is None else self.check.verdict.state

    @property
    def verdict_class(self) -> VerdictClass | None:
        """What that means."""
        return None if self.verdict is None else self.verdict.verdict_class

    @property
    def final_url(self) -> str | None:
        """Where the last answer came from; None where there was none."""
        if self.check is None:
            return None
        return self.check.final_url or (self.url if self.check.status is not None else None)

    @property
    def outcome(self) -> Outcome:
        """What it asks of its reader."""
        return _of_check(self.check) if self.link is None else _OF_STANDING[self.link.state.state]


_OF_STANDING = {
    Standing.NEW: Outcome.NOT_MADE,
    Standing.ALIVE: Outcome.GOOD,
    Standing.SUSPECT: Outcome.OPEN,
    Standing.CHANGED: Outcome.OPEN,
    Standing.FAILING: Outcome.OPEN,
    Standing.UNSURE: Outcome.OPEN,
    Standing.DEAD: Outcome.DEAD,
    Standing.INVALID: Outcome.BROKEN,
}
_OF_CLASS = {
    VerdictClass.ALIVE: Outcome.GOOD,
    VerdictClass.CHANGED: Outcome.OPEN,
    VerdictClass.DEAD: Outcome.DEAD,
    VerdictClass.FAILING: Outcome.OPEN,
    VerdictClass.UNSURE: Outcome.OPEN,
    VerdictClass.INVALID: Outcome.BROKEN,
}


def _of_check(check: Check | None) -> Outcome:
    if check is None or check.incident is Incident.NETWORK or check.verdict.state is VerdictState.INTERNAL_ERROR:
        return Outcome.NOT_MADE
    return _OF_CLASS[check.verdict.verdict_class]


class Writer(Protocol):
    """A form. `begin`, every `row` in turn and `end`, joined, are the document."""

    def begin(self) -> str:
        """What stands before the rows."""

    def row(self, row: Row) -> str:
        """What a row gives; possibly nothing yet."""

    def end(self) -> str:
        """What stands behind the rows."""


# --- as plain values ---


def row_json(row: Row) -> dict[str, object]:
    """The row for programs: every key always there, times as ISO 8601 in UTC."""
    if row.link is not None:
        return {"url": row.url, **_link_json(row, row.link), **_check_json(row)}
    state = {"state": row.word, "class": row.verdict_class and row.verdict_class.value}
    made = {"checked_at": instant(row.check.at if row.check else None), "why": row.why or None}
    waits = {"not_before": instant(row.check.not_before if row.check else None)}
    incident = {"incident": row.check.incident.value if row.check and row.check.incident else None}
    return {"id": row.id, "url": row.url, **state, **_check_json(row), **made, **waits, **incident}


def _check_json(row: Row) -> dict[str, object]:
    check = row.check
    return {
        "status": check.status if check else None,
        "final_url": row.final_url,
        "redirects": list(check.redirects) if check else [],
        "evidence": evidence_json(check) if check else None,
    }


def evidence_json(check: Check) -> dict[str, object]:
    """Why a check says what it says: the rule, what it found and measured, the records that show it."""
    evidence = check.verdict.evidence
    return {
        "rule": evidence.rule,
        "words": list(evidence.words),
        "numbers": {name: number if math.isfinite(number) else None for name, number in evidence.numbers},
        "record_id": evidence.record_id,
        "compared_with": evidence.compared_with,
    }


def _link_json(row: Row, link: ListedLink) -> dict[str, object]:
    state = link.state
    return {
        "state": state.state.value,
        "since": instant(state.since),
        "class": row.verdict_class and row.verdict_class.value,
        "verdict": row.verdict and row.verdict.value,
        **state_json(state),
        "copies": link.copies,
        "mementos": link.mementos,
        "cited_by": [
            {"event": each.event, "position": each.position, "kind": each.kind.value, "label": each.label}
            for each in link.cited_by
        ],
    }


def state_json(state: LinkState) -> dict[str, object]:
    """What several checks conclude, beside the state itself: `found` is by the checks alone, `mark` a person's word."""
    return {
        "found": state.found.value,
        "points": state.points,
        "against": [
            {"at": instant(each.at), "state": each.state.value, "points": each.points, "record_id": each.record_id}
            for each in state.evidence
        ],
        "last_check": instant(state.last_check),
        "last_alive": instant(state.last_alive),
        "next_due": instant(state.next_due),
        "mark": None if state.mark is None else mark_json(state.mark),
    }


def mark_json(mark: Mark) -> dict[str, object]:
    """A person's word; `state` null: the words before are taken back."""
    return {
        "state": mark.state and mark.state.value,
        "why": mark.why,
        "who": mark.who,
        "at": instant(mark.at),
        "until_contradicted": mark.until_contradicted,
    }


def instant(at: datetime | None) -> str | None:
    """A time in UTC, to the second: "2026-03-01T12:00:00Z"."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(at: datetime | None) -> str:
    """The day of a time in UTC; "" for none."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d}"


def proof(row: Row) -> str:
    """The evidence in a line: the rule, what it found and measured, the record that shows it."""
    if row.check is None:
        return row.why
    evidence = row.check.verdict.evidence
    numbers = [f"{name} {number:g}" for name, number in evidence.numbers]
    words = [f"“{word}”" for word in evidence.words]
    records = [f"record {evidence.record_id}"] if evidence.record_id else []
    return ", ".join([evidence.rule, *words, *numbers, *records])
