"""Metrics written to a file for node_exporter's textfile collector, which needs no listening socket.

A run writes NAME.prom again and again, whole each time; its last state stays there when it has ended. A job writes
NAME-jobs.prom beside it, with when each job was last done: what an alert on jobs that never run goes by.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from archive.atomic_file import write_atomically
from crawler.job_states import JobState
from crawler.metrics import PREFIX


def write_metrics(path: Path, text: bytes) -> None:
    """Put the metrics there. Raises StorageError."""
    write_atomically(path, text)


def jobs_path(path: Path) -> Path:
    """Where the jobs' metrics go: beside those of the runs."""
    return path.with_name(f"{path.stem}-jobs{path.suffix or '.prom'}")


def jobs_text(collection: str, jobs: Iterable[JobState]) -> bytes:
    """The jobs in Prometheus' text format (pure)."""
    registry = CollectorRegistry()

    def gauge(name: str, about: str) -> Gauge:
        return Gauge(name, about, ("collection", "job"), namespace=PREFIX, registry=registry)

    ended = gauge("job_last_end_timestamp_seconds", "When the job's last run ended; 0: never")
    done = gauge("job_last_done_timestamp_seconds", "When the job was last done as it should be; 0: never")
    code = gauge("job_last_exit_code", "How the job's last run ended; -1: none has")
    expected = gauge("job_expected_seconds", "How often the job is expected to be done (expect_every)")
    for each in jobs:
        own = {"collection": collection, "job": each.job}
        ended.labels(**own).set(each.ended.timestamp() if each.ended else 0)
        done.labels(**own).set(each.done.timestamp() if each.done else 0)
        code.labels(**own).set(-1 if each.exit_code is None else each.exit_code)
        if each.expected is not None:
            expected.labels(**own).set(each.expected)
    return generate_latest(registry)
