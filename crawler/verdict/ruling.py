"""What a rule is, and how it puts its finding (pure)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from archive.verdicts import Evidence, Verdict, VerdictState
from crawler.verdict.answer import Answer, Match

Rule: TypeAlias = Callable[[Answer, Match | None], Verdict | None]

_LONGEST_WORD = 200


def ruled(
    state: VerdictState,
    rule: str,
    answer: Answer,
    *,
    words: tuple[str, ...] = (),
    numbers: tuple[tuple[str, float], ...] = (),
    match: Match | None = None,
) -> Verdict:
    """A verdict with its evidence. `match` is given by rules that compared with our copy."""
    evidence = Evidence(
        rule=rule,
        words=tuple(word[:_LONGEST_WORD] for word in words),
        numbers=numbers,
        record_id=answer.record_id,
        compared_with=match.record_id if match is not None else None,
    )
    return Verdict(state=state, evidence=evidence)
