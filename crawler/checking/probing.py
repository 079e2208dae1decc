"""Random siblings of links: asked once for all links that can share them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from crawler.verdict.probes import Probe
from crawler.verdict.siblings import probe_key, sibling_urls

MOST_KEPT = 5_000  # folders whose siblings are remembered

Siblings = tuple[Probe, Probe]


class Probing:
    """The siblings of a run. `ask` asks for one address; the same `randomness` invents the same addresses."""

    def __init__(self, ask: Callable[[str], Awaitable[Probe]], *, randomness: bytes) -> None:
        self._ask = ask
        self._randomness = randomness
        self._known: dict[str, asyncio.Future[Siblings]] = {}

    async def siblings(self, url: str) -> Siblings:
        """What two random siblings of `url` were answered. Raises what `ask` raises."""
        key = probe_key(url)
        while (known := self._known.get(key)) is not None:
            try:
                return await asyncio.shield(known)
            except asyncio.CancelledError:
                if not known.cancelled():
                    raise  # it is us who were cancelled, not those who asked
        return await self._asked(key, url)

    async def _asked(self, key: str, url: str) -> Siblings:
        if len(self._known) >= MOST_KEPT:
            self._forget_half()
        future: asyncio.Future[Siblings] = asyncio.get_running_loop().create_future()
        self._known[key] = future
        try:
            first, second = sibling_urls(url, self._randomness)
            found = (await self._ask(first), await self._ask(second))
        except BaseException:
            del self._known[key]
            future.cancel()  # whoever waits asks anew
            raise
        future.set_result(found)
        return found

    def _forget_half(self) -> None:
        for key in list(self._known)[: MOST_KEPT // 2]:
            if self._known[key].done():
                del self._known[key]
