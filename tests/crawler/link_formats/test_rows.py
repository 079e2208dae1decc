"""What a row says, and what it asks of its reader."""

from __future__ import annotations

import json

import pytest

from archive.checks import Incident, Mark, Standing
from archive.verdicts import VerdictState
from crawler.link_formats import Listing, Outcome, Row
from crawler.link_formats.json_rows import JsonArray, JsonLines
from crawler.link_formats.row import row_json
from tests.archive.check_samples import day
from tests.crawler.link_formats.rows import URL, checked, harmless, hostile_rows, listed


@pytest.mark.parametrize("state", list(VerdictState))
def test_a_check_has_the_words_of_its_verdict(state: VerdictState) -> None:
    """State and class, no other words; a fault of ours is a check that was not made."""
    row = checked(state.value)
    said = row_json(row)
    assert (said["state"], said["class"]) == (state.value, state.verdict_class.value)
    expected = {"alive": "good", "dead": "dead", "invalid": "broken"}.get(state.verdict_class.value, "open")
    assert row.outcome.value == ("not_made" if state is VerdictState.INTERNAL_ERROR else expected)


def test_the_keys_of_a_check() -> None:
    """All always there; the final address is the asked one where there was no redirect, none without an answer."""
    said = row_json(checked("moved", id="7", final_url="http://b.test/", redirects=("http://b.test/",)))
    assert list(said) == [
        "id", "url", "state", "class", "status", "final_url", "redirects", "evidence",
        "checked_at", "why", "not_before", "incident",
    ]  # fmt: skip
    assert (said["id"], said["final_url"], said["redirects"]) == ("7", "http://b.test/", ["http://b.test/"])
    assert said["evidence"] == {
        "rule": "status", "words": [], "numbers": {"containment": 0.875},
        "record_id": "urn:uuid:proof", "compared_with": None,
    }  # fmt: skip
    assert said["checked_at"] == "2026-03-01T03:00:00Z"
    assert row_json(checked("ok"))["final_url"] == URL
    assert row_json(checked("dns_gone", status=None))["final_url"] is None
    assert list(row_json(Row(url=URL, why="stopped"))) == list(said)


def test_a_check_that_was_not_made() -> None:
    """Nothing known, or our own network was down: it asks to be made again, whatever the verdict says."""
    assert Row(url=URL).outcome is Outcome.NOT_MADE
    assert Row(url=URL).word == "not_checked"
    assert checked("dns_gone", incident=Incident.NETWORK).outcome is Outcome.NOT_MADE
    assert checked("gone", incident=Incident.HOST).outcome is Outcome.DEAD


def test_the_keys_of_a_link() -> None:
    """The state is what several checks conclude, the verdict what the last one found; a mark stands beside both."""
    mark = Mark(url=URL, state=Standing.ALIVE, why="moved house", who="ann@desk", at=day(1), until_contradicted=True)
    said = row_json(listed("dead", mark=mark))
    assert (said["state"], said["found"], said["verdict"], said["class"]) == ("alive", "dead", "gone", "dead")
    assert said["since"] == "2026-03-02T03:00:00Z"
    assert said["mark"] == {
        "state": "alive", "why": "moved house", "who": "ann@desk", "at": "2026-03-02T03:00:00Z",
        "until_contradicted": True,
    }  # fmt: skip
    assert said["cited_by"] == [
        {"event": "news/2016/02/3/x.md", "position": 2, "kind": "source", "label": "BBC"}
    ]  # fmt: skip
    assert said["against"] == [
        {"at": "2026-03-01T03:00:00Z", "state": "gone", "points": 1.0, "record_id": "urn:uuid:proof"}
    ]  # fmt: skip
    assert (said["copies"], said["mementos"], said["points"]) == (2, 1, 1.0)


@pytest.mark.parametrize("form", [JsonArray, JsonLines])
def test_json_stays_json_and_harmless(form: type[JsonArray | JsonLines]) -> None:
    """What was put in is read back, with nothing raw that a terminal obeys; one object is one line."""
    rows = hostile_rows()
    writer = form(Listing.CHECKS)
    text = writer.begin() + "".join(map(writer.row, rows)) + writer.end()
    found = json.loads(text) if form is JsonArray else [json.loads(line) for line in text.splitlines()]
    assert [each["url"] for each in found] == [row.url for row in rows]
    assert found[1]["evidence"]["words"] == [rows[1].url]
    assert harmless(text)


def test_an_empty_array_is_one() -> None:
    """No rows: still JSON."""
    writer = JsonArray(Listing.LINKS)
    assert json.loads(writer.begin() + writer.end()) == []
