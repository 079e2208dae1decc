"""Host names to addresses: asked once, remembered for a while, failures told apart.

Answers come from the system's resolver (`socket.getaddrinfo`, hosts file and all) in threads of our own: uvloop's four
and asyncio's six would let a few slow name servers hold up every host. It gives no time to live, so ours is fixed and
short; what protects against names that change their answer is that the address connected to is the one judged.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from archive.model import Reason
from crawler.guard import is_localhost, literal_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TTL = 300.0  # seconds an answer is used
GONE_TTL = 60.0  # seconds "no such name" is believed
LOOPBACK = ("127.0.0.1", "::1")  # what localhost and all below it are, without asking anybody
_THREADS = 32
_MOST_NAMES = 20_000

# What says that the name does not exist, or has no address; anything else may pass (RFC 3493 section 6.1).
_GONE = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
)


LookUp: TypeAlias = "Callable[[str], tuple[str, ...]]"


class NameFailure(Exception):
    """A name without addresses: `reason` is DNS_GONE or DNS_TEMP."""

    def __init__(self, host: str, reason: Reason, text: str) -> None:
        super().__init__(f"{host}: {text}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Answer:
    until: float  # loop time
    addresses: tuple[str, ...]
    failure: tuple[Reason, str] | None = None


class Resolver:
    """Resolves names for one event loop. `table` answers before DNS does, like curl's --resolve.

    `look_up` asks for a name, in a thread, and raises what `socket.getaddrinfo` raises; `ttl`: seconds it is believed.
    """

    def __init__(
        self,
        table: Mapping[str, str | Sequence[str]] | None = None,
        *,
        look_up: LookUp | None = None,
        ttl: float = TTL,
    ) -> None:
        self._look_up_name, self._ttl = look_up or system_addresses, ttl
        self._table = {name.lower().rstrip("."): _listed(value) for name, value in (table or {}).items()}
        self._known: dict[str, _Answer] = {}
        self._asking: dict[str, asyncio.Task[_Answer]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")

    async def addresses(self, host: str) -> tuple[str, ...]:
        """The IP addresses of a host, best first; one of its own if it is one. Raises NameFailure."""
        if address := literal_address(host):
            return (address,)
        if fixed := self._table.get(host.lower().rstrip(".")):
            return fixed
        if is_localhost(host):
            return LOOPBACK
        answer = self._known.get(host)
        if answer is None or answer.until < asyncio.get_running_loop().time():
            answer = await self._ask(host)
        if answer.failure is not None:
            raise NameFailure(host, *answer.failure)
        return answer.addresses

    async def close(self) -> None:
        """Stop asking. Threads still waiting for a name server end by themselves."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, host: str) -> _Answer:
        """Ask, or wait for an answer to the same question that is under way."""
        task = self._asking.get(host)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._look_up(host))
            self._asking[host] = task
            task.add_done_callback(lambda _: self._asking.pop(host, None))
        return await asyncio.shield(task)

    async def _look_up(self, host: str) -> _Answer:
        loop = asyncio.get_running_loop()
        try:
            addresses = await loop.run_in_executor(self._threads, self._look_up_name, host)
        except socket.gaierror as error:
            gone = error.errno in _GONE
            failure = (Reason.DNS_GONE if gone else Reason.DNS_TEMP, error.strerror or str(error))
            answer = _Answer(loop.time() + GONE_TTL if gone else 0.0, (), failure)
        except (OSError, UnicodeError) as error:  # a label too long or empty never was a name
            reason = Reason.DNS_GONE if isinstance(error, UnicodeError) else Reason.DNS_TEMP
            answer = _Answer(0.0, (), (reason, str(error)))
        else:
            answer = _Answer(loop.time() + self._ttl, addresses)
        self._remember(host, answer)
        return answer

    def _remember(self, host: str, answer: _Answer) -> None:
        if len(self._known) >= _MOST_NAMES:
            self._known.clear()
        if answer.until:
            self._known[host] = answer


def system_addresses(host: str) -> tuple[str, ...]:
    """What the system says of a name: hosts file, DNS. Raises socket.gaierror, OSError, UnicodeError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
