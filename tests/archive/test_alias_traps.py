"""Redirects and claims that say nothing of a work."""

from __future__ import annotations

import pytest

from archive.alias_traps import differ_in_query, is_home, is_same_site, leads_astray
from tests.archive.alias_samples import STORY


@pytest.mark.parametrize(
    "url",
    [
        "https://a.test/",
        "http://www.a.test",
        "https://m.a.test/index.html",
        "https://a.test/?utm_source=x",
        "https://a.test/en/",
        "https://a.test/pt-br",
        "https://a.test/home",
    ],
)
def test_homes(url: str) -> None:
    """A site's home page, in any spelling and language."""
    assert is_home(url)


@pytest.mark.parametrize("url", [STORY, "https://a.test/?p=123", "https://a.test/a", "https://a.test/english"])
def test_what_is_no_home(url: str) -> None:
    """An article under a short path or a number is none."""
    assert not is_home(url)


@pytest.mark.parametrize(
    "target",
    [
        "https://a.test/",
        "https://www.a.test/en/",
        "https://a.test/login",
        "https://a.test/account/signin?x=1",
        "https://accounts.b.test/x",
        "https://consent.a.test/collect",
        "https://a.test/errors/404.html",
        "https://a.test/page-not-found",
        "https://b.test/gate?returnUrl=https%3A%2F%2Fa.test%2Fnews%2Fstory",
        "https://b.test/gate?next=%2Fnews%2Fstory",
        "https://b.test/gate?next=https%253A%252F%252Fa.test%252Fnews%252Fstory",
    ],
)
def test_what_leads_astray(target: str) -> None:
    """Home pages, logins, consent forms, error pages, and what means to come back."""
    assert leads_astray(STORY, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (STORY, "https://b.test/2016/story"),
        (STORY, "https://a.test/?p=123"),
        ("http://a.test/", "https://www.a.test/"),
        ("http://a.test/login", "https://a.test/login/"),
        ("https://short.test/x?u=https%3A%2F%2Fa.test%2Fnews%2Fstory", STORY),
        (STORY, "https://b.test/story?next=%2Fnews%2Fother"),
    ],
)
def test_what_leads_on(source: str, target: str) -> None:
    """Another address of the work, it seems."""
    assert not leads_astray(source, target)


def test_sites_and_queries() -> None:
    """Hosts of one site; addresses alike up to the query."""
    assert is_same_site("https://www.a.test/x", "http://m.a.test/y")
    assert is_same_site("https://news.a.test/x", "http://a.test/y")
    assert not is_same_site("https://aa.test/x", "https://a.test/x")
    assert differ_in_query(STORY + "?id=1", STORY + "?id=2")
    assert not differ_in_query(STORY + "?id=1", STORY + "?id=1&utm_source=x")
    assert not differ_in_query(STORY, "https://a.test/other?id=1")
