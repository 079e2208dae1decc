"""kill -9 at the moments that matter, one by one: before and after each step from an answer to a finished run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.bed import Bed
from tests.faults.matrix import Blow, Survey, endure
from tests.faults.tracing import needs_strace

pytestmark = [needs_strace, pytest.mark.slow]

MOMENTS = {
    "before the catalogue has its tables": ("catalogue", "pwrite64", 0.3),
    "before the first record": ("warc", "write", 0),
    "between two records": ("warc", "write", 0.5),
    "before the WARC is durable": ("warc", "fdatasync", 0),
    "in the catalogue's commit": ("catalogue", "pwrite64", 0.8),
    "before the catalogue is durable": ("catalogue", "fdatasync", 0.6),
    "before a document is written": ("events", "write", 0),
    "before a document gets its name": ("events", "renameat", 0.5),
    "before the index is merged": ("index", "write", 0),
    "before the index is put in place": ("index", "rename", 0),
    "before a WARC gets its name": ("warc", "rename", 0),
    "after a WARC got its name": ("archive", "fsync", 1),
    "before the ledger": ("ledger", "rename", 0),
    "before the report": ("report", "renameat", 0),
    "while the catalogue is folded up": ("catalogue", "ftruncate", 1),
}


SOME = list(MOMENTS) if "SOURCEKEEP_THOROUGH" in os.environ else list(MOMENTS)[::3]  # all of them take minutes


@pytest.mark.parametrize("moment", SOME)
def test_a_kill(moment: str, surveyed: tuple[Bed, Survey], tmp_path: Path) -> None:
    """No row without its record; the same command takes the lock and goes on to 100 %, and verify finds nothing."""
    found, known = surveyed
    group, call, share = MOMENTS[moment]
    nth = max(1, round(known.counts[group, call] * share))
    endure(found, Blow(group=group, call=call, nth=nth, error="SIGKILL"), tmp_path, known.documents)
