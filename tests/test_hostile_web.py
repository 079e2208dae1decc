"""docs/hostile-web.md stays true: every row names tests that exist, and no row of the list it answers is missing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
TABLE = (PROJECT / "docs" / "hostile-web.md").read_text(encoding="utf-8")
LIST = PROJECT.parent / "shared" / "bad-web.md"


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, headings and rules left out."""
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in row] for row in cells]
    return [row for row in found if row[0] not in ("input", "fault", "attack", "") and set(row[0]) - {"-"}]


def test_every_row_names_tests_that_exist() -> None:
    """`file::function` of the tree, at least one a row unless it says "not yet"."""
    for row in rows(TABLE):
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row[2])
        assert named or row[1].startswith("not yet:"), row[0]
        for file, function in named:
            text = (PROJECT / file).read_text(encoding="utf-8")
            assert re.search(rf"^(async )?def {function}\(", text, re.MULTILINE), f"{file}::{function}"


@pytest.mark.skipif("CI" in os.environ or not LIST.is_file(), reason="CI does not rely on what lies beside the project")
def test_no_row_of_the_list_is_missing() -> None:
    """Sections 2 to 4, row by row, in their order."""
    wanted = re.split(r"^## \d\. .*$", LIST.read_text(encoding="utf-8"), flags=re.MULTILINE)
    inputs = [row[0] for section in wanted[2:5] for row in rows(section)]
    assert len(inputs) > 30
    told = [row[0] for row in rows(TABLE)]
    assert [each for each in told if each in inputs] == inputs
