"""What a robots.txt answer means."""

import pytest

from crawler.robots import MOST_BYTES, RobotsPolicy, robots_policy

RULES = b"User-agent: *\nDisallow: /private\nCrawl-delay: 7\n\nUser-agent: sourcekeep\nDisallow: /ours\n"


def test_our_own_group_goes_before_the_general_one() -> None:
    """RFC 9309 section 2.2.1: the most specific group, and only it."""
    policy = policy_of(200, RULES)
    assert policy.allows("http://a.test/private/x")
    assert not policy.allows("http://a.test/ours/x")


@pytest.mark.parametrize("status", [404, 403, 301, 410])
def test_without_a_rules_file_everything_is_allowed(status: int) -> None:
    """4xx, and redirects that lead nowhere. The body of an error page is no rules."""
    assert policy_of(status, b"User-agent: *\nDisallow: /").allows("http://a.test/x")


@pytest.mark.parametrize("status", [500, 503, 599])
def test_a_server_in_trouble_gives_no_policy(status: int) -> None:
    """5xx: nothing may be fetched until it answers."""
    assert robots_policy(status, b"User-agent: *\nDisallow:") is None


def policy_of(status: int, body: bytes) -> RobotsPolicy:
    """The policy that there must be."""
    policy = robots_policy(status, body)
    assert policy is not None
    return policy


def test_a_crawl_delay_is_reported() -> None:
    """Seconds, where there is one that makes sense."""
    assert policy_of(200, b"User-agent: *\nCrawl-delay: 7\n").crawl_delay == 7
    assert policy_of(200, b"User-agent: *\nCrawl-delay: -1\n").crawl_delay is None
    assert policy_of(404, b"").crawl_delay is None


def test_only_the_first_500_kib_count() -> None:
    """RFC 9309 section 2.5."""
    body = b"User-agent: *\n" + b"#" * MOST_BYTES + b"\nDisallow: /\n"
    assert policy_of(200, body).allows("http://a.test/x")


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00D", b"<html>not found</html>", b"\xef\xbb\xbfUser-agent: *\nDisallow:"]
)
def test_nonsense_forbids_nothing(body: bytes) -> None:
    """What holds no rule allows everything."""
    assert policy_of(200, body).allows("http://a.test/x")
