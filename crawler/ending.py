"""What follows the fetch, stage by stage; a signal leaves out those that are not begun, for the next run does them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from archive.aliases import update_aliases
from archive.errors import SourcekeepError
from archive.model import Outcome, Reason
from archive.rescoring import rescore
from archive.warc_files import storage_error
from crawler.conclusion import has_events
from crawler.stages import read_articles, write_documents

if TYPE_CHECKING:
    from crawler.jobs import Job


def run_stages(job: Job, *, extract: bool) -> None:
    """Scores, articles, aliases, documents. What goes wrong is the job's failure."""
    try:
        _check_seed(job)
        if job.failure is None:
            job.keeper.flush()
            job.frontier.release(job.run_id)
            if not job.interrupted:
                job.phase = "seeing what is whole"
                rescore(job.catalogue, job.now())
            if extract and not job.interrupted and not job.is_short_of_room:
                job.phase = "reading the articles"
                read_articles(job, processes=os.cpu_count() or 1)
            if not job.interrupted:
                job.phase = "seeing which addresses are one work"
                update_aliases(job.catalogue, job.now())
            job.phase = "writing the events"
            write_documents(job)
        job.keeper.close()
    except SourcekeepError as error:
        job.fail(error)
    except OSError as error:
        job.fail(storage_error(error, Path(error.filename or job.collection.root), "finishing"))


def _check_seed(job: Job) -> None:
    """A site of which not one page came is no success, whatever else went well."""
    url = job.seed_url
    if url is None or job.interrupted or job.failure is not None or job.reached is not None:
        return
    if job.tally.pages:
        if not has_events(job.catalogue):
            job.problem(f"{url} led to no event (news/YYYY/MM/D/title); name the archive's home page")
        return
    reason = job.frontier.reason_of(url)
    if reason is Reason.REFUSED_ADDRESS:
        job.problem(f"{url} gave no page (refused_address: loopback or private); --allow-network CIDR allows it")
    elif reason is not None and reason is not Reason.NOT_MODIFIED and reason.outcome is not Outcome.KEPT:
        job.problem(f"{url} gave no page ({reason}); see that the address is right and the site is up")


def heed_signals(interrupt: Callable[[], object]) -> None:
    """From now on the first SIGINT or SIGTERM calls `interrupt`, the second ends the process. For the main thread."""

    def first(number: int, _: object) -> None:
        interrupt()
        signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, first)
