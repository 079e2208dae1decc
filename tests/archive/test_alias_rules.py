"""Which spellings of an address may mean one work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.alias_rules import (
    Rule,
    candidates,
    differ_in_query,
    differing,
    is_home,
    is_same_site,
    leads_astray,
    spelling,
)
from tests.archive.alias_samples import APART, ONE_WORK, STORY


@pytest.mark.parametrize(("one", "other"), ONE_WORK)
def test_spellings_of_one_work_have_one_key(one: str, other: str) -> None:
    """And the rules that they differ by are named."""
    assert spelling(one).key == spelling(other).key
    assert differing(one, other) == differing(other, one) != ()


@pytest.mark.parametrize(("one", "other"), APART)
def test_addresses_of_two_works_have_two_keys(one: str, other: str) -> None:
    """Whatever may choose what a server shows stays."""
    assert spelling(one).key != spelling(other).key
    assert differing(one, other) == ()


def test_a_candidate_is_proposed_by_each_rule_and_by_all() -> None:
    """Each with the rules that lead to it; an address that is plain already has none."""
    found = {each.url: each.rules for each in candidates("http://www.a.test/news/story/?utm_source=x")}
    assert found["https://www.a.test/news/story/?utm_source=x"] == {Rule.SCHEME}
    assert found["http://www.a.test/news/story/"] == {Rule.TRACKING}
    assert found[STORY] == {Rule.SCHEME, Rule.WWW, Rule.TRACKING, Rule.SLASH}
    assert len(found) == 5
    assert candidates(STORY) == ()
    assert candidates("urn:x:y") == ()


@given(st.text(alphabet="/ampwrint.?&=;:#%[]1AZé\0 ", max_size=60))
def test_any_text_has_a_key(text: str) -> None:
    """Nothing raises, whatever stands behind the scheme, and a key is hardly longer than what it was made of."""
    url = "http://" + text
    assert len(spelling(url).key) <= len(url) + 2
    assert all(len(each.url) <= len(url) + 2 for each in candidates(url))


def test_a_flood_of_segments_takes_no_time() -> None:
    """A hostile address of ten thousand characters is no more work than a few passes over it."""
    for flood in ("/amp" * 2500, "/;jsessionid=" * 700, "?" + "amp&" * 2400, "/.amp" * 2000, "/(S(" * 2500):
        assert spelling("http://a.test/x" + flood).key.startswith("https://a.test/x")


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
