"""kill -9 at any moment, the same command again: nothing lost, nothing repeated but what was in flight."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.soak import ordeal, runs_of


@pytest.mark.slow
def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    """A crawl of a few hundred pages, killed at 20 random moments, ends with every source kept."""
    kills = 0
    seed = 1
    while kills < 20:
        into = tmp_path / str(seed)
        into.mkdir()
        came = ordeal(into, kills=20 - kills, events=80, seed=seed)
        assert came.held, came
        assert runs_of(into / "collection") >= 1
        kills += max(came.kills, 1)
        seed += 1
