"""Where pages are read: small ones here, at once; large ones in a process that can be killed.

What reads a page takes time linear in its length, at worst two seconds a megabyte: of a small page that is a tenth of a
second, which a crawl can wait. A large one, some ten times the archive's largest, would hold all hosts up.
"""

from __future__ import annotations

import asyncio
from functools import partial

from archive.workers import Failure, Workers
from spiders.page import OtherPage, Page, read_page, unread_page

READ_HERE = 64 << 10  # bytes


class PageReader:
    """Reads pages that come one after the other. A process is started for the first large one."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._workers: Workers | None = None

    async def read(self, data: bytes, path: str, mime: str | None) -> Page:
        """The page that `data` holds, as `read_page` has it; an unread one if its reading has to be ended."""
        if self._workers is None:
            self._workers = Workers(processes=1, seconds=self._seconds, preload=("spiders.page",))
        future = self._workers.submit(partial(_read, path, mime), data)
        page = await asyncio.wrap_future(future)
        return _given_up(data, path, page) if isinstance(page, Failure) else page

    def stop(self) -> None:
        """End what is under way."""
        if self._workers is not None:
            self._workers.stop()


def _read(path: str, mime: str | None, data: bytes) -> Page:
    return read_page(data, path, mime=mime)


def _given_up(data: bytes, path: str, failure: Failure) -> OtherPage:
    return unread_page(data, path, f"{failure.kind}, {failure.text}")
