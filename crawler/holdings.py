"""What we hold of a dead link ourselves, judged by the rules of a check: a link with a good copy needs no recovery."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from archive.coding import UnsupportedCodingError
from archive.dead_links import DeadLink
from archive.errors import SourcekeepError
from archive.model import Capture
from archive.reader import open_record
from archive.workers import Failure, Workers
from crawler.memento.judging import Opinion, Seen, Task, answer_of, look, opinion
from crawler.verdict.addresses import is_home
from crawler.verdict.answer import ContentKind
from crawler.verdict.content import Fingerprint
from crawler.verdict.reading import Body

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

MOST_BYTES = 8 << 20  # of a body that are looked at


class Holdings:
    """What we hold ourselves, judged. Reads records; writes nothing."""

    def __init__(self, folder: Path, workers: Workers) -> None:
        self._folder = folder
        self._workers = workers

    async def usable(self, link: DeadLink) -> Capture | None:
        """The latest copy of our own that is one; None if there is none. A home page it once led to is none."""
        for capture in link.copies:
            if is_home(capture.url) and not is_home(link.url):
                continue
            if (await self._opinion(capture, link)).usable:
                return capture
        return None

    async def part(self, link: DeadLink) -> Fingerprint | None:
        """What there is of a copy that was cut off, to compare mementos with; None if nothing can be told by it."""
        seen = await self._seen(link.cut) if link.cut is not None else None
        return None if seen is None or seen.kind is ContentKind.IMAGE else seen.print

    async def _opinion(self, capture: Capture, link: DeadLink) -> Opinion:
        seen = await self._seen(capture)
        if seen is None or capture.status is None:
            return Opinion(usable=False, why="it cannot be read")
        expected = ContentKind.IMAGE if link.is_cover else None
        return opinion(seen, answer_of(seen, url=link.url, status=capture.status, headers=(), expected=expected))

    async def _seen(self, capture: Capture) -> Seen | None:
        try:
            body = await asyncio.to_thread(self._body, capture)
        except (SourcekeepError, UnsupportedCodingError, OSError) as error:
            logger.info("%s cannot be read: %s", capture.record_id, error)
            return None
        return await seen_by(self._workers, Task(body=body))

    def _body(self, capture: Capture) -> Body:
        record = open_record(self._folder, capture.where)
        head = record.head()
        content = record.content(MOST_BYTES)
        return Body(data=content.data, content_type=head.get("content-type") if head else None, url=capture.url)


async def seen_by(workers: Workers, task: Task) -> Seen | None:
    """What a worker saw of a body; None if it died of it."""
    seen = await asyncio.wrap_future(workers.submit(look, task))
    if isinstance(seen, Failure):
        logger.info("%s cannot be looked at: %s", task.body.url, seen.text)
        return None
    return seen
