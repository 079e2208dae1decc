"""The table of special ranges, held against the standard library's where that one is right."""

from __future__ import annotations

import ipaddress
import re

import pytest

from crawler.guard import AddressGuard
from crawler.special_ranges import REGISTRIES, SPECIAL_RANGES, SpecialRange, special_range

# Where `ipaddress.is_global` says otherwise than the registries, in one version of Python or another.
OTHERWISE = frozenset({
    "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "100:0:0:1::/64",  # newer than its table
    "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32",  # before 3.11.10 and 3.12.4
    "2001::/23", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32", "2001:4:112::/48",
    "2001:20::/28", "2001:30::/28",
    "192.88.99.2/32",  # it has no row of 192.88.99.0/24
})  # fmt: skip


def edges(row: SpecialRange) -> tuple[str, str]:
    """The first and the last address of a range."""
    return str(row.network[0]), str(row.network[-1])


@pytest.mark.parametrize("row", SPECIAL_RANGES, ids=lambda row: str(row.network))
def test_every_row_is_refused_from_end_to_end(row: SpecialRange) -> None:
    """Reachable or not, none is a place of a web server; what only carries another address is judged by that one."""
    for address in edges(row):
        if str(row.network) in ("64:ff9b::/96", "2002::/16"):  # their ends carry 0.0.0.0 and 255.255.255.255
            assert "stands for" in str(AddressGuard().refusal(address))
        else:
            assert AddressGuard().refusal(address)


@pytest.mark.parametrize("row", REGISTRIES, ids=lambda row: str(row.network))
def test_the_column_agrees_with_the_standard_library(row: SpecialRange) -> None:
    """Globally reachable or not; the rows in which the library differs are known by name."""
    if str(row.network) not in OTHERWISE and row.reachable is not None:
        narrow = [each for each in map(ipaddress.ip_address, edges(row)) if special_range(each) == row]
        assert narrow
        assert {each.is_global for each in narrow} == {row.reachable}


@pytest.mark.parametrize(
    ("address", "rfc"),
    [
        ("2001:1::1", "RFC 7723"),
        ("2001:1::9", "RFC 2928"),
        ("192.0.0.171", "RFC 8880"),
        ("255.255.255.255", "RFC 919"),
        ("2001:db8::1", "RFC 3849"),
        ("0.0.0.0", "RFC 1122"),
    ],
)
def test_the_narrowest_row_names_an_address(address: str, rfc: str) -> None:
    """2001:1::1 is the Port Control Protocol's, not just some protocol's."""
    row = special_range(ipaddress.ip_address(address))
    assert row is not None
    assert row.rfc == rfc


def test_no_range_is_named_twice() -> None:
    """Each row once, each with a name and its standard."""
    assert len({row.network for row in SPECIAL_RANGES}) == len(SPECIAL_RANGES)
    assert all(row.name and re.fullmatch(r"RFC \d+", row.rfc) for row in SPECIAL_RANGES)


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "2001:200::1", "2001:4860:4860::8888", "3ffe::1"])
def test_what_lies_beside_them_is_not_special(address: str) -> None:
    """2001::/23 ends before 2001:200::, the first that were given out."""
    assert special_range(ipaddress.ip_address(address)) is None
