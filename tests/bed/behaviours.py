"""All behaviours of the bed, and what they come to."""

from __future__ import annotations

from tests.bed import (
    dressed,
    files,
    hard,
    healthy,
    moved,
    parked,
    shut_out,
    soft,
    soft_abroad,
    soft_said,
    soft_sent,
    subjects,
)
from tests.bed.behaviour import Behaviour

_THEMES = (
    soft,
    soft_said,
    soft_abroad,
    soft_sent,
    parked,
    hard,
    shut_out,
    healthy,
    moved,
    dressed,
    subjects,
    files,
)
BEHAVIOURS: tuple[Behaviour, ...] = tuple(each for theme in _THEMES for each in theme.BEHAVIOURS)
