"""What a run brought back, for people and programs (pure, but for the file)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive.atomic_file import write_atomically
from archive.mementos import Recovery, RecoveryOutcome
from crawler.terminal import count, json_document, printable

if TYPE_CHECKING:
    from crawler.recovering import Result

NAME = "recoveries.json"  # in the run's folder
_WORDS = {
    "recovered": "brought back",
    "recovered_before": "were brought back by an earlier run",
    "held": "need none: we hold a copy of our own",
    "not_archived": "not archived anywhere we asked",
    "excluded": "not shown by those who may have it",
    "archive_unavailable": "not known: an archive was out of reach",
    "asked_lately": "asked for less than 30 days ago",
}


def counts(results: Iterable[Result]) -> dict[str, int]:
    """How many links came to what, those that came to nothing included."""
    found = Counter(str(result.outcome) for result in results)
    return {name: found[name] for name in _WORDS}


def report_of(results: Sequence[Result]) -> dict[str, object]:
    """The whole of it: counts, and each link with all that was tried."""
    return {"recovery": {"links": len(results), **counts(results)}, "links": [result_json(each) for each in results]}


def result_json(result: Result) -> dict[str, object]:
    """One link."""
    best = result.best
    return {
        "url": result.link.url,
        "state": str(result.link.state),
        "day": result.link.around.date().isoformat() if result.link.is_dated else None,
        "outcome": str(result.outcome),
        "archive": best.archive if best else None,
        "memento_url": best.memento_url if best else None,
        "captured_at": _instant(best),
        "own_record_id": result.record_id,
        "why": result.why,
        "tried": [_attempt_json(each) for each in result.tried],
    }


def recovery_json(recovery: Recovery) -> dict[str, object]:
    """One archive asked for one link, as the catalogue has it."""
    return {"url": recovery.url, **_attempt_json(recovery), "record_id": recovery.record_id}


def _attempt_json(recovery: Recovery) -> dict[str, object]:
    return {
        "archive": recovery.archive,
        "asked_at": recovery.asked_at.isoformat(),
        "outcome": str(recovery.outcome),
        "memento_url": recovery.memento_url,
        "captured_at": _instant(recovery),
        "why": recovery.why,
    }


def _instant(recovery: Recovery | None) -> str | None:
    return recovery.captured_at.isoformat() if recovery is not None and recovery.captured_at is not None else None


def line_about(result: Result) -> str:
    """One link on one printable line."""
    best = result.best
    about = ""
    if result.outcome == RecoveryOutcome.RECOVERED and best is not None and best.captured_at is not None:
        about = f" from {best.archive}, as of {best.captured_at:%Y-%m-%d}"
        if result.link.is_dated:
            days = abs((best.captured_at.date() - result.link.around.date()).days)
            about += f" ({count(days, 'day')} from the event)"
    elif result.why:
        about = f": {result.why}"
    return printable(f"{result.outcome}  {result.link.url}{about}")


def summary(found: Mapping[str, int]) -> Iterator[str]:
    """For people."""
    yield f"{count(sum(found.values()), 'link')} to recover"
    for name, words in _WORDS.items():
        if found.get(name):
            yield f"  {found[name]:>6,}  {words}"


def write_report(folder: Path, results: Sequence[Result]) -> None:
    """The report into the run's folder. Raises DiskFull, StorageError."""
    write_atomically(folder / NAME, json_document(report_of(results)).encode())
