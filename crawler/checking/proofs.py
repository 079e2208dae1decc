"""Checks told of once they are on the disk: each with the record that proves it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from archive.checks import Check
from archive.keeper import Kept

_Key = tuple[str, datetime]  # natural key of a check


class Proofs:
    """Calls `tell` with each check that was noted and kept, in the loop's thread or the keeper's, one at a time."""

    def __init__(self, tell: Callable[[Check], object]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._noted: dict[_Key, Check] = {}
        self._kept: dict[_Key, str | None] = {}  # the record of the answer, if one was worth keeping

    def note(self, check: Check) -> None:
        """A check was made. One without a run asked nobody, so that nothing of it is kept."""
        with self._lock:
            key = (check.url, check.at)
            if check.run_id is None:
                self._tell(check)
            elif key in self._kept:
                self._tell(_proven(check, self._kept.pop(key)))
            else:
                self._noted[key] = check

    def kept(self, group: Sequence[Kept]) -> None:
        """Submissions are on the disk."""
        with self._lock:
            for each in group:
                findings = each.submission.findings
                if findings is None or findings.check is None or findings.check.run_id is None:
                    continue
                key, record_id = (findings.check.url, findings.check.at), findings.check.verdict.evidence.record_id
                if (noted := self._noted.pop(key, None)) is not None:
                    self._tell(_proven(noted, record_id))
                else:
                    self._kept[key] = record_id

    def rest(self) -> None:
        """No more is kept: what was noted and could not be, without its proof."""
        with self._lock:
            noted, self._noted = self._noted, {}
            for check in noted.values():
                self._tell(check)


def _proven(check: Check, record_id: str | None) -> Check:
    evidence = replace(check.verdict.evidence, record_id=record_id)
    return replace(check, verdict=replace(check.verdict, evidence=evidence))
