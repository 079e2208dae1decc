"""IANA's special-purpose address registries as a table of our own (pure).

Ours, because the standard library's is not kept up: Python 3.11 lets 64:ff9b:1::/48, 3fff::/20 and 5f00::/16 pass for
global. Rows, names and the column "globally reachable" are those of the IANA IPv4 and IPv6 Special-Purpose Address
Registries (RFC 6890, RFC 8190); below them stand what IANA keeps elsewhere: multicast and the IPv6 address space.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class SpecialRange:
    """A row of the registries. `reachable` is their column, None where it says "N/A".

    It is no leave to connect: what is reachable there is a service that the nearest network answers, perhaps the
    operator's own (the anycast of PCP, TURN, AMT, AS112), or names no place at all (ORCHID). No web server is.
    """

    network: Network
    name: str
    rfc: str
    reachable: bool | None = False

    def __str__(self) -> str:
        return f"{self.network} ({self.name}, {self.rfc})"


_IPV4 = (
    ("0.0.0.0/8", "this network", "RFC 791", False),
    ("0.0.0.0/32", "this host on this network", "RFC 1122", False),
    ("10.0.0.0/8", "private use", "RFC 1918", False),
    ("100.64.0.0/10", "shared address space", "RFC 6598", False),
    ("127.0.0.0/8", "loopback", "RFC 1122", False),
    ("169.254.0.0/16", "link local", "RFC 3927", False),
    ("172.16.0.0/12", "private use", "RFC 1918", False),
    ("192.0.0.0/24", "IETF protocol assignments", "RFC 6890", False),
    ("192.0.0.0/29", "IPv4 service continuity", "RFC 7335", False),
    ("192.0.0.8/32", "IPv4 dummy address", "RFC 7600", False),
    ("192.0.0.9/32", "Port Control Protocol anycast", "RFC 7723", True),
    ("192.0.0.10/32", "TURN anycast", "RFC 8155", True),
    ("192.0.0.170/32", "NAT64/DNS64 discovery", "RFC 8880", False),
    ("192.0.0.171/32", "NAT64/DNS64 discovery", "RFC 8880", False),
    ("192.0.2.0/24", "documentation", "RFC 5737", False),
    ("192.31.196.0/24", "AS112-v4", "RFC 7535", True),
    ("192.52.193.0/24", "AMT", "RFC 7450", True),
    ("192.88.99.0/24", "6to4 relay anycast, deprecated", "RFC 7526", None),
    ("192.88.99.2/32", "6a44 relay anycast", "RFC 6751", False),
    ("192.168.0.0/16", "private use", "RFC 1918", False),
    ("192.175.48.0/24", "direct delegation AS112 service", "RFC 7534", True),
    ("198.18.0.0/15", "benchmarking", "RFC 2544", False),
    ("198.51.100.0/24", "documentation", "RFC 5737", False),
    ("203.0.113.0/24", "documentation", "RFC 5737", False),
    ("240.0.0.0/4", "reserved", "RFC 1112", False),
    ("255.255.255.255/32", "limited broadcast", "RFC 919", False),
)
_IPV6 = (
    ("::1/128", "loopback", "RFC 4291", False),
    ("::/128", "unspecified", "RFC 4291", False),
    ("::ffff:0:0/96", "IPv4-mapped", "RFC 4291", False),
    ("64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052", True),
    ("64:ff9b:1::/48", "local-use translation", "RFC 8215", False),
    ("100::/64", "discard only", "RFC 6666", False),
    ("100:0:0:1::/64", "dummy prefix", "RFC 9780", False),
    ("2001::/23", "IETF protocol assignments", "RFC 2928", False),
    ("2001::/32", "Teredo", "RFC 4380", None),
    ("2001:1::1/128", "Port Control Protocol anycast", "RFC 7723", True),
    ("2001:1::2/128", "TURN anycast", "RFC 8155", True),
    ("2001:1::3/128", "DNS-SD service registration anycast", "RFC 9665", True),
    ("2001:2::/48", "benchmarking", "RFC 5180", False),
    ("2001:3::/32", "AMT", "RFC 7450", True),
    ("2001:4:112::/48", "AS112-v6", "RFC 7535", True),
    ("2001:10::/28", "ORCHID, deprecated", "RFC 4843", None),
    ("2001:20::/28", "ORCHIDv2", "RFC 7343", True),
    ("2001:30::/28", "drone remote identification", "RFC 9374", True),
    ("2001:db8::/32", "documentation", "RFC 3849", False),
    ("2002::/16", "6to4", "RFC 3056", None),
    ("2620:4f:8000::/48", "direct delegation AS112 service", "RFC 7534", True),
    ("3fff::/20", "documentation", "RFC 9637", False),
    ("5f00::/16", "segment routing", "RFC 9602", False),
    ("fc00::/7", "unique local", "RFC 4193", False),
    ("fe80::/10", "link local", "RFC 4291", False),
)
_ELSEWHERE = (
    ("224.0.0.0/4", "multicast", "RFC 5771", False),
    ("::/8", "reserved", "RFC 4291", False),
    ("fec0::/10", "site local, deprecated", "RFC 3879", False),
    ("ff00::/8", "multicast", "RFC 4291", False),
)


def _rows(table: tuple[tuple[str, str, str, bool | None], ...]) -> tuple[SpecialRange, ...]:
    return tuple(SpecialRange(ipaddress.ip_network(network), *rest) for network, *rest in table)  # type: ignore[arg-type]


REGISTRIES = _rows(_IPV4 + _IPV6)
SPECIAL_RANGES = REGISTRIES + _rows(_ELSEWHERE)
_NARROWEST_FIRST = {
    version: sorted(
        (row for row in SPECIAL_RANGES if row.network.version == version), key=lambda row: -row.network.prefixlen
    )
    for version in (4, 6)
}


def special_range(address: Address) -> SpecialRange | None:
    """The narrowest special range the address is in, if any. An IPv6 address has no zone here."""
    return next((row for row in _NARROWEST_FIRST[address.version] if address in row.network), None)
