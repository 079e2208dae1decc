"""The metrics of a run, as Prometheus reads them. Needs the extra: `pip install 'sourcekeep[metrics]'`.

Each has the label `collection`; none has one that the web could fill (hosts, URLs), so their number stays small. The
registry is the run's own. Counters are of this run, gauges of the moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from archive.model import LinkStage

if TYPE_CHECKING:
    from archive.keeper import Kept
    from crawler.disk_guard import Room

disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each counter, which nobody asks for

PREFIX = "sourcekeep"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_BYTES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits, as the catalogue has it."""

    stages: Mapping[str, int]  # links by stage
    due: int  # links that are due to be checked
    lag: float  # seconds that the one due longest is overdue
    standings: Mapping[str, int]  # links by what their checks conclude
    citations: Mapping[str, int]  # by outcome


class Metrics:
    """What one run counts. Written by the keeper's thread, the loop and the oversight's; each update is locked."""

    def __init__(self, collection: str, job: str, version: str) -> None:
        self.registry = CollectorRegistry()
        self._labels = {"collection": collection, "job": job}
        named = ("collection", "job")

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(name, about, (*named, *labels), namespace=PREFIX, registry=self.registry)

        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(name, about, (*named, *labels), namespace=PREFIX, registry=self.registry)

        def histogram(name: str, about: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(name, about, named, namespace=PREFIX, buckets=buckets, registry=self.registry)

        self._captures = counter("captures", "Answers kept in this run, by class of status", "status")
        self._bytes = counter("payload_bytes", "Payload of the answers kept in this run")
        self._events = counter("events_read", "Events read in this run, new or changed")
        self._settled = counter(
            "links_settled", "Links this run is done with, by outcome and reason", "outcome", "reason"
        )
        self._retries = counter("links_put_off", "Attempts after which a link is tried again, by reason", "reason")
        self._checks = counter(
            "checks", "Checks made in this run, by verdict and its class", "verdict", "verdict_class"
        )
        self._seconds = histogram("request_seconds", "Duration of requests, from connection to last byte", _SECONDS)
        self._sizes = histogram("body_bytes", "Size of bodies as they came", _BYTES)
        self._links = gauge("queue_links", "Links of the collection, by stage", "stage")
        self._due = gauge("checks_due", "Links that are due to be checked")
        self._lag = gauge("checks_lag_seconds", "How long the check due longest is overdue")
        self._standings = gauge("links", "Links by the state that their checks conclude", "state")
        self._citations = gauge("citations", "Citations of the collection, by outcome", "outcome")
        self._in_flight = gauge("requests_in_flight", "Requests under way")
        self._free = gauge("disk_free_bytes", "Room on the collection's disk")
        self._total = gauge("disk_size_bytes", "Size of the collection's disk")
        self._reserve = gauge("disk_reserve_bytes", "What is to stay free of it")
        self._warcs = gauge("warc_bytes", "Size of the collection's WARC files")
        self._progress = gauge("run_last_progress_timestamp_seconds", "When the run last got on")
        self._healthy = gauge("run_healthy", "1 where the run is well", "check")
        self._up = gauge("run_active", "1 while the run is at work")
        self._started = gauge("run_start_timestamp_seconds", "When the run began")
        self._ended = gauge("run_end_timestamp_seconds", "When the run ended; 0 while it is at work")
        self._code = gauge("run_exit_code", "How the run ended; -1 while it is at work")
        self._info = gauge("run_info", "1; the version is in the label", "version")
        self._info.labels(**self._labels, version=version).set(1)
        for each in (self._bytes, self._events):
            each.labels(**self._labels)  # they are there from the beginning, as 0
        self.ended(None, None)

    # --- what happens ---

    def kept(self, group: Sequence[Kept]) -> None:
        """What became durable."""
        for each in group:
            self._count(each)

    def _count(self, kept: Kept) -> None:
        submission, capture, own = kept.submission, kept.capture, self._labels
        if submission.page is not None and submission.page.event is not None:
            self._events.labels(**own).inc()
        if capture is not None:
            self._captures.labels(**own, status=status_class(capture.status)).inc()
            self._bytes.labels(**own).inc(max(0, capture.payload_length))
        if submission.exchange is not None:
            self._seconds.labels(**own).observe(max(0, submission.exchange.duration_ms) / 1000)
            self._sizes.labels(**own).observe(submission.exchange.body_length)
        if submission.findings is not None and submission.findings.check is not None:
            state = submission.findings.check.verdict.state
            self._checks.labels(**own, verdict=state.value, verdict_class=state.verdict_class.value).inc()
        settlement = submission.settlement
        if settlement is None or submission.page is not None:
            return
        reason = settlement.reason
        if settlement.stage is LinkStage.PENDING:
            self._retries.labels(**own, reason=reason.value).inc()
        else:
            self._settled.labels(**own, outcome=reason.outcome.value, reason=reason.value).inc()

    # --- what is ---

    def queue(self, queue: Queue) -> None:
        """What waits now."""
        own = self._labels
        for stage, number in queue.stages.items():
            self._links.labels(**own, stage=stage).set(number)
        for state, number in queue.standings.items():
            self._standings.labels(**own, state=state).set(number)
        for outcome, number in queue.citations.items():
            self._citations.labels(**own, outcome=outcome).set(number)
        self._due.labels(**own).set(queue.due)
        self._lag.labels(**own).set(queue.lag)

    def disk(self, room: Room, *, reserve: int, warcs: int) -> None:
        """The disk now; all in bytes."""
        own = self._labels
        self._free.labels(**own).set(room.free)
        self._total.labels(**own).set(room.total)
        self._reserve.labels(**own).set(reserve)
        self._warcs.labels(**own).set(warcs)

    def run(self, *, started: float, progress: float, in_flight: int, well: Mapping[str, bool]) -> None:
        """How the run stands; times in seconds since 1970."""
        own = self._labels
        self._started.labels(**own).set(started)
        self._progress.labels(**own).set(progress)
        self._in_flight.labels(**own).set(in_flight)
        for check, is_well in well.items():
            self._healthy.labels(**own, check=check).set(int(is_well))

    def ended(self, at: float | None, exit_code: int | None) -> None:
        """The run is over; None: it is at work."""
        own = self._labels
        self._up.labels(**own).set(int(at is None))
        self._ended.labels(**own).set(at or 0)
        self._code.labels(**own).set(-1 if exit_code is None else exit_code)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


def status_class(status: int | None) -> str:
    """2xx, 3xx ...; "none" where no answer came, or it was a page from disk (pure)."""
    return f"{status // 100}xx" if status and 100 <= status <= 599 else "none"
