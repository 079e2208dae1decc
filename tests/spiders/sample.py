"""The developer's sample of the archive, where it lies beside the checkout: pages and what they must give."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

SAMPLE = Path(os.environ.get("SOURCEKEEP_SAMPLE", Path(__file__).resolve().parents[3] / "shared" / "corpus"))
HERE = SAMPLE.joinpath("truth.jsonl").is_file() and os.environ.get("CI") != "true"

needs_sample = pytest.mark.skipif(not HERE, reason="the sample of the archive is not beside this checkout")


def page_paths() -> list[str]:
    """The site path of every page of the sample."""
    return sorted(file.relative_to(SAMPLE).as_posix() for file in SAMPLE.rglob("*.md")) if HERE else []


def truths(*kinds: str) -> list[dict]:
    """The expected values of the pages of these kinds."""
    if not HERE:
        return []
    lines = SAMPLE.joinpath("truth.jsonl").read_text("utf-8").splitlines()
    return [truth for truth in map(json.loads, lines) if truth["kind"] in kinds]


def read(path: str) -> bytes:
    """The bytes of a page of the sample."""
    return SAMPLE.joinpath(path).read_bytes()
