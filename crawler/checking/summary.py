"""The report of a run of checks for people (pure)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from crawler.terminal import aligned, count, printable, spell_seconds

if TYPE_CHECKING:
    from crawler.checking.report import LinkJson, RecheckReport

MOST_NAMED = 20  # links of a list


def summary_text(report: Mapping[str, object], *, program: str = "sourcekeep") -> str:
    """What the checks came to, which links turned, what to do next."""
    shown = cast("RecheckReport", report)
    run = shown["run"]
    code = shown["exit_code"]
    word = "done" if code in (0, 2) else f"ended with exit code {code}"
    lines = [printable(f"recheck: {word} ({shown['reason']}) after {spell_seconds(float(str(run['seconds'])))}"), ""]
    lines += aligned(_rows(shown), indent="  ", numbers=(1,))
    for name in ("newly_dead", "revived", "moved", "drifted"):
        lines += _listed(name.replace("_", " "), cast("Sequence[LinkJson]", report[name]))
    if shown["problems"]:
        lines += ["", "Problems:", *(f"  {printable(each)}" for each in shown["problems"][:5])]
    lines += ["", "Next:", *aligned(_next(shown, program), indent="  ")]
    return "\n".join(lines)


def _rows(report: RecheckReport) -> Iterator[tuple[str, str, str]]:
    yield "checks", f"{report['checks']:,}", f"{count(report['requests'], 'request')}"
    for name, number in report["classes"].items():
        yield f"  {name}", f"{number:,}", ""
    if report["discarded"]:
        yield "  of no account", f"{report['discarded']:,}", "their hosts were down"
    said = ", ".join(f"{name} {number:,}" for name, number in report["links"].items())
    yield "links", f"{sum(report['links'].values()):,}", said


def _listed(name: str, links: Sequence[LinkJson]) -> Iterator[str]:
    if not links:
        return
    yield ""
    yield f"{name.capitalize()}:"
    for each in links[:MOST_NAMED]:
        target = each["final_url"]
        to = f" -> {target}" if target and target != each["url"] else ""
        yield printable(f"  {each['url']} ({each['state']}){to}")
    if len(links) > MOST_NAMED:
        yield f"  and {len(links) - MOST_NAMED:,} more; all of them are in report.json"


def _next(report: RecheckReport, program: str) -> Iterator[tuple[str, str]]:
    where = f"-c {shlex.quote(report['collection'])}"
    due = f"the next link is due {report['next_due']}" if report["next_due"] else "check what is due"
    yield f"{program} recheck {where}", due
    if report["newly_dead"]:
        yield f"{program} links {where} --state dead", "what is dead, and the proof"


def dry_text(report: Mapping[str, object]) -> str:
    """What a dry run found."""
    links = cast("Sequence[Mapping[str, str | None]]", report["links"])
    rows = [(printable(each["url"] or ""), each["state"] or "", f"due {each['next_due']}") for each in links[:1000]]
    total = int(str(report["total"]))
    return "\n".join([f"{count(total, 'link')} would be checked", *aligned(rows, indent="  ")])
