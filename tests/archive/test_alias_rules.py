"""Which spellings of an address may mean one work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.alias_rules import Rule, candidates, differing, spelling
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
