"""EIO and a full disk at every kind of call that writes: a clean stop, nothing lost, and the same command goes on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.bed import Bed, bed
from tests.faults.matrix import CALLS, Survey, endure, survey
from tests.faults.tracing import needs_strace

pytestmark = [needs_strace, pytest.mark.slow]

PAIRS = [(group, call) for group, calls in CALLS.items() for call in calls]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bed, Survey]]:
    """A bed, and what a crawl on it does."""
    folder = tmp_path_factory.mktemp("bed")
    with bed(folder) as found:
        yield found, survey(found, folder / "survey")


@pytest.mark.parametrize(("group", "call"), PAIRS, ids=[f"{group}-{call}" for group, call in PAIRS])
def test_a_call_the_disk_refuses(group: str, call: str, ground: tuple[Bed, Survey], tmp_path: Path) -> None:
    """The first, the middle and the last such call: exit 3, or nothing was lost by it; then on to 100 %."""
    found, known = ground
    blows = list(known.blows(group, call))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda blow: endure(found, blow, tmp_path / str(blow.nth), known.documents), blows))
