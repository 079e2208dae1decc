"""What we never fetch: addresses that are not the public Internet's, and URLs that are none (pure).

The judge of an address is the address connected to, not the name: 127.1, 2130706433, 0x7f000001 and names whose answer
changes all come down to an address. The table is ours because the standard library's is not kept up: `is_global` of
Python 3.11 lets 64:ff9b:1::/48, 3fff::/20 and 5f00::/16 pass and takes no embedded address apart.

Sources: RFC 6890 (BCP 153) and the IANA IPv4 and IPv6 Special-Purpose Address Registries, the IANA multicast
registries, RFC 4291 (IPv6 addressing), RFC 3879 (site-local), RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo).
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import SplitResult, urlsplit

from archive.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# Ranges of the registries that are no place of a public web server. Ranges that are globally reachable by assignment
# but serve a protocol of their own (192.0.0.9, AMT, AS112, ORCHIDv2) fall in or stay out as their parent range does.
_SPECIAL = (
    ("0.0.0.0/8", "this network, RFC 791"),
    ("10.0.0.0/8", "private use, RFC 1918"),
    ("100.64.0.0/10", "shared address space, RFC 6598"),
    ("127.0.0.0/8", "loopback, RFC 1122"),
    ("169.254.0.0/16", "link local, RFC 3927"),
    ("172.16.0.0/12", "private use, RFC 1918"),
    ("192.0.0.0/24", "IETF protocol assignments, RFC 6890"),
    ("192.0.2.0/24", "documentation, RFC 5737"),
    ("192.88.99.0/24", "6to4 relay anycast, RFC 7526"),
    ("192.168.0.0/16", "private use, RFC 1918"),
    ("198.18.0.0/15", "benchmarking, RFC 2544"),
    ("198.51.100.0/24", "documentation, RFC 5737"),
    ("203.0.113.0/24", "documentation, RFC 5737"),
    ("224.0.0.0/4", "multicast, RFC 5771"),
    ("240.0.0.0/4", "reserved, RFC 1112"),
    ("::1/128", "loopback, RFC 4291"),
    ("::/128", "unspecified, RFC 4291"),
    ("::/8", "reserved, RFC 4291"),
    ("64:ff9b:1::/48", "local-use translation, RFC 8215"),
    ("100::/64", "discard only, RFC 6666"),
    ("100:0:0:1::/64", "dummy prefix, RFC 9780"),
    ("2001:2::/48", "benchmarking, RFC 5180"),
    ("2001:db8::/32", "documentation, RFC 3849"),
    ("2001:10::/28", "ORCHID, RFC 4843"),
    ("2001:20::/28", "ORCHIDv2, RFC 7343"),
    ("2001:30::/28", "drone remote identification, RFC 9374"),
    ("2001::/23", "IETF protocol assignments, RFC 2928"),
    ("3fff::/20", "documentation, RFC 9637"),
    ("5f00::/16", "segment routing, RFC 9602"),
    ("fc00::/7", "unique local, RFC 4193"),
    ("fe80::/10", "link local, RFC 4291"),
    ("fec0::/10", "site local, RFC 3879"),
    ("ff00::/8", "multicast, RFC 4291"),
)
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")  # all that IANA gives out as global unicast
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_TEREDO = ipaddress.IPv6Network("2001::/32")
_CARRIERS = (_MAPPED, _NAT64, _6TO4, _TEREDO)

_RANGES = tuple((ipaddress.ip_network(network), name) for network, name in _SPECIAL)


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
        for meant in _meanings(address):
            if any(meant in network for network in self._allowed if network.version == meant.version):
                return None
        for meant in _meanings(address):
            if name := _special(meant):
                return f"{ip} is {name}" if meant == address else f"{ip} stands for {meant}, {name}"
        return None


def _meanings(address: Address) -> Iterator[Address]:
    """The address and those embedded in it. One that only wraps an IPv4 address means that one alone."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    value = int(address)
    if address in _MAPPED or address in _NAT64:
        yield ipaddress.IPv4Address(value & 0xFFFFFFFF)
        return
    yield ipaddress.IPv6Address(value)  # without a scope
    if address in _6TO4:
        yield ipaddress.IPv4Address(value >> 80 & 0xFFFFFFFF)
    elif address in _TEREDO:
        yield ipaddress.IPv4Address(value >> 64 & 0xFFFFFFFF)  # the server
        yield ipaddress.IPv4Address(~value & 0xFFFFFFFF)  # the client, its bits turned round


def _special(address: Address) -> str | None:
    """The name of the special range the address is in."""
    if any(address in carrier for carrier in _CARRIERS if carrier.version == address.version):
        return None
    for network, name in _RANGES:
        if address.version == network.version and address in network:
            return f"{network} ({name})"
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
_PLAIN = re.compile(
    r"https?://(?:[a-z0-9-]{1,63}\.){1,3}[a-z0-9-]{1,63}(?::(?:[1-9]\d{0,3}|[1-5]\d{4}))?(?:/[!-~]*)?"
).fullmatch


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
    return not _BAD_HOST(host) and all(0 < len(label) < 64 for label in labels) and len(host) < 254


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
