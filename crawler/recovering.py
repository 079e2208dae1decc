"""Dead links brought back: our own copies first, then links into archives that the events cite, then each archive.

What an archive has is fetched by our own engine, so that its bytes are kept as it sent them, and judged by the rules of
a check. What passes is kept as a copy of the original at the time the archive made it, with its source; what does not
is dropped. Each archive asked gives a `Recovery`: an outage is never taken for absence.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from archive.coding import UnsupportedCodingError
from archive.dead_links import DeadLink
from archive.errors import SourcekeepError
from archive.keeper import Submission
from archive.mementos import Recovery, RecoveryOutcome, Source
from archive.model import Context, Exchange, Via
from archive.recoveries import last_asked, summed_up
from archive.workers import Workers, line_about, line_of
from crawler.holdings import MOST_BYTES, Holdings, seen_by
from crawler.memento.archive_links import ArchiveLink, raw_of, unwrap
from crawler.memento.asking import ArchiveClient, Excluded, Unavailable
from crawler.memento.choosing import Candidate, in_order, stamp
from crawler.memento.fetching import Fetched, Fetcher, Unusable
from crawler.memento.judging import Task, answer_of, expected_of, opinion
from crawler.verdict.addresses import is_home
from crawler.verdict.content import Fingerprint

if TYPE_CHECKING:
    from crawler.jobs import Job

logger = logging.getLogger(__name__)

AT_ONCE = 4  # links under way: as many archives can be asked at the same time
ASK_AGAIN = timedelta(days=30)  # what an archive did not have, or does not show
HELD, BEFORE, ASKED_LATELY = "held", "recovered_before", "asked_lately"  # beside the outcomes: nothing was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one link."""

    link: DeadLink
    outcome: str  # HELD, BEFORE, ASKED_LATELY, or a RecoveryOutcome
    best: Recovery | None = None  # of those tried, the one that decided
    record_id: str | None = None  # of our own copy, if it is held
    tried: tuple[Recovery, ...] = ()
    why: str = ""


@dataclass(slots=True, kw_only=True)
class _Search:
    """One link on its way through the archives."""

    link: DeadLink
    url: str  # to ask for: the original, where the link points into an archive
    around: datetime
    ours: Fingerprint | None = None
    digests: list[str] = field(default_factory=list)  # of mementos that were no copies, by the archives' word
    tried: list[Recovery] = field(default_factory=list)


class Recoverer:
    """Brings links back, a few at a time. `clients` are asked in their order."""

    def __init__(
        self,
        job: Job,
        clients: Sequence[ArchiveClient],
        fetcher: Fetcher,
        workers: Workers,
        *,
        stopped: threading.Event,
        on_stop: Callable[[], object] = lambda: None,
        limit: int | None = None,
        anew: bool = False,
    ) -> None:
        self._job = job
        self._clients = clients
        self._fetcher = fetcher
        self._workers = workers
        self._holdings = Holdings(job.collection.warcs, workers)
        self._stopped = stopped
        self._on_stop = on_stop
        self._left = limit  # links that may still be asked for; None: any number
        self._anew = anew

    async def run(self, links: Iterable[DeadLink], tell: Callable[[Result], object]) -> None:
        """Recover the links; `tell` hears of each. What goes wrong with one is a problem of the job's."""
        waiting = iter(links)
        watch = asyncio.get_running_loop().create_task(self._watch())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._work(waiting, tell))
        finally:
            watch.cancel()
            self._stopped.set()
            self._on_stop()

    async def _watch(self) -> None:
        """A stop ends all waiting, that of threads too."""
        while not self._job.stopping:
            await asyncio.sleep(0.1)
        self._stopped.set()
        self._on_stop()

    async def _work(self, waiting: Iterable[DeadLink], tell: Callable[[Result], object]) -> None:
        for link in waiting:
            if self._stopped.is_set():
                return
            try:
                result = await self.recover(link)
            except SourcekeepError as error:
                self._job.fail(error)
                return
            except Exception as error:
                logger.exception("%s cannot be recovered", link.url)
                self._job.problem(f"{line_of(link.url)}: a fault of sourcekeep's ({line_about(error)})")
                continue
            if result is not None:
                tell(result)

    async def recover(self, link: DeadLink) -> Result | None:
        """What came of one link; None if the run was stopped meanwhile."""
        if (own := await self._holdings.usable(link)) is not None:
            return Result(link=link, outcome=HELD, record_id=own.record_id)
        pointer = unwrap(link.url)
        if pointer is not None and pointer.original is None:
            return Result(link=link, outcome=RecoveryOutcome.NOT_ARCHIVED, why=_OPAQUE.format(pointer.archive))
        search = _Search(
            link=link,
            url=link.url if pointer is None or pointer.original is None else pointer.original,
            around=link.around if pointer is None or pointer.at is None else pointer.at,
            ours=await self._holdings.part(link),
        )
        known = {} if self._anew else await asyncio.to_thread(self._last_asked, link.url)
        if (before := _brought(known)) is not None:
            return Result(link=link, outcome=BEFORE, best=before)
        due = self._due(known)
        pointed = list(self._pointed(search, pointer)) if due else []
        if not due:
            return Result(link=link, outcome=ASKED_LATELY)
        if self._left is not None:
            if not self._left:
                return None
            self._left -= 1
        return await self._search(search, pointed, due)

    def _due(self, known: Mapping[str, Recovery]) -> list[ArchiveClient]:
        """The archives to be asked: not those that said lately that they have nothing, or do not show it."""
        still = (None, RecoveryOutcome.ARCHIVE_UNAVAILABLE)
        said = {name: last.outcome for name, last in known.items()}
        return [each for each in self._clients if said.get(each.archive.name) in still]

    async def _search(
        self,
        search: _Search,
        pointed: Sequence[tuple[Candidate, ArchiveClient | None]],
        due: Sequence[ArchiveClient],
    ) -> Result | None:
        """What the archives come to, the mementos that are named first; None if the run was stopped meanwhile."""
        tries = [partial(self._try_each, search, each.archive, [each], client) for each, client in pointed]
        for attempt in (*tries, *(partial(self._ask, search, client) for client in due)):
            recovery = await attempt()
            if recovery.outcome is RecoveryOutcome.RECOVERED:
                search.tried.append(recovery)
                break
            if self._stopped.is_set():
                return None
            search.tried.append(recovery)
            self._job.keeper.put(Submission(recovery=recovery))
        return _concluded(search)

    def _last_asked(self, url: str) -> dict[str, Recovery]:
        with self._job.catalogue.reading() as connection:
            return last_asked(connection, url, since=self._job.now() - ASK_AGAIN)

    async def _ask(self, search: _Search, client: ArchiveClient) -> Recovery:
        name = client.archive.name
        try:
            found = await asyncio.to_thread(client.captures, search.url, search.around)
        except Unavailable as error:
            return self._recovery(search, name, RecoveryOutcome.ARCHIVE_UNAVAILABLE, str(error))
        except Excluded as error:
            return self._recovery(search, name, RecoveryOutcome.EXCLUDED, str(error))
        return await self._try_each(search, name, in_order(found, search.around, digests=search.digests), client)

    async def _try_each(
        self, search: _Search, name: str, candidates: Sequence[Candidate], client: ArchiveClient | None = None
    ) -> Recovery:
        """The first of an archive's captures that is a copy; else what they come to."""
        whys: list[str] = []
        for candidate in candidates:
            try:
                return await self._try(search, candidate, client)
            except Unusable as error:
                whys.append(f"{candidate.at:%Y-%m-%d}: {error}")
                if candidate.digest is not None:
                    search.digests.append(candidate.digest)
            except Excluded as error:
                return self._recovery(search, name, RecoveryOutcome.EXCLUDED, str(error))
            except Unavailable as error:
                if client is not None:
                    client.note_failure(str(error))
                return self._recovery(search, name, RecoveryOutcome.ARCHIVE_UNAVAILABLE, str(error))
        why = f"{len(whys)} captures, none of use ({'; '.join(whys)})" if whys else "it has none"
        return self._recovery(search, name, RecoveryOutcome.NOT_ARCHIVED, why)

    async def _try(self, search: _Search, candidate: Candidate, client: ArchiveClient | None) -> Recovery:
        """Fetch one memento and keep it. Raises Unusable, Unavailable, Excluded."""
        fetched = await self._fetcher.fetch(candidate, client, home_is_fine=is_home(search.url))
        if client is not None:
            client.note_success()
        try:
            await self._judge(search, fetched)
        except BaseException:
            fetched.close()
            raise
        return self._keep(search, candidate, fetched)

    async def _judge(self, search: _Search, fetched: Fetched) -> None:
        final = fetched.final
        try:
            body = await asyncio.to_thread(final.body, MOST_BYTES)
        except UnsupportedCodingError as error:
            raise Unusable(str(error)) from error
        seen = await seen_by(self._workers, Task(body=body, ours=search.ours))
        if seen is None:
            raise Unusable("it cannot be read")
        exchange = final.exchange
        answer = answer_of(
            seen,
            url=search.url,
            status=exchange.status or 0,
            headers=final.headers,
            expected=expected_of(search.url, is_cover=search.link.is_cover, ours=search.ours),
            tls_verified=exchange.tls.verified if exchange.tls is not None else None,
        )
        found = opinion(seen, answer)
        if not found.usable:
            raise Unusable(found.why)

    def _keep(self, search: _Search, candidate: Candidate, fetched: Fetched) -> Recovery:
        """Hand over the memento, and the archived redirects that lead to it."""
        context = Context(via=search.link.url)
        for hop in fetched.hops:
            self._job.keeper.put(
                Submission(exchange=_as_original(hop.exchange, hop.url, hop.at, candidate), context=context)
            )
        final = fetched.final
        exchange = _as_original(final.exchange, final.url, final.at, candidate, recovers=search.link.url)
        recovery = Recovery(
            url=search.link.url,
            archive=candidate.archive,
            asked_at=final.exchange.started_at,
            outcome=RecoveryOutcome.RECOVERED,
            memento_url=final.exchange.url,
            captured_at=final.at,
        )
        self._job.keeper.put(Submission(exchange=exchange, context=context, recovery=recovery))
        return recovery

    def _pointed(
        self, search: _Search, pointer: ArchiveLink | None
    ) -> Iterator[tuple[Candidate, ArchiveClient | None]]:
        """The mementos that the events themselves name: in the link, or in another citation beside it."""
        named = [(link, url) for url in search.link.beside if (link := unwrap(url)) is not None]
        if pointer is not None:
            named.insert(0, (pointer, search.link.url))
        for link, url in named:
            if link.original != search.url or link.at is None:
                continue
            client = next((each for each in self._clients if each.archive.holds(link.archive)), None)
            raw = raw_of(url) if client is None else client.archive.raw_url(search.url, stamp(link.at))
            name = link.archive if client is None else client.archive.name
            yield Candidate(archive=name, url=search.url, at=link.at, memento_url=url, raw_url=raw), client

    def _recovery(self, search: _Search, archive: str, outcome: RecoveryOutcome, why: str) -> Recovery:
        return Recovery(
            url=search.link.url, archive=archive, asked_at=self._job.now(), outcome=outcome, why=line_of(why)
        )


_OPAQUE = "the link is a short address of {}, which alone knows what it means"


def _brought(known: Mapping[str, Recovery]) -> Recovery | None:
    """What an earlier run brought back."""
    return next((each for each in known.values() if each.outcome is RecoveryOutcome.RECOVERED), None)


def _concluded(search: _Search) -> Result:
    outcome = summed_up([each.outcome for each in search.tried]) or RecoveryOutcome.NOT_ARCHIVED
    best = next((each for each in search.tried if each.outcome is outcome), None)
    return Result(
        link=search.link,
        outcome=outcome,
        best=best,
        tried=tuple(search.tried),
        why=best.why if best is not None else "",
    )


def _as_original(
    exchange: Exchange, url: str, at: datetime, candidate: Candidate, *, recovers: str | None = None
) -> Exchange:
    """The exchange with the archive as one of the original at that time, its source beside it."""
    source = Source(url=exchange.url, archive=candidate.archive, fetched_at=exchange.started_at, recovers=recovers)
    # Where an archived redirect leads is the next record's to say: its Location is the archive's own address.
    return replace(exchange, url=url, started_at=at, via=Via.MEMENTO, source=source, location=None)
