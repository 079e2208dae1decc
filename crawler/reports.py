"""What a run leaves behind (pure): report.json for tools, a summary for people; crawl.log is `crawler.crawl_log`'s."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, cast

from archive.model import Outcome, Reason
from crawler.crawl_log import crawl_log_line, stamp
from crawler.terminal import aligned, count, printable, spell_bytes, spell_seconds

if TYPE_CHECKING:
    from archive.ledger import Totals
    from crawler.tally import Tally

__all__ = [
    "Disk", "EventSources", "Failure", "HostCount", "Plan", "Report", "RunEnd", "WarcFile",
    "crawl_log_line", "dry_report", "run_report", "summary_text",
]  # fmt: skip

# --- report.json ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """A run, as it ended."""

    id: int
    name: str  # of its folder under runs/
    job: str  # "crawl", "extract", "dry-run"
    site: str
    collection: str  # as a path to type
    started: datetime
    ended: datetime
    version: str
    exit_code: int
    reason: str  # why it ended, in a few words
    configuration: Mapping[str, object] = field(default_factory=dict)
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCount:
    """A host, and what came from it."""

    host: str
    captures: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFile:
    """A WARC file of the collection."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A citation that is not kept, and why."""

    event: str  # site path
    url: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSources:
    """An event, and what came of its citations."""

    event: str  # site path
    kept: int
    failed: int
    excluded: int
    waiting: int

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """What lacks most goes first."""
        return -self.failed, -self.waiting, -self.excluded, self.event


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk the collection lies on, in bytes."""

    free: int
    total: int
    reserve: int  # what is to stay free


@dataclass(frozen=True, slots=True, kw_only=True)
class Requisites:
    """What came of what the sources need to be shown: of the collection. Redirects on the way are not counted."""

    reasons: Mapping[Reason, int]
    pages: int = 0
    complete: int = 0
    unseen: int = 0


MOST_HOSTS = 20
MOST_FAILURES = 100
MOST_SOURCES = 50


class RunJson(TypedDict):
    """`run`: which run it was."""

    id: int
    name: str
    job: str
    site: str
    started: str
    ended: str
    seconds: float
    version: str
    configuration: dict[str, object]


class CitationsJson(TypedDict):
    """`citations`: the collection's ledger. total = kept + failed + excluded + waiting, or `reconciled` is false."""

    total: int
    kept: int
    failed: int
    excluded: int
    waiting: int
    reconciled: bool
    reasons: dict[str, int]


class RequisitesJson(TypedDict):
    """`requisites`: what the sources need to be shown. total = kept + failed + excluded + waiting."""

    total: int
    kept: int
    failed: int
    excluded: int
    waiting: int
    reasons: dict[str, int]
    pages: int  # captures of pages that need something
    complete: int  # of those, that have all of it that exists
    unseen: int  # captures that could not be looked through: `sourcekeep requisites` names them


class Report(TypedDict):
    """report.json. `events.read`, `pages`, `captures`, `failures` are of this run, the rest of the collection."""

    run: RunJson
    collection: str
    exit_code: int
    reason: str
    events: dict[str, int]  # total; read: new or changed in this run
    pages: int  # pages of the event site read
    citations: CitationsJson
    captures: int  # records of answers and pages
    bytes: int  # their payloads
    statuses: dict[str, int]  # HTTP status -> captures; "none": no answer, or a page from disk
    types: dict[str, int]  # media type -> captures
    hosts_total: int
    hosts: list[dict[str, object]]  # the largest: host, captures, bytes
    requisites: RequisitesJson
    sources_total: int  # events with a citation that is not kept
    sources: list[dict[str, object]]  # those that lack most: event, kept, failed, excluded, waiting
    disk: dict[str, int] | None  # free, total, reserve, in bytes
    warcs: list[dict[str, object]]  # name, bytes
    errors: dict[str, int]  # reason -> links of this run that failed
    failures: list[dict[str, str]]  # the first hundred: event, url, reason; all of them are in ledger.csv
    problems: list[str]


def run_report(  # noqa: PLR0913 - a report has many parts
    run: RunEnd,
    totals: Totals,
    tally: Tally,
    *,
    events: int,
    citations: int,
    hosts: Sequence[HostCount] = (),
    warcs: Sequence[WarcFile] = (),
    failures: Iterable[Failure] = (),
    requisites: Requisites | None = None,
    sources: Sequence[EventSources] = (),
    sources_total: int = 0,
    disk: Disk | None = None,
) -> dict[str, object]:
    """The report as JSON values; the keys are `Report`'s.

    `events` and `citations` are the collection's, counted apart from the ledger, whose `totals` must come to the same.
    `hosts` may be all hosts, in any order; `sources` are the events that lack most, of `sources_total` that lack any.
    """
    largest = sorted(hosts, key=lambda host: (-host.captures, -host.bytes, host.host))[:MOST_HOSTS]
    report: Report = {
        "run": _run_json(run),
        "collection": run.collection,
        "exit_code": run.exit_code,
        "reason": run.reason,
        "events": {"total": events, "read": tally.events},
        "pages": tally.pages,
        "citations": _citations_json(totals, citations),
        "captures": tally.captures,
        "bytes": tally.bytes,
        "statuses": {"none" if status == "0" else status: number for status, number in _most(tally.statuses)},
        "types": dict(_most(tally.mimes)),
        "hosts_total": len(hosts),
        "hosts": [{"host": each.host, "captures": each.captures, "bytes": each.bytes} for each in largest],
        "requisites": _requisites_json(requisites or Requisites(reasons={})),
        "sources_total": sources_total,
        "sources": [cast("dict[str, object]", asdict(each)) for each in sources[:MOST_SOURCES]],
        "disk": asdict(disk) if disk is not None else None,
        "warcs": [{"name": each.name, "bytes": each.bytes} for each in warcs],
        "errors": dict(_most(tally.errors)),
        "failures": _failures_json(failures),
        "problems": list(run.problems),
    }
    return cast("dict[str, object]", report)


def _run_json(run: RunEnd) -> RunJson:
    return {
        "id": run.id,
        "name": run.name,
        "job": run.job,
        "site": run.site,
        "started": stamp(run.started),
        "ended": stamp(run.ended),
        "seconds": round((run.ended - run.started).total_seconds(), 3),
        "version": run.version,
        "configuration": dict(run.configuration),
    }


def _citations_json(totals: Totals, citations: int) -> CitationsJson:
    return {
        "total": citations,
        "kept": totals.kept,
        "failed": totals.failed,
        "excluded": totals.excluded,
        "waiting": totals.waiting,
        "reconciled": citations == totals.kept + totals.failed + totals.excluded + totals.waiting,
        "reasons": dict(_most({reason.value: number for reason, number in totals.reasons.items()})),
    }


def _requisites_json(requisites: Requisites) -> RequisitesJson:
    outcomes: Counter[Outcome] = Counter()
    for reason, number in requisites.reasons.items():
        outcomes[reason.outcome] += number
    return {
        "total": outcomes.total(),
        "kept": outcomes[Outcome.KEPT],
        "failed": outcomes[Outcome.FAILED],
        "excluded": outcomes[Outcome.EXCLUDED],
        "waiting": outcomes[Outcome.WAITING],
        "reasons": dict(_most({reason.value: number for reason, number in requisites.reasons.items()})),
        "pages": requisites.pages,
        "complete": requisites.complete,
        "unseen": requisites.unseen,
    }


def _most(counts: Mapping[int, int] | Mapping[str, int]) -> list[tuple[str, int]]:
    """Largest first, equal ones by name."""
    return sorted(((str(key), number) for key, number in counts.items()), key=lambda it: (-it[1], it[0]))


def _failures_json(failures: Iterable[Failure]) -> list[dict[str, str]]:
    first = (failure for _, failure in zip(range(MOST_FAILURES), failures, strict=False))
    return [{"event": each.event, "url": each.url, "reason": each.reason.value} for each in first]


# --- a dry run's report ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a crawl would ask for."""

    urls: Sequence[str]  # each once; those the collection holds already are left out
    held: int = 0  # URLs that are cited and held already


class PlanJson(TypedDict):
    """`plan`: what would be fetched."""

    links: int
    held: int
    hosts: dict[str, int]  # host -> links, largest first
    urls: list[str]


def dry_report(run: RunEnd, totals: Totals, plan: Plan, *, events: int) -> dict[str, object]:
    """A dry run's report: `run`, `collection`, `exit_code`, `reason`, `events`, `citations`, `problems` as in `Report`,
    and `plan`."""
    hosts = Counter(url.split("/", 3)[2] for url in plan.urls if url.count("/") >= 2)
    planned: PlanJson = {
        "links": len(plan.urls),
        "held": plan.held,
        "hosts": dict(_most(hosts)),
        "urls": list(plan.urls),
    }
    return {
        "run": _run_json(run),
        "collection": run.collection,
        "exit_code": run.exit_code,
        "reason": run.reason,
        "events": {"total": events, "read": events},
        "citations": _citations_json(totals, totals.total),
        "plan": planned,
        "problems": list(run.problems),
    }


# --- the summary ---

_MOST_PROBLEMS = 5


def summary_text(report: Mapping[str, object], *, advise: bool = True, program: str = "sourcekeep") -> str:
    """A report (`run_report` or `dry_report`) for people: what came of it and, with `advise`, what to do next.

    `program` is what to type for sourcekeep.
    """
    shown = cast("Report", report)
    lines = [_headline(shown), ""]
    if "plan" in report:
        lines += _plan_lines(shown, cast("PlanJson", report["plan"]))
    else:
        lines += aligned(_totals_rows(shown), indent="  ", numbers=(1,))
    lines += _problem_lines(shown["problems"])
    if advise:
        lines += ["", "Next:", *aligned(_next(shown, program, dry="plan" in report), indent="  ")]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    run = report["run"]
    of = f" of {run['site']}" if run["site"] else ""
    word = "done" if report["exit_code"] == 0 else f"ended with exit code {report['exit_code']}"
    why = f" ({report['reason']})" if report["reason"] else ""
    return printable(f"{run['job']}{of}: {word}{why} after {spell_seconds(run['seconds'])}")


def _totals_rows(report: Report) -> Iterator[tuple[str, str, str]]:
    events, citations = report["events"], report["citations"]
    yield "events", f"{events['total']:,}", f"{events['read']:,} of them new or changed in this run"
    yield "citations", f"{citations['total']:,}", "" if citations["reconciled"] else "they do not add up: a fault"
    yield from _outcome_rows(citations)
    needed = report["requisites"]
    if needed["total"]:
        said = ", ".join(f"{name} {number:,}" for name, number in needed["reasons"].items())
        yield "requisites", f"{needed['total']:,}", said
        yield "  whole pages", f"{needed['complete']:,}", f"of {needed['pages']:,} that need any"
    if needed["unseen"]:
        yield "not looked through", f"{needed['unseen']:,}", "`sourcekeep requisites` names them and says why"
    size = f"{spell_bytes(report['bytes'])} from {count(report['hosts_total'], 'host')}"
    yield "captures", f"{report['captures']:,}", f"{size}, in this run"
    warcs = sum(int(str(each["bytes"])) for each in report["warcs"])
    yield "WARC files", f"{len(report['warcs']):,}", spell_bytes(warcs)


def _outcome_rows(citations: CitationsJson) -> Iterator[tuple[str, str, str]]:
    """kept, failed, excluded, waiting; each with its reasons, where there are several or they say more."""
    numbers = (citations["kept"], citations["failed"], citations["excluded"], citations["waiting"])
    for outcome, number in zip(Outcome, numbers, strict=True):
        reasons = {name: n for name, n in citations["reasons"].items() if Reason(name).outcome is outcome}
        said = ", ".join(f"{name} {n:,}" for name, n in reasons.items())
        yield f"  {outcome.value}", f"{number:,}", "" if outcome is Outcome.WAITING else said


def _plan_lines(report: Report, plan: PlanJson) -> Iterator[str]:
    citations = report["citations"]
    hosts = plan["hosts"]
    first = ", ".join(f"{host} {number:,}" for host, number in list(hosts.items())[:5])
    rows = [
        ("events", f"{report['events']['total']:,}", ""),
        ("citations", f"{citations['total']:,}", ""),
        *((name.strip(), *row) for name, *row in _outcome_rows(citations) if name.strip() == Outcome.EXCLUDED),
        ("held already", f"{plan['held']:,}", ""),
        ("to be fetched", f"{plan['links']:,}", f"from {count(len(hosts), 'host')}" + (f": {first}" if first else "")),
    ]
    yield from aligned(rows, indent="  ", numbers=(1,))


def _problem_lines(problems: Sequence[str]) -> Iterator[str]:
    if problems:
        yield from ("", "Problems:")
        yield from (f"  {printable(problem)}" for problem in problems[:_MOST_PROBLEMS])
    if len(problems) > _MOST_PROBLEMS:
        yield f"  and {len(problems) - _MOST_PROBLEMS:,} more; all of them are in report.json"


def _next(report: Report, program: str, *, dry: bool) -> Iterator[tuple[str, str]]:
    where = f"-c {shlex.quote(report['collection'])}"
    again = f"{program} crawl {shlex.quote(report['run']['site'])} {where}"
    if dry:
        yield again, "fetch them"
        return
    if report["exit_code"] or report["citations"]["waiting"]:
        yield again, "go on from here"
    yield f"{program} status {where}", "what the collection holds"
    yield f"{program} verify {where}", "check every record"
    yield f"{report['collection']}/runs/{report['run']['name']}/ledger.csv", "what came of each citation"
