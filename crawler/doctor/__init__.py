"""Whether this machine, a collection and the network are fit for unattended work: what is looked at, and what to do.

Each part yields findings, and goes on where one of its checks fails: a doctor that stops at the first fault is no use.
Nothing is changed: neither the catalogue's schema nor a file, but for an empty one that is made and taken away again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    WARNING = "warning"  # works, and will not for ever, or not for everything
    FAULT = "fault"  # the next run fails, or what is kept is in danger


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `advice` says what to do; empty where nothing is to be done."""

    check: str  # in a word or two
    level: Level
    said: str
    advice: str = ""


def fine(check: str, said: str) -> Finding:
    """Nothing to do."""
    return Finding(check=check, level=Level.FINE, said=said)


def warning(check: str, said: str, advice: str) -> Finding:
    """To be looked at some time."""
    return Finding(check=check, level=Level.WARNING, said=said, advice=advice)


def fault(check: str, said: str, advice: str) -> Finding:
    """To be mended first."""
    return Finding(check=check, level=Level.FAULT, said=said, advice=advice)
