"""EIO and a full disk at every kind of call that writes: a clean stop, nothing lost, and the same command goes on."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.bed import Bed
from tests.faults.matrix import CALLS, Survey, endure
from tests.faults.tracing import needs_strace

pytestmark = [needs_strace, pytest.mark.slow]

EVERY = [(group, call) for group, calls in CALLS.items() for call in calls]
PAIRS = EVERY if "SOURCEKEEP_THOROUGH" in os.environ else EVERY[::4]  # all of them take ten minutes


@pytest.mark.parametrize(("group", "call"), PAIRS, ids=[f"{group}-{call}" for group, call in PAIRS])
def test_a_call_the_disk_refuses(group: str, call: str, surveyed: tuple[Bed, Survey], tmp_path: Path) -> None:
    """The first, the middle and the last such call: exit 3, or nothing was lost by it; then on to 100 %."""
    found, known = surveyed
    blows = list(known.blows(group, call))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda blow: endure(found, blow, tmp_path / str(blow.nth), known.documents), blows))
