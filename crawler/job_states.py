"""How the jobs of a collection stand, by the records of their runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.collection import Collection
from crawler.configuration import Configuration
from crawler.job_folder import runs_of
from crawler.job_sequence import DONE, FOUND
from crawler.limits import SIZE, TIME

AS_IT_SHOULD_BE = frozenset({DONE, FOUND, SIZE, TIME})  # codes of a job that did what it is for


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job, as its records have it."""

    job: str
    ended: datetime | None
    done: datetime | None  # ended as it should
    exit_code: int | None
    expected: float | None  # seconds, `expect_every`


def job_states(collection: Collection, configuration: Configuration) -> list[JobState]:
    """Each job of the file, in its order."""
    found = []
    for plan in configuration.jobs.values():
        last = next((run for run in runs_of(collection, plan.name) if run.ended is not None), None)
        found.append(
            JobState(
                job=plan.name,
                ended=last.ended if last else None,
                done=last_done(collection, plan.name),
                exit_code=last.exit_code if last else None,
                expected=plan.expect_every,
            )
        )
    return found


def last_done(collection: Collection, job: str) -> datetime | None:
    """When the job was last done: to its last step, and with a code that is as it should be."""
    ends = (
        run.ended
        for run in runs_of(collection, job)
        if run.ended is not None and run.is_whole and run.exit_code in AS_IT_SHOULD_BE
    )
    return max(ends, default=None)
