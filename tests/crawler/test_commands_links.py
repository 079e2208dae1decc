"""`sourcekeep links`, its listing and its parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from archive.collection import Collection
from crawler.cli import run
from tests.archive.link_samples import ALIVE, BLOCKED, DEAD, DRIFTED, LISTED, MARKED, MOVED, build
from tests.archive.small_collection import build as crawled
from tests.crawler.link_formats.rows import harmless


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Links in every state, to read."""
    return build(tmp_path_factory.mktemp("links") / "collection")


class Said:
    """What the command line says to a request."""

    def __init__(self, collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
        self._root = str(collection.root)
        self._capsys = capsys
        self.err = ""

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Standard output; its exit code is `code`."""
        assert run([*arguments, "-c", self._root]) == code
        out, self.err = self._capsys.readouterr()
        return out

    def json(self, *arguments: str) -> list[dict[str, object]]:
        """Lines of JSON."""
        return [json.loads(line) for line in self(*arguments).splitlines()]


@pytest.fixture
def said(collection: Collection, capsys: pytest.CaptureFixture[str]) -> Said:
    """Ask the collection that is only read."""
    return Said(collection, capsys)


def test_a_pipe_gets_an_object_a_line(said: Said) -> None:
    """Not a terminal: JSON lines of all links, with state, verdict, proof and who cites them."""
    found = {str(each["url"]): each for each in said.json("links")}
    assert tuple(sorted(found)) == LISTED
    assert (found[DEAD]["state"], found[DEAD]["verdict"], found[DEAD]["class"]) == ("dead", "gone", "dead")
    assert (found[MARKED]["state"], found[MARKED]["found"]) == ("dead", "alive")
    assert [each["event"] for each in found[DEAD]["cited_by"]] == [  # type: ignore[attr-defined]
        "news/2012/07/4/old.md", "news/2016/02/3/new.md",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "urls"),
    [
        (["--state", "dead"], [DEAD, MARKED]),
        (["--state", "alive", "--state", "unsure"], [ALIVE, MOVED, BLOCKED]),
        (["--host", "A.test"], [ALIVE, BLOCKED, DEAD]),
        (["--host", "b.test:80", "--since", "2026-03-20"], [DRIFTED, MARKED]),
        (["--url", "HTTP://a.test/dead#part"], [DEAD]),
        (["--url", DEAD, "--state", "alive"], []),
        (["--since", "2030-01-01T00:00:00+02:00"], []),
    ],
)
def test_a_list_can_be_narrowed(said: Said, arguments: list[str], urls: list[str]) -> None:
    """By states, host, time, address; hosts and addresses in any spelling."""
    assert [each["url"] for each in said.json("links", *arguments)] == urls
    assert ("no link is like that" in said.err) is (not urls)


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "junit", "html"])
def test_every_form_lists_every_link(said: Said, form: str) -> None:
    """All of them, and what the web put into them is harmless."""
    text = said("links", "--format", form)
    assert all(url in text for url in LISTED)
    assert harmless(text)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["links", "--state", "gone"], "gone"),
        (["links", "--since", "yesterday"], "'yesterday' is no time"),
        (["links", "--host", "a b"], "a b"),
        (["links", "show", "http://nowhere.test/"], "http://nowhere.test/ was never checked"),
        (["links", "mark", "http://nowhere.test/", "--why", "x", "--state", "dead"], "nothing was marked"),
        (["links", "mark", DEAD, "--why", "x"], "--lift"),
        (["links", "mark", DEAD, "--why", " ", "--lift"], "--why"),
        (["links", "changes"], "--since"),
        (["links", "changes", "--since", "2026-03-02", "--until", "2026-03-01"], "no time is between"),
        (["links", "http://a.test/dead"], "http://a.test/dead"),
    ],
)
def test_wrong_usage_is_named(said: Said, arguments: list[str], named: str) -> None:
    """Exit code 4, the thing named, nothing printed, nothing done."""
    assert said(*arguments, code=4) == ""
    assert named in said.err


def test_a_collection_without_checks_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to list is no silence."""
    assert run(["links", "-c", str(crawled(tmp_path / "collection").root)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "sourcekeep recheck" in err


def test_show_tells_the_whole_history(said: Said) -> None:
    """Each check with what it found and the record that shows it, the incidents of the host, marks, in order."""
    lines = said("links", "show", DEAD).splitlines()
    assert lines[0] == DEAD
    assert lines[1] == "  dead since 2026-03-17, 3 points against it"
    what = [line.split()[2] for line in lines if line.startswith("  2026-")]
    assert what == ["ok", "host", "gone", "gone", "gone"]
    assert lines[-1].endswith("record urn:uuid:proof")
    assert "marked dead" in said("links", "show", MARKED)
    assert all(map(harmless, lines))


def test_a_mark_wins_is_shown_and_can_be_lifted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person's word is the state from then on, with name and reason; lifted, the checks count again; both stay."""
    said = Said(build(tmp_path / "collection"), capsys)
    [done] = said.json("links", "mark", DEAD, "--state", "alive", "--why", "I saw it", "--who", "ann", "--json")
    assert (done["url"], done["state"]) == (DEAD, "alive")
    [shown] = said.json("links", "show", DEAD, "--json")
    assert (shown["state"], shown["found"]) == ("alive", "dead")
    assert (shown["mark"]["who"], shown["mark"]["why"]) == ("ann", "I saw it")  # type: ignore[index]
    out = said("links", "mark", DEAD, "--lift", "--why", "wrong page", "--until-contradicted")
    assert out == f"{DEAD}: dead\n"
    [shown] = said.json("links", "show", DEAD, "--json")
    assert (shown["state"], shown["mark"]) == ("dead", None)
    marks = shown["marks"]
    assert isinstance(marks, list)
    assert [each["state"] for each in marks] == ["alive", None]
    assert "@" in marks[1]["who"]
    kinds = [(each["change"], each["after"]) for each in said.json("links", "changes", "--since", "2026-03-18")
             if each["url"] == DEAD]  # fmt: skip
    assert kinds == [("revived", "alive"), ("newly_dead", "dead")]


def test_changes_as_text_json_and_feed(said: Said, tmp_path: Path) -> None:
    """The same changes in each form; a file is written whole, and said."""
    between = ("--since", "2026-03-10", "--until", "2026-04-30")
    text = said("links", "changes", *between, "--format", "text").splitlines()
    assert text[1] == "2 newly dead, 0 revived, 0 moved, 1 says something else"
    whole = json.loads(said("links", "changes", *between, "--format", "json"))
    assert [each["url"] for each in whole["changes"]] == [DEAD, DRIFTED, MARKED]
    target = tmp_path / "changes.atom"
    assert said("links", "changes", *between, "--format", "atom", "-o", str(target)) == ""
    assert str(target) in said.err
    assert len(etree.fromstring(target.read_bytes()).findall("{http://www.w3.org/2005/Atom}entry")) == 3


def test_the_collection_may_stand_before_the_part(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """`links -c C show URL` is `links show URL -c C`; the part's own -c wins."""
    assert run(["links", "-c", str(collection.root), "show", DEAD]) == 0
    assert run(["links", "-c", "/nowhere", "show", DEAD, "-c", str(collection.root)]) == 0
    out = capsys.readouterr().out
    assert out.count(f"{DEAD}\n") == 2
