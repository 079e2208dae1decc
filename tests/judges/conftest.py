"""The collections, made once for all judges. Each kind's tests go to one worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judges.samples import hostile, tame


@pytest.fixture(
    scope="session",
    params=[pytest.param(kind, marks=pytest.mark.xdist_group(kind)) for kind in ("tame", "hostile")],
)
def collection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of each kind."""
    folder = tmp_path_factory.mktemp(request.param)
    return tame(folder / "c") if request.param == "tame" else hostile(folder / "c", folder)
