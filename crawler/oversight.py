"""The watch over a run, on a thread of its own: its limits, the disk, its metrics and whether it gets on.

Once a second it looks; a limit ends the run as the first SIGTERM would: what is in flight is finished. What goes wrong
here never harms the run: it is logged, and the run goes on unwatched. A listening socket is opened only where a port
for metrics was asked for.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from time import monotonic, time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from archive.errors import SourcekeepError, UsageError
from crawler import __version__
from crawler.disk_guard import Room, room_at, room_short
from crawler.health import Finding, Vitals, findings
from crawler.limits import Reached, Taken, reached

if TYPE_CHECKING:
    from archive.keeper import Kept
    from crawler.jobs import Job
    from crawler.log_file import LogFile
    from crawler.metrics import Metrics
    from crawler.metrics_server import MetricsServer
    from crawler.queue_state import QueueState

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two looks
METRICS_EVERY = 15.0  # seconds between two states of the metrics, which is how often Prometheus asks


class Oversight:
    """Watches one job from `start` to `stop`. `end` is called, once, with the limit that was reached."""

    def __init__(self, job: Job, *, end: Callable[[Reached], object]) -> None:
        self.room: Room | None = None  # as it was last seen
        self._job = job
        self._end = end
        self._options = job.options.oversight
        self._began = self._progress_at = monotonic()
        self._progress: object = None
        self._database_file: int | None = None
        self._metrics: Metrics | None = None
        self._metrics_at = 0.0
        self._queue: QueueState | None = None
        self._server: MetricsServer | None = None
        self._log: LogFile | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="oversight", daemon=True)

    # --- life ---

    def start(self) -> None:
        """From now on there is a look every second. Raises UsageError where the log or the port cannot be had."""
        self._open_log()
        self._database_file = self._inode()
        if self._options.metrics_file is not None or self._options.metrics_port:
            self._start_metrics()
        self._thread.start()
        logger.info("The run %s begins", self._job.run_name, extra={"details": {"pid": os.getpid()}})

    def stop(self, exit_code: int | None = None) -> None:
        """No more of them; the last state of the metrics is written."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._metrics is not None:
            self._metrics.ended(time(), exit_code)
            self._renew_metrics(at_once=True)
        if self._server is not None:
            self._server.stop()
        if self._log is not None:
            logger.info("The run ends", extra={"details": {"exit_code": exit_code}})
            logging.getLogger().removeHandler(self._log)
            self._log.close()

    def _open_log(self) -> None:
        path = self._options.log_file
        if path is None:
            return
        from crawler.log_file import LogFile  # noqa: PLC0415 - its import takes time, and few runs need it

        about = {"collection": self._job.collection.root.name, "run": self._job.run_name, "job": self._job.name}
        self._log = LogFile(path, size=self._options.log_size, files=self._options.log_files, about=about)
        root = logging.getLogger()
        if root.level > logging.INFO:
            for handler in root.handlers:  # they are to say no more than before
                handler.setLevel(max(handler.level, root.level))
            root.setLevel(logging.INFO)
        root.addHandler(self._log)

    def _start_metrics(self) -> None:
        try:
            from crawler.metrics import Metrics  # noqa: PLC0415 - an extra
            from crawler.metrics_server import MetricsServer  # noqa: PLC0415
            from crawler.queue_state import QueueState  # noqa: PLC0415
        except ImportError as error:
            raise UsageError("metrics need an extra: pip install 'sourcekeep[metrics]'") from error
        job, options = self._job, self._options
        self._metrics = Metrics(job.collection.root.name, job.name, __version__)
        self._queue = QueueState(job.catalogue)
        self._renew_metrics(at_once=True)
        if options.metrics_port:
            registry, host, port = self._metrics.registry, options.metrics_host, options.metrics_port
            self._server = MetricsServer(registry, self.health, host=host, port=port)
            self._server.start()

    # --- what happens ---

    def kept(self, group: Sequence[Kept]) -> None:
        """What became durable: it counts, and may reach a limit."""
        self._progress_at = monotonic()  # articles read and documents written, too
        if self._metrics is not None:
            self._metrics.kept(group)
        self.look()

    def look(self) -> Reached | None:
        """The limit that is reached now, if any; it ends the run. Cheap: for after each commit, too."""
        limits = self._options.limits
        found = reached(limits, self._taken())
        if found is None and self.room is not None:
            found = room_short(self.room, limits.reserve, self._job.collection.root)
        if found is not None:
            self._end(found)
        return found

    def _taken(self) -> Taken:
        job = self._job
        pages = max(job.tally.captures, job.checks.checks)
        return Taken(pages=pages, bytes=job.tally.bytes, seconds=monotonic() - self._began)

    def _run(self) -> None:
        try:
            while not self._over.wait(EVERY):
                self._look_at_disk()
                self.look()
                self._look_for_progress()
                if self._metrics is not None and monotonic() >= self._metrics_at:
                    self._renew_metrics()
        except Exception:
            logger.exception("Nobody watches over limits and disk any more; the run goes on without")

    def _look_at_disk(self) -> None:
        try:
            self.room = room_at(self._job.collection.root)
        except SourcekeepError:  # whoever writes there will say so
            self.room = None
            logger.debug("The disk cannot be measured", exc_info=True)

    def _look_for_progress(self) -> None:
        job = self._job
        now = (job.phase, job.tally.captures, job.tally.pages, job.tally.settled.total(), job.checks.checks)
        if now != self._progress:
            self._progress, self._progress_at = now, monotonic()

    # --- how the run is ---

    def health(self) -> tuple[Finding, ...]:
        """What is well and what is not, now. For any thread."""
        job, options = self._job, self._options
        return findings(
            Vitals(
                since_progress=monotonic() - self._progress_at,
                stall_after=options.stall_after,
                room=self.room,
                reserve=options.limits.reserve,
                database=self._database(),
                failure=None if job.failure is None else str(job.failure),
            )
        )

    def _database(self) -> str | None:
        """What is wrong with the database; None if nothing is."""
        if self._inode() != self._database_file:
            return "its file is gone, or another one"
        try:
            with self._job.catalogue.reading() as connection:
                connection.execute(sa.select(1))
        except (SourcekeepError, sa.exc.SQLAlchemyError) as error:
            return f"it does not answer: {error}"
        return None

    def _inode(self) -> int | None:
        try:
            return self._job.collection.catalogue.stat().st_ino
        except OSError:
            return None

    def _renew_metrics(self, *, at_once: bool = False) -> None:
        """Bring the gauges up to date, and write the file. What goes wrong is a warning."""
        assert self._metrics is not None
        self._metrics_at = monotonic() + METRICS_EVERY
        try:
            self._gauge(at_once=at_once)
            if self._options.metrics_file is not None:
                from crawler.metrics_file import write_metrics  # noqa: PLC0415 - an extra

                write_metrics(self._options.metrics_file, self._metrics.text())
        except (SourcekeepError, OSError) as error:
            logger.warning("The metrics cannot be brought up to date: %s", error)

    def _gauge(self, *, at_once: bool) -> None:
        assert self._metrics is not None
        job = self._job
        self._look_at_disk()
        if self.room is not None:
            size = sum(path.stat().st_size for path in job.collection.warcs.glob("*.warc.gz*"))
            self._metrics.disk(self.room, reserve=self._options.limits.reserve, warcs=size)
        self._metrics.run(
            started=job.started_at.timestamp(),
            progress=time() - (monotonic() - self._progress_at),
            in_flight=job.turns.in_flight(),
            well={each.name: each.is_well for each in self.health()},
        )
        queue = self._queue.ask(job.now(), at_once=at_once) if self._queue is not None else None
        if queue is not None:
            self._metrics.queue(queue)
