"""What all tests share: how hypothesis searches, and which of the whole-program tests run in CI."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on what else the machine does; that is no property of the code. In CI the search is
# the same each time: a failure there is one of the change, not of the day.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("house")

# Tests that run the whole program take minutes together. Where CI is set each test of a row of docs/hostile-web.md runs
# every third day, one case of it, and a sixteenth of the others, each day other ones. Everywhere else, or with
# SOURCEKEEP_THOROUGH=1, all of them do.
WHOLE = ("end_to_end", "faults", "hostile", "test_benchmarks.py", "test_rechecking.py", "test_commands_demo.py")
DAYS_OF_ROWS, PARTS = 3, 16
ROWS = Path(__file__).parents[1] / "docs" / "hostile-web.md"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is another day's in CI."""
    if not os.environ.get("CI") or os.environ.get("SOURCEKEEP_THOROUGH"):
        return
    today = datetime.now(UTC).toordinal()
    later = pytest.mark.skip(reason="CI runs this on another day; SOURCEKEEP_THOROUGH=1 runs all")
    rows = set(re.findall(r"`(tests/[^`\[]+)", ROWS.read_text(encoding="utf-8")))
    for test, cases in groupby(filter(_is_whole, items), key=lambda item: item.nodeid.partition("[")[0]):
        some = list(cases)
        if test in rows:
            chosen = [] if (crc32(test.encode()) + today) % DAYS_OF_ROWS else [some[today // DAYS_OF_ROWS % len(some)]]
        else:
            chosen = [item for item in some if (crc32(item.nodeid.encode()) + today) % PARTS == 0]
        for item in some:
            if item not in chosen:
                item.add_marker(later)


def _is_whole(item: pytest.Item) -> bool:
    return any(part in WHOLE for part in item.path.relative_to(Path(__file__).parent).parts)
