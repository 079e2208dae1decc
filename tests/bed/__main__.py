"""`python -m tests.bed`: runs the bed once and prints the table, the misses and the figures.

--misses prints only what was judged wrongly; --keep FOLDER leaves the collection there; names limit the run to links
whose own names have one of them within. --by check judges a list by the collection's copies, --by alone without any.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bed.behaviours import BEHAVIOURS
from tests.bed.run import By, run


def main() -> int:
    """0 where every link was judged rightly, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.bed", description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--by", type=By, choices=list(By), default=By.RECHECK)
    given = parser.parse_args()
    chosen = [each for each in BEHAVIOURS if not given.names or any(name in each.name for name in given.names)]
    with tempfile.TemporaryDirectory() as folder:
        place = given.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        score = run(chosen, place, given.by)
    sys.stdout.write("\n".join([*score.lines(all_rows=not given.misses), ""]))
    return 1 if score.misses else 0


if __name__ == "__main__":
    raise SystemExit(main())
