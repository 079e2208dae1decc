"""A catalogue with links in every state: crawled, cited by events of two years, checked over weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from archive.catalogue import Batch, Catalogue, PageKept
from archive.check_rows import enrol, insert_checks, insert_incidents, insert_marks
from archive.checks import Alike, Check, HostIncident, Mark, Standing
from archive.collection import Collection
from archive.model import LinkKind, LinkStage, Reason, Via
from archive.verdicts import Evidence, Verdict, VerdictState
from tests.archive.catalogue_samples import capture, citation, event, lease_all, page, settle
from tests.archive.check_samples import check, day

ALIVE, DEAD, BLOCKED = "http://a.test/alive", "http://a.test/dead", "http://a.test/blocked"
MOVED, DRIFTED, MARKED = "http://b.test/moved", "http://b.test/drifted", "http://b.test/marked"
FRESH = "http://b.test/never-checked"
END = "http://b.test/moved-here"  # where a crawl was led to: no link of its own
LISTED = tuple(sorted((ALIVE, BLOCKED, DEAD, DRIFTED, MARKED, MOVED, FRESH)))
NOW = day(60)
HOSTILE = '=cmd|" <b>&amp;</b> \x1b[31m\u202e\x00 `|*x*'  # as a label: to a table, a page, a terminal, a sheet


def build(root: Path) -> Collection:
    """The collection, with no WARC in it."""
    collection = Collection(root)
    collection.prepare()
    catalogue = Catalogue.open(collection.catalogue, create=True)
    _crawl(catalogue)
    with catalogue.linking() as (connection, host_ids):
        enrol(connection, [LinkKind.CITATION])
        insert_checks(connection, list(_checks()), host_ids, now=NOW)
        mark = Mark(url=MARKED, state=Standing.DEAD, why="the publisher\x1b[2J told us", who="ann@desk", at=day(30))
        insert_marks(connection, [mark], host_ids, now=NOW)
        down = HostIncident(host="a.test", began=day(9), until=day(10), alike=Alike.SERVER)
        insert_incidents(connection, [down], host_ids)
    catalogue.close()
    return collection


def _crawl(catalogue: Catalogue) -> None:
    old = replace(
        event("news/2012/07/4/old.md", citation(1, ALIVE), replace(citation(2, DEAD), label=HOSTILE)),
        day=date(2012, 7, 4), topic="Law",
    )  # fmt: skip
    cited = [citation(n, url) for n, url in enumerate((DEAD, MOVED, DRIFTED, BLOCKED, MARKED, FRESH), 1)]
    new = replace(event("news/2016/02/3/new.md", *cited, sha256="b" * 64), topic="Arts")
    catalogue.commit(Batch(pages=[PageKept(page=page(each)) for each in (old, new)]))
    leases = lease_all(catalogue)
    for number, (url, lease) in enumerate(sorted(leases.items())):
        if url == MOVED:
            settle(catalogue, lease, Reason.MOVED, record=capture(number, url, status=301), to=END)
        elif url == BLOCKED:
            settle(catalogue, lease, Reason.BLOCKED, LinkStage.FAILED, record=capture(number, url, status=403))
        else:
            settle(catalogue, lease, Reason.OK, record=capture(number, url))
    soft, brought = capture(91, DEAD, via=Via.CHECK), capture(92, DEAD, via=Via.MEMENTO)
    catalogue.commit(Batch(captures=[soft, brought]))  # a page that says it is gone, and one from a public archive
    [(url, lease)] = lease_all(catalogue).items()
    settle(catalogue, lease, Reason.OK, record=capture(90, url))


def _checks() -> list[Check]:
    evidence = Evidence(
        rule="status", words=("404 \x1b[31mNot\u202e Found",), numbers=(("status", 404.0),), record_id="urn:uuid:proof"
    )
    gone = Verdict(state=VerdictState.GONE, evidence=evidence)
    return [
        check("ok", 1, ALIVE), check("ok", 8, ALIVE),
        check("ok", 1, DEAD), *(replace(check("gone", at, DEAD), verdict=gone) for at in (10, 13, 16)),
        check("blocked", 2, BLOCKED), check("blocked", 9, BLOCKED),
        replace(check("moved", 3, MOVED), final_url=END, redirects=(END,), status=200),
        check("ok", 3, DRIFTED), check("content_drifted", 20, DRIFTED),
        check("ok", 4, MARKED),
    ]  # fmt: skip
