"""What follows a job's last step: its report, who is told of it, and old reports taken away.

None of it changes how the job ended; what goes wrong here is a warning.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from archive.collection import Collection
from archive.errors import SourcekeepError
from crawler.configuration import Configuration, JobPlan
from crawler.job_folder import JobFolder
from crawler.job_report import job_parts, job_title, step_reports
from crawler.job_sequence import BUSY, JobRun
from crawler.job_states import job_states, last_done
from crawler.notifications.channels import Happening, Notified
from crawler.notifications.message import Message, message_of
from crawler.notifications.sending import notify
from crawler.oversight_options import OversightOptions
from crawler.report_files import prune, write_pages
from crawler.terminal import spell_seconds

logger = logging.getLogger(__name__)


class Teller:
    """Concludes runs of a collection's jobs. `tell` is given a line for people now and then."""

    def __init__(
        self,
        collection: Collection,
        configuration: Configuration,
        options: OversightOptions,
        *,
        now: Callable[[], datetime],
        tell: Callable[[str], object],
    ) -> None:
        self.options = options
        self._collection = collection
        self._configuration = configuration
        self._now = now
        self._tell = tell

    def conclude(self, run: JobRun, folder: JobFolder) -> JobRun:
        """The run, told of and recorded."""
        run = replace(run, notified=(*self._told_of(run, folder), *self._told_of_overdue(run)))
        try:
            folder.save(run)
            write_pages(folder.path, job_title(run), job_parts(run, folder.path))
            kept = self.options
            prune(
                self._collection.runs,
                keep=kept.keep_reports,
                days=kept.keep_report_days,
                now=self._now(),
                but=folder.path,
            )
            if kept.metrics_file is not None:
                self._write_metrics(kept.metrics_file)
        except (SourcekeepError, OSError, ImportError) as error:
            logger.warning("The report of the job %s cannot be written: %s", run.job, error)
        return run

    def _write_metrics(self, path: Path) -> None:
        from crawler.metrics_file import jobs_path, jobs_text, write_metrics  # noqa: PLC0415 - an extra

        states = job_states(self._collection, self._configuration)
        write_metrics(jobs_path(path), jobs_text(self._collection.root.name, states))

    def tell_left_out(self, job: str, why: str) -> tuple[Notified, ...]:
        """A run that was not begun, for another one held the collection."""
        summary = f"{job}: left out; {why}"
        return self._notify(self._bare(job, Happening.LEFT_OUT, summary, exit_code=BUSY))

    def _told_of(self, run: JobRun, folder: JobFolder) -> tuple[Notified, ...]:
        message = message_of(
            run,
            step_reports(run, folder.path),
            delivery=str(uuid4()),
            collection=self._collection.root.name,
            record=str(folder.path),
            now=self._now(),
        )
        return self._notify(message)

    def _told_of_overdue(self, run: JobRun) -> Iterator[Notified]:
        for plan, since in self._overdue(run):
            last = f"since {since:%Y-%m-%d %H:%M} UTC" if since else "ever"
            wanted = spell_seconds(plan.expect_every or 0)
            summary = f"{plan.name}: not done {last}, expected every {wanted}"
            yield from self._notify(self._bare(plan.name, Happening.NEVER_RUN, summary))

    def _overdue(self, run: JobRun) -> Iterator[tuple[JobPlan, datetime | None]]:
        """The other jobs that have not been done as often as they should be."""
        for plan in self._configuration.jobs.values():
            if plan.expect_every is None or plan.name == run.job:
                continue
            done = last_done(self._collection, plan.name)
            since = done or self._configured_at()
            if since is None or since < self._now() - timedelta(seconds=plan.expect_every):
                yield plan, done

    def _configured_at(self) -> datetime | None:
        """When the file that asks for the jobs was written."""
        with contextlib.suppress(OSError):
            written = (self._collection.root / "sourcekeep.toml").stat().st_mtime
            return datetime.fromtimestamp(written, self._now().tzinfo)
        return None

    def _bare(self, job: str, what: Happening, summary: str, *, exit_code: int | None = None) -> Message:
        return Message(
            id=str(uuid4()),
            at=self._now(),
            collection=self._collection.root.name,
            job=job,
            happened=frozenset({what}),
            exit_code=exit_code,
            summary=summary,
        )

    def _notify(self, message: Message) -> tuple[Notified, ...]:
        told = notify(message, self._configuration.notifications, folder=self._collection.root)
        for each in told:
            self._tell(f"{'told' if each.told else 'could not tell'} {each.name}: {each.said}")
        return told
