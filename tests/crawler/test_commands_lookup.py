"""`sourcekeep lookup`: the best copy of a link at a date."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.mementos import Recovery, RecoveryOutcome
from archive.model import Reason, RecordKind, Truncation, Via
from crawler.cli import run
from tests.archive.catalogue_samples import NOW, capture

URL = "http://a.test/story"
OTHERS = "http://a.test/only-theirs"
MEMENTO = "http://web.test/2016/" + OTHERS


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A link with a copy of 2015 and its revisit of 2017, with some that are none; one with a memento alone."""
    place = Collection(tmp_path_factory.mktemp("lookup") / "collection")
    place.prepare()
    first = capture(1, URL, at=datetime(2015, 1, 1, tzinfo=UTC))
    kept = [
        first,
        capture(2, URL, at=datetime(2016, 2, 1, tzinfo=UTC), truncated=Truncation.TIME),
        capture(3, URL, at=datetime(2016, 3, 1, tzinfo=UTC), status=404, mime="text/\x1b[2Jhtml"),
        capture(4, URL, at=datetime(2017, 1, 1, tzinfo=UTC), kind=RecordKind.REVISIT, refers_to=first.record_id),
        capture(5, URL, kind=RecordKind.METADATA, status=None, error=Reason.DNS_GONE),
        capture(6, OTHERS, at=datetime(2016, 2, 3, tzinfo=UTC), via=Via.MEMENTO),
        *(capture(number, "http://a.test/gone", status=410) for number in range(100, 130)),
    ]
    brought = Recovery(
        url=OTHERS, archive="web.test", asked_at=NOW, outcome=RecoveryOutcome.RECOVERED, memento_url=MEMENTO,
        record_id=kept[5].record_id,
    )  # fmt: skip
    with closing(Catalogue.open(place.catalogue, create=True)) as catalogue:
        catalogue.commit(Batch(captures=kept, recoveries=[brought]))
    return place.root


def test_people_see_which_copy_and_why(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its time, its place, the reason; every other capture with its own reason."""
    assert run(["lookup", URL, "--at", "2016-12", "-c", str(collection)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        f"2015-01-01 00:00:00 UTC  200  text/html  {URL}",
        "  the last copy before 2016-12-31's end (our own)",
        f"  x-1.warc.gz, offset 100, length 100, record urn:uuid:{1:032}",
        "passed over:",
    ]
    assert [line.split()[2:4] for line in lines[4:]] == [
        ["200", "not_whole"],
        ["404", "status"],
        ["200", "after"],
        ["-", "no_answer"],
    ]


def test_without_a_date_it_is_the_latest(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A revisit, and where its payload lies; a memento, and where it was taken from."""
    assert run(["lookup", URL, "-c", str(collection)]) == 0
    assert f"its payload: x-1.warc.gz, offset 100, record urn:uuid:{1:032}" in capsys.readouterr().out
    assert run(["lookup", OTHERS, "-c", str(collection)]) == 0
    assert f"  taken from {MEMENTO}\n" in capsys.readouterr().out


def test_json_has_it_all(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object: the moment, the best copy with WARC, offset and record, the reason, the rest; no terminal escapes."""
    assert run(["lookup", URL, "--at", "2016-02-03", "--json", "-c", str(collection)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    said = json.loads(out)
    assert (said["url"], said["at"]) == (URL, "2016-02-03T23:59:59.999999+00:00")
    assert {name: said["best"][name] for name in ("warc", "offset", "record_id", "via", "source")} == {
        "warc": "x-1.warc.gz", "offset": 100, "record_id": f"urn:uuid:{1:032}", "via": "http", "source": None,
    }  # fmt: skip
    assert [each["detail"] for each in said["passed_over"]] == ["time", "404", "", "dns_gone"]


def test_no_copy_is_told_by_the_exit_code(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 where there is none, with the captures there are; 4 for what is no date."""
    assert run(["lookup", "http://a.test/gone", "-c", str(collection)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("No usable copy of http://a.test/gone: 30 captures")
    assert "... and 10 more: see them with -v" in said
    assert run(["lookup", "http://a.test/gone", "-v", "-c", str(collection)]) == 1
    assert "more" not in capsys.readouterr().out
    assert run(["lookup", "http://never.test/", "--json", "-c", str(collection)]) == 1
    assert json.loads(capsys.readouterr().out)["best"] is None
    assert run(["lookup", URL, "--at", "soon", "-c", str(collection)]) == 4
    assert run(["lookup", "story", "-c", str(collection)]) == 4
