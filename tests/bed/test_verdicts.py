"""The real commands over the whole bed: what they say of three hundred links, once.

Everything is judged in a single check. That a link is only called dead for good after several is shown elsewhere; here
it counts as called dead if the one check says so. One test, so that test runners do not run the bed in several workers.
What the figures are worth is told in tests.bed.run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bed.behaviours import BEHAVIOURS
from tests.bed.run import run

EXACT = 0.97
SOFT_DEATHS = 22 / 24


@pytest.mark.slow
def test_the_bed_is_judged_rightly(tmp_path: Path) -> None:
    """No living link is called dead, nor one that nobody can know to be; soft deaths are found; 97 of 100 states are
    exact; a check costs 2.5 requests at most, robots.txt, redirects, retries and neighbours included."""
    score = run(BEHAVIOURS, tmp_path)
    said = "\n".join(score.lines(all_rows=False))
    assert not score.false_deaths, said
    assert score.requests_a_link <= 2.5, said
    assert not score.unsure_dead, said
    assert score.exact >= EXACT, said
    assert score.soft_found >= score.soft_deaths * SOFT_DEATHS, said
