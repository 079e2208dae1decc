"""Under which addresses the interface and the replay are reached: two sites, so that archived scripts reach nothing.

To a browser `127.0.0.1` and `localhost` are two sites on one machine: what runs on the one can read nothing of the
other. In production a second name is given for it (`--replay-origin`). The rules here are pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from archive.errors import UsageError
from crawler.web.options import Options

LOCAL = "localhost"  # where replay is, unless told otherwise
_BESIDE_LOCAL = frozenset({"127.0.0.1", "0.0.0.0"})  # noqa: S104 - not listened at here
_ORIGIN = re.compile(r"https?://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?P<port>:\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """The two, as scheme://host[:port] without a slash at the end."""

    interface: str
    replay: str | None  # None: there is no second name, and so no replay


def origins_of(request: HTTPConnection, options: Options) -> Origins:
    """The origins as this client may reach them: with the port it came to, which a proxy may have put before ours."""
    header = request.headers.get("host", "")
    return origins(options, scheme=request.url.scheme, host=header)


def origins(options: Options, *, scheme: str, host: str) -> Origins:
    """The same, of the Host header."""
    name, port = split_host(host)
    tail = f":{port}" if port else ""
    replay = replay_host(options)
    interface = f"{scheme}://{_interface_name(options) if name == replay else name}{tail}"
    if options.replay is not None:
        return Origins(interface=interface, replay=options.replay)
    return Origins(interface=interface, replay=None if replay is None else f"{scheme}://{replay}{tail}")


def replay_host(options: Options) -> str | None:
    """The name of the host that replay answers to, without a port."""
    if options.replay is not None:
        return split_host(options.replay.partition("://")[2])[0]
    return LOCAL if options.host in _BESIDE_LOCAL else None


def checked_origin(text: str, options: Options) -> str:
    """`text` as the origin of replay. Raises UsageError where it is none, or of the interface's own site."""
    found = _ORIGIN.fullmatch(text.removesuffix("/"))
    if found is None:
        raise UsageError(f"{text!r} is no origin; write it like https://replay.site.example")
    host = found["host"].lower()
    if host in (options.names or (options.host, "127.0.0.1")):
        raise UsageError(f"{text!r} is of the interface's own site: what is replayed must have another host's name")
    return text.removesuffix("/").lower()


def split_host(header: str) -> tuple[str, str]:
    """The name and the port of a Host header, in lower case."""
    name, colon, port = header.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()):
        name, port = header, ""
    return name.lower().rstrip("."), port


def _interface_name(options: Options) -> str:
    if options.names:
        return options.names[0].lower()
    host = "127.0.0.1" if options.host in _BESIDE_LOCAL else options.host
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
