"""The ledger: every citation has one outcome, and the outcomes add up."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.catalogue import Batch, Catalogue, PageKept
from archive.errors import SourcekeepError
from archive.frontier import Frontier
from archive.ledger import COLUMNS, LedgerRow, cell, count_citations, ledger_rows, reconcile, write_csv
from archive.model import CitationKind, HrefReason, LinkKind, LinkStage, NewLink, Outcome, Reason, RecordKind
from tests.archive.catalogue_samples import NOW, capture, citation, event, keep_event, lease_all, page, settle

HOUR = timedelta(hours=1)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    made = Catalogue.open(tmp_path / "catalogue.db", create=True)
    yield made
    made.close()


def ledger(catalogue: Catalogue) -> dict[str, LedgerRow]:
    """The ledger by the URL cited."""
    return {row.href: row for row in ledger_rows(catalogue, NOW)}


def test_every_outcome_has_its_row(catalogue: Catalogue) -> None:
    """Kept, failed, waiting and the rest stand in the ledger with the records that prove them."""
    urls = [f"http://{name}.test/" for name in ("ok", "gone", "robots", "wait", "later")]
    keep_event(catalogue, "news/a.md", *urls)
    leases = lease_all(catalogue)
    ok, gone, later = capture(1, urls[0]), capture(2, urls[1], status=404), capture(3, urls[4], status=503)
    settle(catalogue, leases[urls[0]], Reason.OK, record=ok)
    settle(catalogue, leases[urls[1]], Reason.GONE, LinkStage.FAILED, record=gone)
    settle(catalogue, leases[urls[2]], Reason.ROBOTS_EXCLUDED, LinkStage.FAILED)
    settle(catalogue, leases[urls[4]], Reason.SERVER_ERROR, LinkStage.PENDING, record=later, not_before=NOW + HOUR)
    found = [(row.outcome, row.reason, row.capture) for row in ledger_rows(catalogue, NOW)]
    assert found == [
        (Outcome.KEPT, Reason.OK, ok),
        (Outcome.FAILED, Reason.GONE, gone),
        (Outcome.EXCLUDED, Reason.ROBOTS_EXCLUDED, None),
        (Outcome.WAITING, Reason.PENDING, None),
        (Outcome.FAILED, Reason.SERVER_ERROR, later),  # put off
    ]
    later_on = list(ledger_rows(catalogue, NOW + 2 * HOUR))
    assert later_on[4].outcome is Outcome.WAITING
    totals = reconcile(ledger_rows(catalogue, NOW), expected=count_citations(catalogue))
    assert (totals.total, totals.kept, totals.failed, totals.excluded, totals.waiting) == (5, 1, 2, 1, 1)
    assert totals.reasons[Reason.GONE] == 1


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (HrefReason.EMPTY, Reason.NO_HREF),
        (HrefReason.TEMPLATE, Reason.TEMPLATE),
        (HrefReason.DASHES, Reason.DASHES),
        (HrefReason.NO_BASE, Reason.NO_BASE),
        (HrefReason.UNSUPPORTED_SCHEME, Reason.UNSUPPORTED_SCHEME),
        (HrefReason.MALFORMED, Reason.MALFORMED_URL),
    ],
)
def test_what_is_no_url_is_excluded_with_its_reason(catalogue: Catalogue, why: HrefReason, reason: Reason) -> None:
    """An href that gives no URL is accounted for, never dropped."""
    catalogue.commit(Batch(pages=[PageKept(page=page(event("news/a.md", citation(1, None, why))))]))
    (row,) = ledger_rows(catalogue, NOW)
    assert (row.outcome, row.reason) == (Outcome.EXCLUDED, reason)


def test_a_copy_behind_redirects_is_kept_as_moved(catalogue: Catalogue) -> None:
    """The chain is followed to its end, through links that other citations share."""
    keep_event(catalogue, "news/a.md", "http://r0.test/", "http://r1.test/", "http://r2.test/")
    leases = lease_all(catalogue)
    end = capture(1, "http://r2.test/")
    settle(catalogue, leases["http://r0.test/"], Reason.MOVED, to="http://r1.test/", record=capture(2, status=301))
    settle(catalogue, leases["http://r1.test/"], Reason.MOVED, to="http://r2.test/", record=capture(3, status=302))
    settle(catalogue, leases["http://r2.test/"], Reason.OK, record=end)
    found = ledger(catalogue)
    assert [(row.reason, row.capture, row.final_url) for row in found.values()] == [
        (Reason.MOVED, end, "http://r2.test/"),
        (Reason.MOVED, end, "http://r2.test/"),
        (Reason.OK, end, "http://r2.test/"),
    ]
    assert found["http://r0.test/"].redirects == ("http://r0.test/", "http://r1.test/", "http://r2.test/")
    assert found["http://r2.test/"].redirects == ()


def test_a_failure_behind_redirects_keeps_its_reason(catalogue: Catalogue) -> None:
    """What the chain ends in decides."""
    keep_event(catalogue, "news/a.md", "http://a.test/", "http://w.test/")
    leases = lease_all(catalogue)
    settle(catalogue, leases["http://a.test/"], Reason.MOVED, to="http://b.test/")
    settle(catalogue, leases["http://w.test/"], Reason.MOVED, to="http://x.test/")
    settle(catalogue, lease_all(catalogue)["http://b.test/"], Reason.GONE, LinkStage.FAILED)
    assert [row.reason for row in ledger(catalogue).values()] == [Reason.GONE, Reason.PENDING]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_redirects_in_a_circle_have_failed(catalogue: Catalogue, length: int) -> None:
    """A loop of any length is found, also where each of its rows is settled as done."""
    keep_event(catalogue, "news/a.md", *[f"http://r{n}.test/" for n in range(length)])
    for lease in lease_all(catalogue).values():
        number = int(lease.host[1:].split(".")[0])
        settle(catalogue, lease, Reason.MOVED, to=f"http://r{(number + 1) % length}.test/")
    assert [row.reason for row in ledger(catalogue).values()] == [Reason.REDIRECT_LOOP] * length


def test_twenty_redirects_are_followed_and_no_more(catalogue: Catalogue) -> None:
    """A copy behind 20 redirects is kept, one behind 21 is not."""
    urls = [f"http://r{n}.test/" for n in range(22)]
    keep_event(catalogue, "news/a.md", *urls)
    leases = lease_all(catalogue)
    for url, following in pairwise(urls):
        settle(catalogue, leases[url], Reason.MOVED, to=following)
    settle(catalogue, leases[urls[-1]], Reason.OK, record=capture(1, urls[-1]))
    found = ledger(catalogue)
    assert found[urls[0]].reason is Reason.REDIRECT_LOOP
    assert found[urls[1]].reason is Reason.MOVED
    assert len(found[urls[1]].redirects) == 21


def test_not_modified_points_at_the_copy_it_stands_for(catalogue: Catalogue) -> None:
    """A 304 has no body: the copy is the one it says has not changed."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    original = capture(1)
    revisit = capture(2, kind=RecordKind.REVISIT, status=304, refers_to=original.record_id)
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.OK, record=original)
    Frontier(catalogue).add([NewLink(url="http://a.test/", kind=LinkKind.PAGE)])  # it turns out to be one: goes again
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.NOT_MODIFIED, record=revisit)
    (row,) = ledger_rows(catalogue, NOW)
    assert (row.outcome, row.reason, row.capture) == (Outcome.KEPT, Reason.NOT_MODIFIED, original)


def test_only_the_current_version_of_an_event_counts(catalogue: Catalogue) -> None:
    """A citation that a changed page no longer has is not in the ledger."""
    keep_event(catalogue, "news/a.md", "http://old.test/")
    changed = event("news/a.md", citation(1, "http://new.test/"), sha256="b" * 64)
    catalogue.commit(Batch(pages=[PageKept(page=page(changed))]))
    assert list(ledger(catalogue)) == ["http://new.test/"]


def test_kept_without_a_record_is_refused(catalogue: Catalogue) -> None:
    """A ledger that calls kept what no record proves does not reconcile, nor does one with rows missing."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.OK, record=None)
    with pytest.raises(SourcekeepError, match=r"no\. 1 of news/a\.md"):
        reconcile(ledger_rows(catalogue, NOW))
    with pytest.raises(SourcekeepError, match="3 citations, 0 rows"):
        reconcile([], expected=3)


def test_more_citations_than_are_judged_at_once(catalogue: Catalogue) -> None:
    """The lots the ledger is read in leave no seam."""
    for number in range(3):
        keep_event(catalogue, f"news/{number}.md", *[f"http://h{n}.test/{number}" for n in range(700)])
    rows = [(row.event_path, row.position) for row in ledger_rows(catalogue, NOW)]
    assert rows == [(f"news/{number}.md", n + 1) for number in range(3) for n in range(700)]


def test_the_csv_file_holds_every_row(catalogue: Catalogue) -> None:
    """An independent reader gets back what the ledger says."""
    keep_event(catalogue, 'news/a,"b".md', "http://a.test/", "http://b.test/")
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.OK, record=capture(7))
    file = io.StringIO(newline="")
    totals = write_csv(ledger_rows(catalogue, NOW), file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert totals.total == len(rows) == 2
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["event"] == 'news/a,"b".md'
    assert (rows[0]["warc"], rows[0]["offset"], rows[0]["length"]) == ("x-1.warc.gz", "700", "100")
    assert (rows[0]["outcome"], rows[0]["status"], rows[1]["outcome"]) == ("kept", "200", "waiting")


@given(st.text())
def test_no_cell_does_anything(text: str) -> None:
    """Whatever a page says, a cell is text: no formula, no line break, no control, no turned direction."""
    made = cell(text)
    assert made.encode().decode() == made
    assert not made.lstrip().startswith(("=", "+", "-", "@"))
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in made)
    assert not set(made) & {"\u202e", "\u2066", "\ufeff"}


def test_formulas_become_text() -> None:
    """The known ways of making a spreadsheet compute."""
    for text in ('=HYPERLINK("http://e.test")', "+1", "-1+1", "@SUM(A1)", "  =1", "＝1"):
        assert cell(text) == "'" + text
    assert cell("\t=1\r\n") == "\\u0009=1\\u000d\\u000a"
    assert cell("3 - 2 = 1") == "3 - 2 = 1"


REASONS = [reason for reason in Reason if reason is not Reason.PENDING]


@given(st.lists(st.sampled_from(REASONS), max_size=30))
def test_the_sums_add_up(reasons: list[Reason]) -> None:
    """Kept, failed, excluded and waiting are all there is."""
    row = LedgerRow(
        event_path="news/a.md",
        position=1,
        kind=CitationKind.SOURCE,
        label="",
        href="",
        url=None,
        outcome=Outcome.WAITING,
        reason=Reason.PENDING,
        capture=capture(1),
        final_url=None,
        redirects=(),
    )
    rows = [row, *(replace(row, reason=reason, outcome=reason.outcome) for reason in reasons)]
    totals = reconcile(rows, expected=len(rows))
    assert totals.kept + totals.failed + totals.excluded + totals.waiting == totals.total == len(rows)
    assert totals.waiting == 1


def test_a_host_that_asked_to_wait_puts_off_what_failed_there(catalogue: Catalogue) -> None:
    """Retry-After of a day: the link that was tried counts as failed now, not as waiting."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.RATE_LIMITED, LinkStage.PENDING)
    Frontier(catalogue).set_host("a.test", not_before=NOW + 24 * HOUR)
    (row,) = ledger_rows(catalogue, NOW)
    assert (row.outcome, row.reason) == (Outcome.FAILED, Reason.RATE_LIMITED)
