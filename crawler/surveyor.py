"""The surveyor: looks through captures as they become durable, and puts what they need into the frontier.

A thread of the job. It is told of every commit, asks the catalogue for captures nobody has looked at, has them read in
killable workers (archive.workers) out of the WARCs, and hands what was seen to the keeper: a survey, its links and its
metadata record are one commit. So nothing hangs the crawl, nothing seen is lost by a crash, and captures of earlier
runs are looked through as well: all once at the start, where looking failed again, and with what a smaller budget left.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from queue import SimpleQueue

from archive.catalogue import Catalogue
from archive.errors import SourcekeepError
from archive.keeper import Keeper, Kept, Submission, Text
from archive.link_rows import fetchable
from archive.model import CitationKind, LinkKind
from archive.records import FIELDS, warc_fields
from archive.survey_budgets import found_for, take_in
from archive.survey_queue import Unsurveyed, mark_covers, unsurveyed, unsurveyed_covers
from archive.surveying import Unread, failed_survey, survey_capture
from archive.surveys import Survey, survey_fields, worth_keeping
from archive.workers import Failure, Workers
from crawler.requisites import Budget, within

logger = logging.getLogger(__name__)

AT_ONCE = 200  # captures asked of the catalogue
PAGES_REMEMBERED = 10_000


class Surveyor:
    """Start with `start`, tell of commits with `note`, end with `stop`."""

    def __init__(
        self,
        catalogue: Catalogue,
        keeper: Keeper,
        folder: Path,
        *,
        kinds: Sequence[LinkKind],
        budget: Budget,
        now: Callable[[], datetime],
        on_idle: Callable[[], object],
        on_failure: Callable[[Exception], object],
    ) -> None:
        self._catalogue = catalogue
        self._keeper = keeper
        self._folder = folder
        self._kinds = tuple(kinds)
        self._budget = budget
        self._now = now
        self._on_idle = on_idle
        self._on_failure = on_failure
        self.on_problem: Callable[[str], object] = lambda _: None
        self._after = 0  # row of a capture: up to it nothing is left to look at
        self._begun = False
        self._cited: SimpleQueue[str] = SimpleQueue()  # cover images, as pages of events were read
        self._covers: set[int] = set()  # rows of captures of cover images that were looked at
        self._news = threading.Event()
        self._stopped = threading.Event()
        self._working = False
        self._thread = threading.Thread(target=self._run, name="surveyor", daemon=True)
        self._workers: Workers | None = None
        self._found: dict[str, int] = {}  # page -> requisites found for it, those not yet durable included

    def start(self) -> None:
        """Begin, with what earlier runs left."""
        self._news.set()
        self._thread.start()

    def note(self, group: Sequence[Kept]) -> None:
        """Captures became durable. From any thread; `busy` holds when it returns, if there is anything to look at."""
        if not self._thread.is_alive() or self._stopped.is_set():
            return
        covers = [url for kept in group for url in _covers_on(kept)]
        for url in covers:
            self._cited.put(url)
        if covers or any(_is_new(kept) for kept in group):
            self._news.set()

    @property
    def busy(self) -> bool:
        """Whether links may still come of what was noted."""
        return self._thread.is_alive() and not self._stopped.is_set() and (self._news.is_set() or self._working)

    def stop(self) -> None:
        """Look at nothing more. What was not looked at is left to the next run."""
        self._stopped.set()
        self._news.set()
        if self._workers is not None:
            self._workers.stop()
        if self._thread.is_alive():
            self._thread.join()

    # --- the thread ---

    def _run(self) -> None:
        try:
            while True:
                self._news.wait()
                if self._stopped.is_set():
                    return
                self._working = True
                self._news.clear()
                self._look()
                self._working = False
                self._on_idle()
        except Exception as error:
            if not self._stopped.is_set():
                if not isinstance(error, SourcekeepError):
                    logger.exception("The surveyor failed")
                self._on_failure(error)
        finally:
            self._working = False
            if self._workers is not None:
                self._workers.stop()

    def _look(self) -> None:
        if not self._begun:
            self._begin()
        with closing(self._tasks()) as tasks:
            first = next(tasks, None)
            if first is None or self._stopped.is_set():
                return
            if self._workers is None:  # a crawl that has nothing to survey starts no process
                self._workers = Workers(processes=max(1, (os.cpu_count() or 1) - 1))
            work = partial(survey_capture, self._folder, needs=bool(self._kinds))
            for task, result in self._workers.map_unordered(work, chain([first], tasks)):
                if self._stopped.is_set():
                    return
                self._keep(task, result)

    def _begin(self) -> None:
        """What earlier runs left: cover images found as something else, and what their budgets did not allow."""
        self._begun = True
        with self._catalogue.writing() as connection:
            mark_covers(connection, None)
        if self._kinds and take_in(self._catalogue, most=self._budget.count, largest=self._budget.bytes):
            self._on_idle()

    def _tasks(self) -> Generator[Unsurveyed, None, None]:
        covers = self._covers_cited()
        for task in chain(self._new(), self._at_covers(covers)):
            if not task.is_cover:
                yield task
            elif task.row_id not in self._covers:
                self._covers.add(task.row_id)
                yield task

    def _new(self) -> Iterator[Unsurveyed]:
        """The captures that came since we looked last."""
        before = -1
        while before < self._after and not self._stopped.is_set():
            before = self._after
            with self._catalogue.reading() as connection:
                lot = unsurveyed(connection, kinds=self._kinds, after=self._after, limit=AT_ONCE)
            self._after = lot.upto
            yield from lot.tasks

    def _covers_cited(self) -> list[str]:
        """The cover images of the pages that were read since we looked last, whatever they were taken for before."""
        found: dict[str, None] = {}
        while not self._cited.empty():
            found[self._cited.get()] = None
        urls = list(found)
        if urls:
            with self._catalogue.writing(durable=False) as connection:  # the next run marks them as well
                mark_covers(connection, urls)
        return urls

    def _at_covers(self, urls: Sequence[str]) -> Iterator[Unsurveyed]:
        if urls and not self._stopped.is_set():
            with self._catalogue.reading() as connection:
                found = list(unsurveyed_covers(connection, urls))
            yield from found

    def _keep(self, task: Unsurveyed, result: Survey | Unread | Failure) -> None:
        survey = self._survey(task, result)
        if survey is None:
            return
        survey = replace(self._bounded(survey), at=self._now())
        metadata = None
        if worth_keeping(survey):
            metadata = Text(
                uri=task.capture.url,
                mime=FIELDS,
                payload=warc_fields(survey_fields(survey)),
                refers_to=survey.record_id,
            )
        while self._keeper.full and not self._stopped.is_set():
            time.sleep(0.02)
        self._keeper.put(Submission(survey=survey, metadata=metadata))

    def _survey(self, task: Unsurveyed, result: Survey | Unread | Failure) -> Survey | None:
        """What to keep; None of a record that the disk did not give: the next run looks again."""
        match result:
            case Failure():
                return failed_survey(task, result)
            case Unread():
                self.on_problem(f"the record of {task.capture.url} cannot be read back: {result.why}")
                return result.survey
            case Survey():
                return result

    def _bounded(self, survey: Survey) -> Survey:
        page = survey.page_url
        if page is None or not survey.needs:
            return survey
        if page not in self._found:
            if len(self._found) >= PAGES_REMEMBERED:
                self._found.clear()
            with self._catalogue.reading() as connection:
                self._found[page] = found_for(connection, page)
        bounded = within(survey, left=self._budget.count - self._found[page])
        self._found[page] += sum(need.reason is None for need in bounded.needs)
        return bounded


def _covers_on(kept: Kept) -> Iterator[str]:
    """The addresses of the cover images on a page that was read."""
    page = kept.submission.page
    for citation in page.event.citations if page is not None and page.event is not None else ():
        if citation.kind is CitationKind.COVER_IMAGE and citation.url and (url := fetchable(citation.url)) is not None:
            yield url


def _is_new(kept: Kept) -> bool:
    """Whether a capture may have something in it: an answer that came whole."""
    capture = kept.capture
    good = capture is not None and capture.status is not None and 200 <= capture.status < 300
    return good and kept.submission.exchange is not None
