"""What we never fetch: addresses that are not the public Internet's, and URLs that are none (pure).

The judge of an address is the address connected to, not the name: 127.1, 2130706433, 0x7f000001 and names whose answer
changes all come down to an address. What is special is `crawler.special_ranges`; here IPv6 addresses that stand for an
IPv4 one are seen through: mapped (RFC 4291), translated (NAT64, RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380), ISATAP
(RFC 5214). A NAT64 prefix that an operator chose for himself looks like any other address: nobody can see through it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from archive.model import Reason
from crawler.special_ranges import Address, Network, special_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")  # all that IANA gives out as global unicast
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_TEREDO = ipaddress.IPv6Network("2001::/32")
_CARRIERS = (_6TO4, _TEREDO)  # as good as what they carry
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # the upper half of an interface identifier


class AddressGuard:
    """Says whether an address may be connected to. `allowed` networks are exempt: loopback in tests, an intranet."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def refusal(self, ip: str) -> str | None:
        """Why the address must not be connected to, in words; None if it may."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return f"{ip!r} is no IP address"
        if self._is_allowed(address):
            return None
        for meant in _meanings(address):
            if not self._is_allowed(meant) and (name := _special(meant)):
                return f"{ip} is {name}" if meant == address else f"{ip} stands for {meant}, {name}"
        return None

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self._allowed if network.version == address.version)


def _meanings(address: Address) -> Iterator[Address]:
    """The address and those embedded in it. One that only wraps an IPv4 address means that one alone."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    value = int(address)
    if address in _MAPPED or address in _NAT64:
        yield ipaddress.IPv4Address(value & 0xFFFFFFFF)
        return
    yield ipaddress.IPv6Address(value)  # without a zone
    if address in _6TO4:
        yield ipaddress.IPv4Address(value >> 80 & 0xFFFFFFFF)
    elif address in _TEREDO:
        yield ipaddress.IPv4Address(value >> 64 & 0xFFFFFFFF)  # the server
        yield ipaddress.IPv4Address(~value & 0xFFFFFFFF)  # the client, its bits turned round
    elif value >> 32 & 0xFFFFFFFF in _ISATAP:
        yield ipaddress.IPv4Address(value & 0xFFFFFFFF)


def _special(address: Address) -> str | None:
    """What special range the address is in."""
    row = special_range(address)
    if row is not None:
        return None if row.network in _CARRIERS else str(row)
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST_V6:
        return "outside 2000::/3 (not assigned, RFC 4291)"
    return None


def allowed_networks(values: Iterable[str]) -> tuple[Network, ...]:
    """Networks as a setting or `--allow-network` gives them. Raises ValueError for one that is none."""
    return tuple(ipaddress.ip_network(value.strip()) for value in values if value.strip())


# --- URLs ---

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):").match
_BAD_HOST = re.compile(r"[\x00-\x20\x7f\[\]<>\"{}|\\^`%\s]").search
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\](?::\d*)?").fullmatch  # no zone (RFC 6874): it means an interface of ours
_UNSAFE = re.compile(r"[\x00-\x20\x7f]").search
# What nearly all URLs look like, and nothing speaks against: a tenth of the time.
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PLAIN = re.compile(
    rf"https?://(?:(?:[a-z0-9-]{{1,63}}\.){{1,3}}[a-z][a-z0-9-]{{0,62}}|(?:{_BYTE}\.){{3}}{_BYTE})"
    r"(?::(?:[1-9]\d{0,3}|[1-5]\d{4}))?(?:/[!-~]*)?"
).fullmatch
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE | re.ASCII).fullmatch


def url_refusal(url: str) -> Reason | None:
    """Why the URL cannot be fetched at all; None if nothing speaks against it."""
    if _PLAIN(url):
        return None
    scheme = _SCHEME(url)
    if scheme is None:
        return Reason.MALFORMED_URL
    if scheme[1].lower() not in ("http", "https"):
        return Reason.UNSUPPORTED_SCHEME
    return None if _well_formed(url) else Reason.MALFORMED_URL


def _well_formed(url: str) -> bool:
    """Whether there is a host to ask and nothing that would make the request another one."""
    if _UNSAFE(url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or port == 0:
        return False
    return _good_host(parts)


def _good_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if parts.netloc.startswith("["):
        return bool(_BRACKETED(parts.netloc)) and _is_ipv6(host)
    labels = host.removesuffix(".").split(".")
    if _BAD_HOST(host) or len(host) >= 254 or not all(0 < len(label) < 64 for label in labels):
        return False
    return not _NUMBER(labels[-1]) or literal_address(host) is not None


def literal_address(host: str) -> str | None:
    """The IP address that a host is by itself, in whatever spelling: "127.1", "0x7f000001", "127.0.0.1."; else None.

    A host whose last label is a number is an IPv4 address or nothing (WHATWG URL section 3.5): no such name exists.
    """
    if is_address(host):
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host.removesuffix(".")))
    except (OSError, UnicodeError):
        return None


def is_localhost(host: str) -> bool:
    """Whether the name is this machine's, whoever is asked (RFC 6761 section 6.3)."""
    return host.lower().removesuffix(".").rpartition(".")[2] == "localhost"


def is_address(host: str) -> bool:
    """Whether the host is an IP address, without brackets."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
