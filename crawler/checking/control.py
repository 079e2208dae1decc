"""Whether our own network is up, and names are found: by a name that always resolves, or by what answered lately."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from crawler.guard import literal_address
from crawler.resolver import NameFailure, Resolver

LATELY = 60.0  # seconds for which an answer from anybody shows that the network is up


class Control:
    """Asks for the control name. Without one, what the run itself saw lately must do."""

    def __init__(self, name: str, table: dict[str, str]) -> None:
        self._name = name
        self._resolver = Resolver(table)
        self._answered: float | None = None
        self._found: float | None = None

    def answered(self, url: str) -> None:
        """The host of this URL did."""
        now = asyncio.get_running_loop().time()
        self._answered = now
        if (self._found is None or now - self._found > LATELY / 2) and _is_named(url):
            self._found = now

    async def name_resolves(self) -> bool | None:
        """Whether the control name resolves; without one, whether any name did lately. None if nothing tells."""
        if not self._name:
            return _lately(self._found)
        try:
            return bool(await self._resolver.addresses(self._name))
        except NameFailure:
            return False

    async def network_is_up(self) -> bool | None:
        """Whether our network is up; None if nothing tells."""
        resolves = await self.name_resolves()
        return _lately(self._answered) if resolves is None else resolves

    async def close(self) -> None:
        """Ask no more."""
        await self._resolver.close()


def _is_named(url: str) -> bool:
    """Whether the host is a name, and not an address."""
    host = urlsplit(url).hostname
    return host is not None and literal_address(host) is None


def _lately(moment: float | None) -> bool | None:
    if moment is None or asyncio.get_running_loop().time() - moment > LATELY:
        return None
    return True
