"""The frontier on real SQLite files: leases, waits, runs, and that nothing is lost or given out twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Batch, Catalogue, Settled
from archive.frontier import LONGEST_WAIT, Frontier
from archive.model import Lease, LinkKind, LinkStage, NewLink, Reason, Settlement

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    made = Catalogue.open(tmp_path / "catalogue.db", create=True)
    yield made
    made.close()


@pytest.fixture
def frontier(catalogue: Catalogue) -> Frontier:
    """Its frontier."""
    return Frontier(catalogue)


def link(url: str, kind: LinkKind = LinkKind.CITATION, priority: int = 10, redirects: int = 0) -> NewLink:
    """A link found."""
    return NewLink(url=url, kind=kind, via="news/a.md", hops="C", priority=priority, redirects=redirects)


def take(frontier: Frontier, limit: int = 100, now: datetime = NOW, **rest: object) -> list[Lease]:
    """Lease for run 1."""
    options: dict[str, object] = {"run_id": 1, "per_host": 100} | rest
    return frontier.lease(now=now, limit=limit, **options)  # type: ignore[arg-type]


def urls(leases: list[Lease]) -> list[str]:
    """What was leased."""
    return [lease.url for lease in leases]


def settle(catalogue: Catalogue, lease: Lease, stage: LinkStage, reason: Reason, **rest: object) -> None:
    """Commit what came of a lease."""
    settlement = Settlement(link_id=lease.link_id, stage=stage, reason=reason, at=NOW, **rest)  # type: ignore[arg-type]
    catalogue.commit(Batch(settlements=[Settled(settlement=settlement)]))


def test_each_url_is_taken_once(frontier: Frontier) -> None:
    """However often and however spelled a link is found, it is one row."""
    frontier.add([link("http://a.test/x"), link("HTTP://A.test:80/x#part"), link("http://a.test/x")])
    frontier.add([link("http://a.test/x")])
    assert urls(take(frontier)) == ["http://a.test/x"]
    assert take(frontier) == []


def test_links_that_cannot_be_fetched_are_left_out(frontier: Frontier) -> None:
    """A link without a canonical http(s) form never enters the frontier."""
    frontier.add([link("mailto:someone@a.test"), link("http://[oops/"), link("no url"), link("http://a.test/")])
    assert frontier.counts() == {(LinkStage.PENDING, LinkKind.CITATION): 1}


def test_a_lease_tells_all_that_the_fetcher_needs(frontier: Frontier) -> None:
    """Host with its port, referrer, hops and redirects come with the link."""
    frontier.add([link("https://a.test:8443/x", LinkKind.REQUISITE, redirects=3)])
    (lease,) = take(frontier)
    assert (lease.host, lease.via, lease.hops) == ("a.test:8443", "news/a.md", "C")
    assert (lease.kind, lease.redirects, lease.tries) == (LinkKind.REQUISITE, 3, 0)


def test_pages_go_before_citations(frontier: Frontier) -> None:
    """Pages give links: their host is served first, and on one host they go first."""
    frontier.add([link(f"http://{n}.test/") for n in range(5)])
    frontier.add([link("http://site.test/cited"), link("http://site.test/page", LinkKind.PAGE, 0)])
    assert urls(take(frontier, limit=1)) == ["http://site.test/page"]


def test_hosts_come_in_turn(frontier: Frontier) -> None:
    """Each lease goes on behind the host it stopped at, and no host gets more than its share."""
    frontier.add([link(f"http://h{host}.test/{n}") for host in range(4) for n in range(3)])
    first = take(frontier, limit=3, per_host=1)
    second = take(frontier, limit=3, per_host=1)
    assert [lease.host for lease in first] == ["h0.test", "h1.test", "h2.test"]
    assert [lease.host for lease in second] == ["h3.test", "h0.test", "h1.test"]
    third = take(frontier, limit=100, per_host=2)
    assert sorted(lease.host for lease in third) == ["h0.test", "h1.test", "h2.test", "h2.test", "h3.test", "h3.test"]
    assert len({lease.host for lease in third[:4]}) == 4  # the first of each host, then the second


def test_busy_hosts_are_passed_over(frontier: Frontier) -> None:
    """A host whose slots are taken gives its place to others, more than a query's lot of them too."""
    frontier.add([link(f"http://h{host}.test/") for host in range(1200)])
    busy = {f"h{host}.test" for host in range(1199)}
    assert urls(take(frontier, busy_hosts=busy)) == ["http://h1199.test/"]


def test_a_host_is_left_alone_until_its_time(catalogue: Catalogue, frontier: Frontier) -> None:
    """Retry-After holds for the whole host, over a restart, and exactly so long."""
    frontier.add([link("http://a.test/1"), link("http://a.test/2"), link("http://b.test/")])
    first = take(frontier, per_host=1)[0]
    settle(catalogue, first, LinkStage.PENDING, Reason.RATE_LIMITED, host_not_before=NOW + HOUR)
    again = Frontier(catalogue)
    again.reclaim()
    assert urls(take(again)) == ["http://b.test/"]
    assert again.next_due(NOW) == NOW + HOUR
    assert take(again, now=NOW + HOUR - timedelta(microseconds=1)) == []
    assert len(take(again, now=NOW + HOUR)) == 2


def test_a_link_put_off_waits_alone(catalogue: Catalogue, frontier: Frontier) -> None:
    """A link to be tried again later does not hold up the others of its host."""
    frontier.add([link("http://a.test/1"), link("http://a.test/2")])
    (first,) = take(frontier, limit=1)
    settle(catalogue, first, LinkStage.PENDING, Reason.TIMEOUT, not_before=NOW + HOUR)
    assert urls(take(frontier)) == ["http://a.test/2"]
    assert frontier.next_due(NOW) == NOW + HOUR
    assert frontier.next_due(NOW) == NOW + HOUR
    (again,) = take(frontier, now=NOW + HOUR)
    assert (again.url, again.tries, again.not_before) == ("http://a.test/1", 1, NOW + HOUR)


def test_tries_are_counted_by_run(catalogue: Catalogue, frontier: Frontier) -> None:
    """A new run begins to count anew."""
    frontier.add([link("http://a.test/")])
    (lease,) = take(frontier)
    settle(catalogue, lease, LinkStage.PENDING, Reason.TIMEOUT)
    (lease,) = take(frontier)
    assert lease.tries == 1
    frontier.release(1)
    (lease,) = take(frontier, run_id=2)
    assert lease.tries == 0


def test_a_new_run_tries_again_what_failed_for_the_time_being(catalogue: Catalogue, frontier: Frontier) -> None:
    """Timeouts get another chance, the gone stays gone, and who asked to wait is still waited for."""
    frontier.add([link(f"http://{name}.test/") for name in ("gone", "slow", "later")])
    ends = {
        "http://gone.test/": (Reason.GONE, None),
        "http://slow.test/": (Reason.TIMEOUT, None),
        "http://later.test/": (Reason.RATE_LIMITED, NOW + HOUR),
    }
    for lease in take(frontier):
        reason, wait = ends[lease.url]
        settle(catalogue, lease, LinkStage.FAILED, reason, not_before=wait)
    assert take(frontier) == []
    assert frontier.begin_run(NOW) == 2
    assert urls(take(frontier)) == ["http://slow.test/"]
    assert urls(take(frontier, now=NOW + HOUR)) == ["http://later.test/"]


@pytest.mark.parametrize("reason", [Reason.ROBOTS_EXCLUDED, Reason.OVER_BUDGET, Reason.REFUSED_ADDRESS])
def test_a_rule_of_ours_may_have_changed(catalogue: Catalogue, frontier: Frontier, reason: Reason) -> None:
    """robots.txt, a budget, the networks an operator allows, what DNS says: what they kept out is asked in each run."""
    frontier.add([link("http://a.test/")])
    [lease] = take(frontier)
    settle(catalogue, lease, LinkStage.FAILED, reason)
    assert frontier.begin_run(NOW) == 1
    assert urls(take(frontier)) == ["http://a.test/"]


def test_a_clock_that_was_wrong_blocks_nothing_for_years(catalogue: Catalogue, frontier: Frontier) -> None:
    """Waits noted under a clock ten years ahead end with the next run."""
    frontier.add([link("http://a.test/"), link("http://b.test/")])
    far = NOW + timedelta(days=3650)
    lease = take(frontier)[0]
    settle(catalogue, lease, LinkStage.PENDING, Reason.TIMEOUT, not_before=far)
    frontier.reclaim()
    frontier.set_host("b.test", not_before=far)
    assert take(frontier) == []
    frontier.begin_run(NOW)
    assert sorted(urls(take(frontier))) == ["http://a.test/", "http://b.test/"]
    assert far - NOW > LONGEST_WAIT


def test_leases_of_a_killed_run_are_taken_back(catalogue: Catalogue, frontier: Frontier) -> None:
    """What was in flight when a run was killed goes again."""
    frontier.add([link(f"http://{n}.test/") for n in range(10)])
    before = take(frontier, limit=4)
    after = Frontier(catalogue)
    assert after.reclaim() == 4
    assert sorted(urls(take(after))) == sorted(f"http://{n}.test/" for n in range(10))
    assert {lease.link_id for lease in before} <= set(range(1, 11))


def test_release_takes_back_one_runs_leases_only(frontier: Frontier) -> None:
    """Another run's leases stay with it."""
    frontier.add([link(f"http://{n}.test/") for n in range(4)])
    take(frontier, limit=2)
    take(frontier, limit=1, run_id=2)
    assert frontier.release(1) == 2
    assert frontier.counts()[LinkStage.LEASED, LinkKind.CITATION] == 1


def test_pages_are_revisited_on_condition(catalogue: Catalogue, frontier: Frontier) -> None:
    """A page fetched before comes again with its ETag and date; citations stay as they are."""
    frontier.add([link("http://site.test/", LinkKind.PAGE), link("http://a.test/")])
    for lease in take(frontier):
        settle(catalogue, lease, LinkStage.DONE, Reason.OK, etag='"1"', last_modified="Mon, 1 Jan 2024 00:00:00 GMT")
    assert frontier.revisit_pages() == 1
    (lease,) = take(frontier)
    assert (lease.url, lease.etag) == ("http://site.test/", '"1"')
    assert lease.last_modified == "Mon, 1 Jan 2024 00:00:00 GMT"
    settle(catalogue, lease, LinkStage.DONE, Reason.NOT_MODIFIED)
    frontier.revisit_pages()
    assert take(frontier)[0].etag == '"1"'  # a 304 without an ETag leaves the one we know


def test_a_new_answer_without_etag_ends_the_old_one(catalogue: Catalogue, frontier: Frontier) -> None:
    """The ETag belongs to the last good answer; a failure in between changes nothing."""
    frontier.add([link("http://site.test/", LinkKind.PAGE)])
    expected: list[str | None] = ['"1"', '"1"', None]
    answers = [
        (LinkStage.DONE, Reason.OK, '"1"'),
        (LinkStage.DONE, Reason.SERVER_ERROR, None),
        (LinkStage.DONE, Reason.OK, None),
    ]
    for (stage, reason, etag), after in zip(answers, expected, strict=True):
        settle(catalogue, take(frontier)[0], stage, reason, etag=etag)
        frontier.revisit_pages()
        (lease,) = take(frontier)
        assert lease.etag == after
        frontier.reclaim()


def test_a_citation_that_is_a_page_of_the_site_is_read_as_one(catalogue: Catalogue, frontier: Frontier) -> None:
    """A link first seen as a citation and fetched, then found to be a page, goes again as a page."""
    frontier.add([link("http://site.test/x")])
    settle(catalogue, take(frontier)[0], LinkStage.DONE, Reason.OK)
    frontier.add([link("http://site.test/x", LinkKind.PAGE, 0)])
    (lease,) = take(frontier)
    assert lease.kind is LinkKind.PAGE
    frontier.add([link("http://site.test/x")])
    assert frontier.counts() == {(LinkStage.LEASED, LinkKind.PAGE): 1}


def test_a_link_given_up_behind_too_many_redirects_goes_when_found_nearer(
    catalogue: Catalogue, frontier: Frontier
) -> None:
    """The hop limit is a property of the way, not of the link; a true loop stays given up."""
    frontier.add([link("http://far.test/", redirects=20), link("http://loop.test/", redirects=2)])
    for lease in take(frontier):
        settle(catalogue, lease, LinkStage.FAILED, Reason.REDIRECT_LOOP)
    frontier.add([link("http://far.test/", redirects=20), link("http://loop.test/", redirects=0)])
    assert take(frontier) == []
    frontier.add([link("http://far.test/", redirects=1)])
    (lease,) = take(frontier)
    assert (lease.url, lease.redirects) == ("http://far.test/", 1)


def test_a_link_cited_in_the_middle_of_a_long_chain_brings_its_end_nearer(
    catalogue: Catalogue, frontier: Frontier
) -> None:
    """The end of a chain of 21 redirects goes with the next run once its tenth stop is cited itself."""
    frontier.add([link("http://r0.test/")])
    for hop in range(21):
        (lease,) = take(frontier)
        if hop == 20:
            settle(catalogue, lease, LinkStage.FAILED, Reason.REDIRECT_LOOP)
        else:
            target = link(f"http://r{hop + 1}.test/", redirects=hop + 1)
            settle(catalogue, lease, LinkStage.DONE, Reason.MOVED, redirect_to=target)
    frontier.begin_run(NOW)
    assert take(frontier) == []
    frontier.add([link("http://r10.test/")])
    frontier.begin_run(NOW)
    (lease,) = take(frontier)
    assert (lease.url, lease.redirects) == ("http://r20.test/", 10)


def test_what_is_known_of_a_host_is_kept(catalogue: Catalogue, frontier: Frontier) -> None:
    """Delays stay until they are set anew; failures in a row end with an answer."""
    assert frontier.host("a.test") is None
    frontier.set_host("a.test", crawl_delay=2.5)
    frontier.set_host("a.test", delay=1.0, not_before=NOW - HOUR)
    frontier.set_host("a.test")
    frontier.add([link(f"http://a.test/{n}") for n in range(3)])
    first, second, third = take(frontier)
    for lease in (first, second):
        settle(catalogue, lease, LinkStage.PENDING, Reason.TIMEOUT)
    host = frontier.host("a.test")
    assert host is not None
    assert (host.crawl_delay, host.delay, host.not_before, host.failures) == (2.5, 1.0, NOW - HOUR, 2)
    settle(catalogue, third, LinkStage.FAILED, Reason.GONE)
    answered = frontier.host("a.test")
    assert answered is not None
    assert answered.failures == 0


def test_next_due_looks_at_links_and_hosts(catalogue: Catalogue, frontier: Frontier) -> None:
    """The later of a link's and its host's time counts, and the earliest of all links."""
    assert frontier.next_due(NOW) is None
    frontier.add([link("http://a.test/"), link("http://b.test/")])
    assert frontier.next_due(NOW) == NOW
    for lease in take(frontier):
        wait = NOW + (1 if lease.host == "a.test" else 3) * HOUR
        settle(catalogue, lease, LinkStage.PENDING, Reason.TIMEOUT, not_before=wait)
    assert frontier.next_due(NOW) == NOW + HOUR
    frontier.set_host("a.test", not_before=NOW + 2 * HOUR)
    assert frontier.next_due(NOW) == NOW + 2 * HOUR
    frontier.set_host("a.test", not_before=NOW + 4 * HOUR)
    assert frontier.next_due(NOW) == NOW + 3 * HOUR
    assert frontier.next_due(NOW + 5 * HOUR) == NOW + 5 * HOUR
