"""How a collection is served: where, under which names, and who may change anything (pure)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from archive.errors import UsageError

HOST, PORT = "127.0.0.1", 8400
_SHORTEST_TOKEN = 16  # characters
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `serve` is told."""

    host: str = HOST  # to listen at
    port: int = PORT
    names: tuple[str, ...] = ()  # further hosts it is asked by, as in front of a proxy
    replay: str | None = None  # origin of what is replayed; None: localhost, beside 127.0.0.1
    token: str | None = None  # of those who may change anything; None: nobody may

    def __repr__(self) -> str:
        return f"Options(host={self.host!r}, port={self.port}, names={self.names!r})"

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts, without a port, that a request may name: any other comes from a name that somebody else gave us.

        A page elsewhere could have its own name lead to this machine (DNS rebinding) and read what we answer.
        """
        local = _LOCAL if is_loopback(self.host) or _is_any(self.host) else ()
        return frozenset(name.lower() for name in (*local, _bracketed(self.host), *self.names))


def checked(options: Options) -> Options:
    """The options, if they are safe to serve with. Raises UsageError."""
    if not is_loopback(options.host) and options.token is None:
        raise UsageError(
            f"{options.host} can be reached by others: give a token (--token-file, or SOURCEKEEP_WEB_TOKEN) "
            "that is asked of those who change anything, or serve on 127.0.0.1"
        )
    if options.token is not None and not _is_token(options.token):
        raise UsageError(f"the token must be {_SHORTEST_TOKEN} or more printable ASCII characters without blanks")
    return options


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _is_token(text: str) -> bool:
    return len(text) >= _SHORTEST_TOKEN and text.isascii() and text.isprintable() and " " not in text


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
