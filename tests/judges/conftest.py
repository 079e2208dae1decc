"""The collections, made once for all judges: what needs one of them goes to one worker, and else a whole file does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.judges.samples import hostile, tame

KINDS = {"tame": tame, "hostile": hostile}
OF_A_KIND = re.compile(rf"\[.*?\b({'|'.join(KINDS)})\b")


@pytest.fixture(scope="session", params=KINDS)
def collection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of each kind."""
    return KINDS[request.param](tmp_path_factory.mktemp(request.param))


class ByCollection(LoadScopeScheduling):
    """Tests of one collection, or else of one file, in one worker (`--dist loadgroup` does nothing with pytest 9)."""

    def _split_scope(self, nodeid: str) -> str:
        found = OF_A_KIND.search(nodeid)
        return found[1] if found else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByCollection:
    """The above."""
    return ByCollection(config, log)
