"""All behaviours of the bed, and what they come to."""

from __future__ import annotations

from tests.bed import files, hard, healthy, parked, shut_out, soft
from tests.bed.behaviour import Behaviour

BEHAVIOURS: tuple[Behaviour, ...] = (
    *soft.BEHAVIOURS,
    *parked.BEHAVIOURS,
    *hard.BEHAVIOURS,
    *shut_out.BEHAVIOURS,
    *healthy.BEHAVIOURS,
    *files.BEHAVIOURS,
)
