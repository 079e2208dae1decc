"""What changed, told."""

from __future__ import annotations

import json
from datetime import datetime

from lxml import etree

from archive.changes import Change, ChangeKind
from archive.checks import Mark, Standing
from crawler.change_reports import MOST_ENTRIES, atom, change_json, change_lines, changes_json
from tests.archive.check_samples import START, day
from tests.crawler.link_formats.rows import HOSTILE, URL, answer, harmless

ATOM = "{http://www.w3.org/2005/Atom}"


def dead(at: float = 0, url: str = URL) -> Change:
    """A link that died."""
    check = answer("gone", url=url, status=404, words=(HOSTILE,))
    return Change(kind=ChangeKind.DEAD, url=url, at=day(at), before=Standing.SUSPECT, after=Standing.DEAD, check=check)


def marked() -> Change:
    """One that a person revived."""
    mark = Mark(url=HOSTILE, state=Standing.ALIVE, why=HOSTILE, who="ann@desk", at=day(2))
    return Change(
        kind=ChangeKind.REVIVED, url=HOSTILE, at=day(2), before=Standing.DEAD, after=Standing.ALIVE, mark=mark
    )


def test_people_see_each_change_with_its_proof() -> None:
    """The sums first; of each kind those that there are; who or what says so."""
    lines = list(change_lines([dead(), marked()]))
    assert lines[0] == "1 newly dead, 1 revived, 0 moved, 0 says something else"
    assert lines[2] == "Newly dead:"
    assert lines[3].startswith(f"  2026-03-01 03:00  {URL} (gone: status, ")
    assert lines[3].endswith("record urn:uuid:proof)")
    assert "marked by ann@desk" in lines[6]
    assert all(harmless(line) and "\n" not in line for line in lines)


def test_the_section_of_a_report_adds_up() -> None:
    """A count for every kind, none left out, and each change with evidence or mark."""
    said = changes_json([dead(), dead(1), marked()])
    assert said["counts"] == {"newly_dead": 2, "revived": 1, "moved": 0, "drifted": 0}
    one, other = change_json(dead()), change_json(marked())
    assert (one["verdict"], one["status"], one["before"], one["after"]) == ("gone", 404, "suspect", "dead")
    assert (one["mark"], other["evidence"], json.loads(json.dumps(other))["mark"]["who"]) == (None, None, "ann@desk")


def test_the_feed_is_what_the_standard_asks_for() -> None:
    """RFC 4287 section 4.1: one id, title, updated and author; each entry with id, title, updated and content."""
    feed = etree.fromstring(atom([dead(), marked()], name="news", since=START).encode())
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert len(feed.findall(f"{ATOM}{name}")) == 1
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2
    for entry in entries:
        assert all(len(entry.findall(f"{ATOM}{name}")) == 1 for name in ("id", "title", "updated", "content"))
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")).tzinfo is not None
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated") == "2026-03-03T03:00:00Z"
    assert len({each.text for each in feed.iter(f"{ATOM}id")}) == 3


def test_texts_of_the_web_are_text_in_the_feed() -> None:
    """No element of theirs, no link but http(s), nothing that steers a terminal."""
    text = atom([dead(url="javascript:alert(1)"), marked()], name=HOSTILE, since=START)
    assert harmless(text)
    feed = etree.fromstring(text.encode())
    assert {etree.QName(each).localname for each in feed.iter()} == {
        "feed", "id", "title", "updated", "author", "name", "generator", "entry", "category", "content",
    }  # fmt: skip
    assert [each.get("href") for each in etree.fromstring(atom([dead()], name="x", since=START).encode()).iter(
        f"{ATOM}link")] == [URL]  # fmt: skip


def test_an_entry_stays_the_same() -> None:
    """Made again, and among others, a change has the id it had; of another collection it has another one."""
    alone = atom([dead()], name="news", since=START)
    among = atom([dead(), marked()], name="news", since=day(-9))
    [one] = etree.fromstring(alone.encode()).findall(f"{ATOM}entry")
    assert one.findtext(f"{ATOM}id", "") in among
    assert one.findtext(f"{ATOM}id", "") not in atom([dead()], name="other", since=START)


def test_a_feed_has_an_end() -> None:
    """The latest thousand; none at all is a feed too, with the time asked for."""
    feed = etree.fromstring(atom((dead(at) for at in range(MOST_ENTRIES + 5)), name="news", since=START).encode())
    entries = feed.findall(f"{ATOM}entry")
    assert (len(entries), entries[-1].findtext(f"{ATOM}updated")) == (MOST_ENTRIES, "2026-03-06T03:00:00Z")
    empty = etree.fromstring(atom([], name="news", since=START).encode())
    assert empty.findtext(f"{ATOM}updated") == "2026-03-01T03:00:00Z"
