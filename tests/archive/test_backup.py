"""A backup is a collection without a fault, whenever it is made; made again it copies what came since."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from archive.backup import BackedUp, back_up
from archive.catalogue import Catalogue
from archive.collection import Collection, CollectionLock
from archive.errors import CollectionBusy, DamagedRecord, NotACollection, UsageError
from archive.ledger import ledger_rows
from archive.mending import mend
from archive.verify import Fault, verify
from archive.verify_faults import FaultKind
from tests.archive.small_collection import AT, build, fill, keeping


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection without a fault, to be copied."""
    return build(tmp_path_factory.mktemp("whole") / "collection").root


@pytest.fixture
def source(whole: Path, tmp_path: Path) -> Collection:
    """One of its own for a test."""
    shutil.copytree(whole, tmp_path / "collection")
    made = Collection(tmp_path / "collection")
    of_yesterday(made)
    return made


def of_yesterday(collection: Collection) -> None:
    """Its documents were not written just now."""
    for each in collection.events.rglob("*.json"):
        os.utime(each, (AT.timestamp(), AT.timestamp()))


@pytest.fixture
def target(tmp_path: Path) -> Collection:
    """Where the copy goes."""
    return Collection(tmp_path / "second disk" / "copy")


def backed_up(source: Collection, target: Collection) -> BackedUp:
    """One backup."""
    return back_up(source, target, now=AT, command="backup")


def faults(collection: Collection) -> list[Fault]:
    """What verify finds."""
    found: list[Fault] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        verify(collection, catalogue, now=AT, report=found.append)
    return found


def rows(collection: Collection) -> list[object]:
    """Its ledger."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        return list(ledger_rows(catalogue, AT))


def test_a_copy_is_a_collection_without_a_fault(source: Collection, target: Collection) -> None:
    """Its ledger is the same, and the bytes of WARCs, index and documents are."""
    done = backed_up(source, target)
    assert (done.warcs, done.copied, done.documents, done.stale, done.missing) == (1, 1, 1, 0, ())
    assert not faults(target)
    assert rows(target) == rows(source)
    for folder in ("archive", "indexes", "events"):
        held = {each.relative_to(source.root): each.read_bytes() for each in (source.root / folder).rglob("*.*")}
        assert {
            each.relative_to(target.root): each.read_bytes() for each in (target.root / folder).rglob("*.*")
        } == held


def test_a_second_backup_copies_what_came_since(source: Collection, target: Collection) -> None:
    """A finished WARC is not touched again, and nothing else is copied."""
    backed_up(source, target)
    [warc] = target.warcs.glob("*.warc.gz")
    before = warc.stat()
    done = backed_up(source, target)
    assert (done.copied, done.copied_bytes, done.documents) == (0, 0, 0)
    assert warc.stat().st_ino == before.st_ino
    assert not faults(target)


def test_of_a_run_at_work_all_that_is_committed_is_copied(tmp_path: Path, target: Collection) -> None:
    """The open WARC up to its last commit, as a run leaves it that was killed then; later the finished one follows."""
    source = Collection(tmp_path / "collection")
    with keeping(source) as (catalogue, keeper):
        fill(source, catalogue, keeper)
        of_yesterday(source)
        [opened] = source.warcs.glob("*.open")
        committed = opened.stat().st_size
        with opened.open("ab") as file:  # what a run has written and not yet committed
            file.write(b"half a member")
        assert backed_up(source, target).copied == 1
        os.truncate(opened, committed)
        [copy] = target.warcs.glob("*.open")
        assert copy.read_bytes() == opened.read_bytes()
    assert {fault.kind for fault in faults(target)} == {FaultKind.UNFINISHED_WARC}
    killed = Collection(tmp_path / "killed")
    shutil.copytree(target.root, killed.root)
    with closing(Catalogue.open(killed.catalogue, create=False)) as catalogue:
        assert list(mend(catalogue, killed, settle=lambda _: None)) == []
    assert not faults(killed)
    backed_up(source, target)
    assert not list(target.warcs.glob("*.open"))
    assert not faults(target)


def test_a_document_written_meanwhile_is_noted(source: Collection, target: Collection) -> None:
    """It may say what the copy's catalogue does not know yet: the next run on the copy writes it again."""
    [document] = source.events.rglob("*.json")
    document.write_bytes(document.read_bytes().replace(b"An event", b"A change"))
    assert backed_up(source, target).stale == 1
    assert [fault.kind for fault in faults(target)] == [FaultKind.STALE_DOCUMENT]


def test_an_interrupted_backup_is_no_collection_and_goes_on(source: Collection, target: Collection) -> None:
    """Without its catalogue nobody can take it for a whole one."""
    [warc] = source.warcs.glob("*.warc.gz")
    whole = warc.read_bytes()
    warc.write_bytes(whole[:-1])
    with pytest.raises(DamagedRecord, match="verify"):
        backed_up(source, target)
    with pytest.raises(NotACollection):
        target.require()
    warc.unlink()
    with pytest.raises(DamagedRecord, match="gone"):
        backed_up(source, target)
    warc.write_bytes(whole)
    backed_up(source, target)
    assert not faults(target)


def test_a_copy_that_was_worked_on_is_refused(source: Collection, target: Collection) -> None:
    """What a run put there would be lost."""
    backed_up(source, target)
    with keeping(target):
        pass
    before = target.catalogue.read_bytes()
    with pytest.raises(NotACollection, match="worked on by itself"):
        backed_up(source, target)
    assert target.catalogue.read_bytes() == before


def test_what_is_something_else_is_refused(source: Collection, target: Collection, tmp_path: Path) -> None:
    """A folder with other things, one inside the other, one that somebody works on, a planted link."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one").write_text("Dear")
    with pytest.raises(NotACollection, match="not empty"):
        backed_up(source, Collection(tmp_path / "letters"))
    with pytest.raises(UsageError, match="one in the other"):
        backed_up(source, Collection(source.root / "backup"))
    backed_up(source, target)
    lock = CollectionLock(target)
    lock.take(since=AT, command="crawl")
    with pytest.raises(CollectionBusy, match="crawl"):
        backed_up(source, target)
    lock.release()
    shutil.rmtree(target.warcs)
    target.warcs.symlink_to(tmp_path / "letters")
    with pytest.raises(NotACollection, match="symbolic link"):
        backed_up(source, target)


def test_what_the_collection_lost_is_named_and_stays_in_the_copy(source: Collection, target: Collection) -> None:
    """The copy may have the only one left."""
    backed_up(source, target)
    [warc] = source.warcs.glob("*.warc.gz")
    with closing(Catalogue.open(source.catalogue, create=False)) as catalogue:
        catalogue.lose_warc(warc.name)
    assert backed_up(source, target).missing == (warc.name,)
    assert (target.warcs / warc.name).is_file()


def test_access_rules_come_along(source: Collection, target: Collection) -> None:
    """What a collection withholds its copy withholds too."""
    (source.root / "access").mkdir()
    for name in ("access.aclj", "access/more.aclj", "embargo.json"):
        (source.root / name).write_text(f"rules of {name}")
    backed_up(source, target)
    for name in ("access.aclj", "access/more.aclj", "embargo.json"):
        assert (target.root / name).read_text() == f"rules of {name}"
