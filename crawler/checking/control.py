"""Whether our own network is up: by a name that always resolves, or by what answered lately."""

from __future__ import annotations

import asyncio

from crawler.resolver import NameFailure, Resolver

LATELY = 60.0  # seconds for which an answer from anybody shows that the network is up


class Control:
    """Asks for the control name. Without one, what the run itself saw lately must do."""

    def __init__(self, name: str, table: dict[str, str]) -> None:
        self._name = name
        self._resolver = Resolver(table)
        self._answered: float | None = None

    def answered(self) -> None:
        """Somebody did."""
        self._answered = asyncio.get_running_loop().time()

    async def name_resolves(self) -> bool | None:
        """Whether the control name resolves; None where there is none."""
        if not self._name:
            return None
        try:
            return bool(await self._resolver.addresses(self._name))
        except NameFailure:
            return False

    async def network_is_up(self) -> bool | None:
        """Whether our network is up; None if nothing tells."""
        resolves = await self.name_resolves()
        if resolves is None and self._answered is not None:
            return True if asyncio.get_running_loop().time() - self._answered < LATELY else None
        return resolves

    async def close(self) -> None:
        """Ask no more."""
        await self._resolver.close()
