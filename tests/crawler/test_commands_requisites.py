"""`sourcekeep requisites`: what kept pages lack, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.batch import Batch, Settled
from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.model import LinkKind, LinkStage, NewLink, Reason, Role, Settlement
from archive.rescoring import rescore
from archive.schema import SurveyState
from archive.surveys import Needed, Survey
from crawler.cli import run
from tests.archive.catalogue_samples import NOW, capture, lease_all
from tests.end_to_end.command import sourcekeep

PAGE = "http://a.test/story"


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """A page that needs a picture that is kept, one that is gone, one beyond the budget, and one robots.txt forbids."""
    root = tmp_path / "c"
    (root / "archive").mkdir(parents=True)
    catalogue = Catalogue.open(root / "catalogue.db", create=True)
    Frontier(catalogue).add([NewLink(url=PAGE, kind=LinkKind.CITATION)])
    page = capture(1, PAGE)
    needs = (
        Needed(url="http://a.test/kept.png", role=Role.IMAGE, how="img/@src"),
        Needed(url="http://a.test/gone.png", role=Role.ICON, how="link/@href"),
        Needed(url="http://a.test/\x1b[2Jforbidden.css", role=Role.STYLE, how="link/@href"),
        Needed(url="http://a.test/one-too-many.js", role=Role.SCRIPT, how="script/@src", reason=Reason.OVER_BUDGET),
    )
    survey = Survey(
        record_id=page.record_id, state=SurveyState.READ, at=NOW, kind="html", needs=needs, url=PAGE, page_url=PAGE
    )
    catalogue.commit(Batch(captures=[page], surveys=[survey]))
    reasons = {"kept": Reason.OK, "gone": Reason.GONE, "forb": Reason.ROBOTS_EXCLUDED, "stor": Reason.OK}
    copies = {"kept": capture(2, "http://a.test/kept.png"), "stor": page}
    for url, lease in lease_all(catalogue).items():
        name = next(each for each in reasons if each in url)
        stage = LinkStage.DONE if reasons[name] is Reason.OK else LinkStage.FAILED
        settled = Settlement(link_id=lease.link_id, stage=stage, reason=reasons[name], at=NOW)
        copy = copies.get(name)
        catalogue.commit(
            Batch(
                captures=[copy] if copy else [],
                settlements=[Settled(settlement=settled, record_id=copy.record_id if copy else None)],
            )
        )
    rescore(catalogue, NOW.replace(year=NOW.year + 1))
    catalogue.close()
    return root


def test_pages_that_are_not_whole_are_listed(collection: Path) -> None:
    """How much of what exists is kept; what is gone does not count."""
    done = sourcekeep("requisites", "-c", collection)
    assert done.stdout.split() == ["1", "of", "3", PAGE]


def test_a_page_tells_what_it_lacks(collection: Path) -> None:
    """Each thing with its reason and role, and no control of a terminal in it."""
    done = sourcekeep("requisites", PAGE, "-c", collection)
    assert "kept 1 of 4; 1 do not exist" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert {(line[0], line[1]) for line in lines} == {
        ("gone", "icon"),
        ("robots_excluded", "style"),
        ("over_budget", "script"),
    }
    assert "\x1b" not in done.stdout
    assert "No page is kept" in sourcekeep("requisites", "http://a.test/other", "-c", collection).stdout


def test_json_has_one_line_a_page(collection: Path) -> None:
    """The numbers and the missing ones."""
    (line,) = sourcekeep("requisites", "--json", "-c", collection).stdout.splitlines()
    found = json.loads(line)
    assert (found["url"], found["needed"], found["kept"], found["gone"]) == (PAGE, 4, 1, 1)
    assert {each["reason"] for each in found["missing"]} == {"gone", "robots_excluded", "over_budget"}


def test_what_is_no_address_is_refused(collection: Path) -> None:
    """Exit 4, and the address is named."""
    done = sourcekeep("requisites", "http://[", "-c", collection)
    assert done.returncode == 4
    assert "http://[" in done.stderr


def test_what_could_not_be_looked_through_is_named(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its reason and how often it was tried, in the list, for its page, and as JSON; the page it is for, too."""
    style = capture(7, "http://a.test/hangs\x1b.css", mime="text/css", page_url=PAGE)
    why = "timed_out: killed after 10 s"
    failed = Survey(record_id=style.record_id, state=SurveyState.FAILED, at=NOW, why=why)
    catalogue = Catalogue.open(collection / "catalogue.db", create=False)
    catalogue.commit(Batch(captures=[style], surveys=[failed]))
    catalogue.close()
    for more in ([], [PAGE]):
        assert run(["requisites", "-c", str(collection), *more]) == 0
        said = capsys.readouterr().out
        assert "Could not be looked through" in said
        assert f"({why}; 1 try)" in said
        assert "\x1b" not in said
    assert run(["requisites", "--json", "-c", str(collection)]) == 0
    whole, unseen = map(json.loads, capsys.readouterr().out.splitlines())
    assert (whole["url"], whole["problem"]) == (PAGE, None)
    assert (unseen["url"], unseen["problem"], unseen["page_url"], unseen["needed"]) == (style.url, why, PAGE, 0)
    assert run(["status", "--json", "-c", str(collection)]) == 0
    needed = json.loads(capsys.readouterr().out)["requisites"]
    assert (needed["unseen"], needed["reasons"]["over_budget"]) == (1, 1)
