"""Whatever is forged in the rows drawn from records beside the captures, or lost of them, verify finds it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.check_records import facts_payload
from archive.check_rows import insert_marks
from archive.checks import Mark, Standing
from archive.collection import Collection
from archive.keeper import Findings, Keeper, Submission, Text
from archive.mark_records import MARKS, MIME, put_off
from archive.model import Reason, Role
from archive.records import FIELDS, warc_fields
from archive.schema import SurveyState, captures
from archive.survey_budgets import take_in
from archive.surveys import Needed, Survey, survey_fields
from archive.verify import Fault, verify
from archive.verify_faults import FaultKind, Remedy
from tests.archive.check_samples import check
from tests.archive.small_collection import AT, URLS, build, keeping

K = FaultKind


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with a survey, checks, and a mark, of runs that ended; to be copied."""
    collection = build(tmp_path_factory.mktemp("whole") / "collection")
    with keeping(collection) as (catalogue, keeper):
        keeper.put(_surveyed(catalogue))
        for number, word in enumerate(("ok", "gone", "host:timeout")):
            keeper.put(Submission(findings=Findings(check=check(word, number, URLS["gone"]))))
        _mark(catalogue, keeper)
        for run_id in (1, 2):
            catalogue.end_run(run_id, AT, exit_code=0, reason="done", counts={})
    return collection.root


def _surveyed(catalogue: Catalogue) -> Submission:
    with catalogue.reading() as connection:
        of_article = sa.select(captures.c.record_id).where(captures.c.url == URLS["article"], captures.c.status == 200)
        [record_id] = connection.execute(of_article).scalars()
    needs = (
        Needed(url="http://a.test/a.css", role=Role.STYLE, how="link/@href"),
        Needed(url="http://a.test/b.mp4", role=Role.MEDIA, how="video/@src", reason=Reason.OVER_BUDGET),
        Needed(url="data:x", role=Role.OTHER, how="img/@src", reason=Reason.UNSUPPORTED_SCHEME),
    )
    survey = Survey(
        record_id=record_id, state=SurveyState.READ, at=AT, kind="html", og_url="http://a.test/", needs=needs
    )
    payload = warc_fields(survey_fields(survey))
    text = Text(uri="urn:sourcekeep:survey:1", mime=FIELDS, payload=payload, refers_to=record_id)
    return Submission(metadata=text, survey=survey)


def _mark(catalogue: Catalogue, keeper: Keeper) -> None:
    mark = Mark(url=URLS["gone"], at=AT, state=Standing.ALIVE, why="seen", who="me", until_contradicted=False)
    keeper.put(Submission(metadata=Text(uri=MARKS, mime=MIME, payload=facts_payload([mark]))))
    keeper.flush()
    with catalogue.linking() as (connection, host_ids):
        insert_marks(connection, [mark], host_ids, now=AT)


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it, to be spoilt."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def faults_of(collection: Collection) -> list[Fault]:
    """All faults."""
    faults: list[Fault] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        verify(collection, catalogue, now=AT, report=faults.append)
    return faults


def spoil(collection: Collection, script: str) -> None:
    """Change the catalogue behind its back."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.executescript(script)


@pytest.mark.parametrize(
    ("forgery", "kind"),
    [
        ("DELETE FROM needs", K.WRONG_SURVEY),
        ("DELETE FROM needs WHERE position = 3", K.WRONG_SURVEY),
        ("DELETE FROM needs; DELETE FROM surveys", K.WRONG_SURVEY),
        ("UPDATE needs SET url = 'http://a.test/other' WHERE position = 1", K.WRONG_SURVEY),
        ("UPDATE needs SET reason = NULL WHERE position = 3", K.WRONG_SURVEY),
        ("UPDATE needs SET role = 'image' WHERE position = 1", K.WRONG_SURVEY),
        ("UPDATE needs SET link_id = NULL WHERE position = 1", K.WRONG_SURVEY),
        ("UPDATE needs SET link_id = (SELECT min(id) FROM links) WHERE position = 1", K.WRONG_SURVEY),
        ("UPDATE links SET url = 'http://a.test/another.css' WHERE url LIKE '%a.css'", K.WRONG_SURVEY),
        ("UPDATE checks SET link_id = (SELECT max(id) FROM links)", K.BROKEN_REFERENCE),
        ("UPDATE links SET capture_id = (SELECT max(id) FROM captures) WHERE url LIKE '%a.css'", K.BROKEN_REFERENCE),
        ("UPDATE surveys SET og_url = NULL", K.WRONG_SURVEY),
        ("UPDATE checks SET state = 'ok' WHERE state = 'gone'", K.WRONG_CHECK),
        ("UPDATE checks SET incident = NULL", K.WRONG_CHECK),
        ("UPDATE checks SET verdict_class = 'alive' WHERE verdict_class <> 'alive'", K.WRONG_CHECK),
        ("UPDATE checks SET at = at + 1", K.WRONG_CHECK),
        ("DELETE FROM checks", K.WRONG_CHECK),
        ("UPDATE marks SET state = 'dead'", K.WRONG_MARK),
        ("DELETE FROM marks", K.WRONG_MARK),
    ],
)
def test_a_forged_row_is_found(collection: Collection, forgery: str, kind: FaultKind) -> None:
    """It is told as what it is, and the catalogue is made anew for it."""
    spoil(collection, forgery)
    faults = faults_of(collection)
    assert {(fault.kind, fault.remedy, fault.is_grave) for fault in faults} == {(kind, Remedy.REBUILD, True)}


def test_what_runs_do_to_rows_is_no_forgery(collection: Collection) -> None:
    """A larger budget takes in what a smaller one left out."""
    assert faults_of(collection) == []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        assert take_in(catalogue, most=99, largest=9) == 1
    assert faults_of(collection) == []


def test_what_a_killed_run_did_not_get_to_is_only_a_note(collection: Collection) -> None:
    """Its records lie there, its rows do not: good to know."""
    spoil(collection, "UPDATE runs SET ended_at = NULL; DELETE FROM needs; DELETE FROM surveys")
    assert [(fault.kind, fault.is_grave) for fault in faults_of(collection)] == [(K.UNTAKEN, False)]


def test_a_survey_of_no_record_is_looked_at_again(collection: Collection) -> None:
    """Rows that nothing in the WARCs tells of are not made anew from them."""
    other = "(SELECT record_id FROM captures WHERE url LIKE '%/chunked')"
    spoil(collection, f"UPDATE surveys SET record_id = {other}; UPDATE needs SET record_id = {other}")
    kinds = {(fault.kind, fault.remedy) for fault in faults_of(collection)}
    assert kinds == {(K.MISSING_SURVEY, Remedy.REREAD), (K.WRONG_SURVEY, Remedy.REBUILD)}


def test_marks_that_wait_for_a_warc_are_no_forgery(collection: Collection) -> None:
    """They were said while a run was at work, and go into a WARC with the next one."""
    said = "INSERT INTO marks SELECT url, at + 1, state, why, who, until_contradicted FROM marks"
    spoil(collection, said)
    assert [fault.kind for fault in faults_of(collection)] == [K.WRONG_MARK]
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        put_off(catalogue)
    assert faults_of(collection) == []
