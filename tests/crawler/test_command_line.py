"""How a command was called, without its secrets."""

from __future__ import annotations

import pytest

from crawler.command_line import command_line


@pytest.mark.parametrize(
    ("arguments", "noted"),
    [
        (["/usr/bin/sourcekeep", "crawl", "./a b", "-c", "x"], "sourcekeep crawl './a b' -c x"),
        (["s", "crawl", "-s", "HTTPPROXY=x", "-sCOOKIE=a=b"], "s crawl -s HTTPPROXY=... -sCOOKIE=..."),
        (["s", "crawl", "--set=A=b"], "s crawl --set=A=..."),
        (["s", "crawl", "--set", "A=secret", "-s", "SOURCEKEEP_DELAY=2"], "s crawl --set A=... -s SOURCEKEEP_DELAY=2"),
        (["s", "crawl", "http://me:secret@a.test/x@y"], "s crawl http://a.test/x@y"),
        (["s", "-s", "-s", "A"], "s -s -s A"),
    ],
)
def test_what_is_noted_of_a_command(arguments: list[str], noted: str) -> None:
    """Settings of Scrapy's keep their values for themselves: they may be headers, proxies, keys."""
    assert command_line(arguments) == noted
