"""What a robots.txt answer means."""

import pytest

from crawler.robots import MOST_BYTES, robots_policy

RULES = b"User-agent: *\nDisallow: /private\nCrawl-delay: 7\n\nUser-agent: sourcekeep\nDisallow: /ours\n"


def test_our_own_group_goes_before_the_general_one() -> None:
    """RFC 9309 section 2.2.1: the most specific group, and only it."""
    policy = robots_policy(200, RULES)
    assert policy.allows("http://a.test/private/x")
    assert not policy.allows("http://a.test/ours/x")


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (301, True), (500, False), (503, False)])
def test_without_rules_the_status_decides(status: int, allowed: bool) -> None:
    """4xx: everything is allowed; 5xx: nothing is. The body of an error page is no rules."""
    assert robots_policy(status, b"User-agent: *\nDisallow: /").allows("http://a.test/x") is allowed


def test_a_crawl_delay_is_reported() -> None:
    """Seconds, where there is one that makes sense."""
    assert robots_policy(200, b"User-agent: *\nCrawl-delay: 7\n").crawl_delay == 7
    assert robots_policy(200, b"User-agent: *\nCrawl-delay: -1\n").crawl_delay is None
    assert robots_policy(404, b"").crawl_delay is None


def test_only_the_first_500_kib_count() -> None:
    """RFC 9309 section 2.5."""
    body = b"User-agent: *\n" + b"#" * MOST_BYTES + b"\nDisallow: /\n"
    assert robots_policy(200, body).allows("http://a.test/x")


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00D", b"<html>not found</html>", b"\xef\xbb\xbfUser-agent: *\nDisallow:"]
)
def test_nonsense_forbids_nothing(body: bytes) -> None:
    """What holds no rule allows everything."""
    assert robots_policy(200, body).allows("http://a.test/x")
