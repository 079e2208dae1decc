"""Caps are settings, each named in the message about it; what they leave out is told in a line a cause."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings

from archive.errors import UsageError
from crawler import settings as shipped
from crawler.caps import Caps, LeftOut, setting_of


def test_defaults_are_the_settings_that_ship() -> None:
    """What settings.py says is what holds without it: `scrapy crawl` in another project has the same caps."""
    given = Settings()
    given.setmodule(shipped)
    assert Caps.of(given) == Caps.of(Settings()) == Caps()


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "", "٣"])
def test_a_cap_that_makes_no_sense_is_named(value: object) -> None:
    """The message says which setting, and what it takes."""
    with pytest.raises(UsageError, match=r"SOURCEKEEP_MOST_PER_HOST is .* 1 or more"):
        Caps.of(Settings({setting_of("per_host"): value}))


def test_what_was_left_out_is_a_line_a_cause() -> None:
    """How often and where first, printable whatever the address holds."""
    left = LeftOut()
    for where in ("http://a.test/\x1b[2J", "http://b.test/", "http://c.test/"):
        left.note("links on one page", where)
    left.note("pages", "x")
    assert left.lines() == ["links on one page: http://a.test/ [2J and 2 more", "pages: x"]
