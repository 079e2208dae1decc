"""What several modules of faults share: a bed, and the calls a crawl on it makes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.bed import Bed, bed
from tests.faults.matrix import Survey, survey


@pytest.fixture(scope="session")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bed, Survey]]:
    """A bed, and what a crawl on it does."""
    folder = tmp_path_factory.mktemp("surveyed")
    with bed(folder) as found:
        yield found, survey(found, folder / "survey")
