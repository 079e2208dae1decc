"""Addresses and URLs that are never fetched."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import Reason
from crawler.guard import AddressGuard, allowed_networks, url_refusal


@pytest.mark.parametrize(
    "ip",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.9",
        "203.0.113.5", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
        "2001:2::1", "2001:db8::1", "2001:10::1", "2001:20::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1",
        "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1", "e000::1",
        "2001:0:7f00:1:0:ffff:f7f7:f7f7", "2001:0:4136:e378:8000:63bf:80ff:fffe", "::ffff:0:127.0.0.1",
        "2a00:1450::5efe:127.0.0.1", "2a00:1450::200:5efe:10.0.0.1", "::ffff:127.0.0.1%1", "ff05::1%1",
    ],
)  # fmt: skip
def test_special_addresses_are_refused(ip: str) -> None:
    """All of IANA's special ranges, and what stands for an address in one."""
    assert AddressGuard().refusal(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888", "::ffff:1.1.1.1", "64:ff9b::101:101",
        "2002:101:101::1", "2a00:1450::5efe:1.1.1.1",
    ],
)  # fmt: skip
def test_public_addresses_pass(ip: str) -> None:
    """Neighbours of special ranges are no special ranges."""
    assert AddressGuard().refusal(ip) is None


@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address))
def test_an_ipv4_address_is_judged_alike_in_every_wrapping(address: ipaddress.IPv4Address) -> None:
    """Mapped, translated or tunnelled, it is the same host."""
    value, guard = int(address), AddressGuard()
    wrapped = [
        ipaddress.IPv6Address((0xFFFF << 32) | value),
        ipaddress.IPv6Address((0x64FF9B << 96) | value),
        ipaddress.IPv6Address((0x2002 << 112) | (value << 80)),
    ]
    verdicts = {guard.refusal(str(each)) is None for each in (address, *wrapped)}
    assert len(verdicts) == 1


def test_what_is_no_address_is_refused() -> None:
    """The guard judges addresses; a name here is a mistake, and mistakes do not pass."""
    assert AddressGuard().refusal("localhost")


def test_allowed_networks_are_exempt() -> None:
    """Loopback in tests or an intranet, by explicit setting, and nothing beside it."""
    guard = AddressGuard(allowed_networks(["127.0.0.0/30", " 10.0.0.0/8", ""]))
    assert guard.refusal("127.0.0.1") is None
    assert guard.refusal("::ffff:127.0.0.1") is None
    assert guard.refusal("127.0.0.5")
    assert guard.refusal("::1")


def test_a_refusal_says_why() -> None:
    """Range and standard, and what an embedded address stands for."""
    assert AddressGuard().refusal("169.254.169.254") == "169.254.169.254 is 169.254.0.0/16 (link local, RFC 3927)"
    said = AddressGuard().refusal("::ffff:10.0.0.1")
    assert said == "::ffff:10.0.0.1 stands for 10.0.0.1, 10.0.0.0/8 (private use, RFC 1918)"


def test_an_exemption_is_of_that_range_alone() -> None:
    """One of two embedded addresses being allowed opens nothing; a wrapping that is allowed itself does."""
    teredo = "2001:0:a00:1:0:ffff:5601:5601"  # server 10.0.0.1, client 169.254.169.254
    assert AddressGuard(allowed_networks(["10.0.0.0/8"])).refusal(teredo)
    assert AddressGuard(allowed_networks(["10.0.0.0/8", "169.254.0.0/16"])).refusal(teredo) is None
    assert AddressGuard(allowed_networks(["2001:0:a00::/48"])).refusal(teredo) is None
    guard = AddressGuard(allowed_networks(["::ffff:127.0.0.0/104", "fd00::/8", "10.1.0.0/16"]))
    assert guard.refusal("::ffff:127.0.0.1") is None
    assert guard.refusal("127.0.0.1")
    assert guard.refusal("fd12::1") is None
    assert guard.refusal("fc12::1")
    assert guard.refusal("10.1.2.3") is None
    assert guard.refusal("10.2.2.3")


@pytest.mark.parametrize("value", ["127.0.0.1/8", "nonsense", "10.0.0.0/33"])
def test_bad_networks_are_an_error(value: str) -> None:
    """A mistyped exemption must not be taken for another one."""
    with pytest.raises(ValueError):
        allowed_networks([value])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.test/", None),
        ("HTTPS://a.test:8443/x?y#z", None),
        ("http://a.test:", None),
        ("http://a.test./", None),
        ("http://127.1/", None),  # judged when it is an address
        ("http://[::1]/", None),
        ("http://foo_bar.example/", None),
        ("http://xn--i-7iq.ws/", None),
        ("http://日本.test/", None),
        ("file:///etc/passwd", Reason.UNSUPPORTED_SCHEME),
        ("ftp://a.test/", Reason.UNSUPPORTED_SCHEME),
        ("data:text/html,x", Reason.UNSUPPORTED_SCHEME),
        ("javascript:alert(1)", Reason.UNSUPPORTED_SCHEME),
        ("s3://bucket/x", Reason.UNSUPPORTED_SCHEME),
        ("view-source:http://a.test/", Reason.UNSUPPORTED_SCHEME),
        ("", Reason.MALFORMED_URL),
        ("/relative", Reason.MALFORMED_URL),
        ("http:///path", Reason.MALFORMED_URL),
        ("http://", Reason.MALFORMED_URL),
        ("http:a.test", Reason.MALFORMED_URL),
        ("http://user:secret@a.test/", Reason.MALFORMED_URL),
        ("http://@a.test/", Reason.MALFORMED_URL),
        ("http://a.test:0/", Reason.MALFORMED_URL),
        ("http://a.test:99999/", Reason.MALFORMED_URL),
        ("http://a.test:x/", Reason.MALFORMED_URL),
        ("http://a b.test/", Reason.MALFORMED_URL),
        ("http://a.test/x y", Reason.MALFORMED_URL),
        ("http://a\n.test/", Reason.MALFORMED_URL),
        ("http://a.test/\r\nX: y", Reason.MALFORMED_URL),
        ("http://[a.test/", Reason.MALFORMED_URL),
        ("http://a].test/", Reason.MALFORMED_URL),
        ("http://[::1%25eth0]x/", Reason.MALFORMED_URL),
        ("http://a%2etest/", Reason.MALFORMED_URL),
        ("http://a..test/", Reason.MALFORMED_URL),
        ("http://256.1.1.1/", Reason.MALFORMED_URL),
        ("http://1.2.3.4.5/", Reason.MALFORMED_URL),
        ("http://a.test.127/", Reason.MALFORMED_URL),
        ("http://127.0.0.08/", Reason.MALFORMED_URL),
        ("http://a.0x7f/", Reason.MALFORMED_URL),
        ("http://127.0.0.1./", None),
        ("http://017700000001/", None),
        ("http://[fe80::1%25eth0]/", Reason.MALFORMED_URL),
        ("http://[fe80::1%eth0]/", Reason.MALFORMED_URL),
        ("http://%31%32%37.0.0.1/", Reason.MALFORMED_URL),
        ("http://good.test\\@127.0.0.1/", Reason.MALFORMED_URL),
        ("http://127.0.0.1\t/", Reason.MALFORMED_URL),
        ("http://.test/", Reason.MALFORMED_URL),
        ("http://" + "a" * 64 + ".test/", Reason.MALFORMED_URL),
        ("http://" + "a." * 130 + "test/", Reason.MALFORMED_URL),
    ],
)
def test_urls(url: str, reason: Reason | None) -> None:
    """Only http and https, with a host, a port that can be one, and no credentials."""
    assert url_refusal(url) is reason


@given(st.text(max_size=60))
def test_no_url_crashes_the_guard(text: str) -> None:
    """Every byte from the web is hostile."""
    for url in (text, f"http://{text}", f"http://a.test:{text}"):
        assert url_refusal(url) in (None, Reason.MALFORMED_URL, Reason.UNSUPPORTED_SCHEME)
