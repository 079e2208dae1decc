"""The closed list of what a check can come to."""

from __future__ import annotations

from archive.verdicts import VerdictClass, VerdictState


def test_every_state_has_its_class() -> None:
    """No state is without one, and no class without a state."""
    assert {state.verdict_class for state in VerdictState} == set(VerdictClass)


def test_whoever_keeps_us_out_says_nothing_of_the_link() -> None:
    """A blocked bot is not a dead link."""
    for word in ("blocked", "rate_limited", "login_required", "robots_excluded", "legal_block", "payment"):
        assert VerdictState(word).verdict_class is VerdictClass.UNSURE
