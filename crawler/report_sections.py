"""A run's report as sections of facts, bars and lists, whatever kind of run it was (pure).

The page for people and the long text are both drawn from these. A report is read as it lies on the disk, perhaps of a
collection that came from somebody else: what is not of the right kind is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from archive.model import Outcome, Reason
from crawler.terminal import count, spell_bytes, spell_seconds

MOST_ROWS = 100
_MOST = 1 << 62
OUTCOMES = tuple(each.value for each in Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart."""

    name: str
    number: int
    note: str = ""
    kind: str = ""  # kept, failed, excluded, waiting; "" is none of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values."""

    title: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars. `whole`: they are parts of one sum, and are shown on one line as well."""

    title: str
    bars: Sequence[Bar]
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under names; `more` were left out."""

    title: str
    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: int = 0


Section = Facts | Chart | Table


def sections_of(report: Mapping[str, object]) -> list[Section]:
    """The sections of a crawl's, a recheck's or another run's report; those without content are left out."""
    sections = [
        _facts(report),
        _outcomes(report),
        _counts("Citations by reason", report_table(report, "citations"), "reasons"),
        _counts("Response codes", report, "statuses", note=_phrase),
        _counts("Types", report, "types"),
        _hosts(report),
        _sources(report),
        _counts("Failures of this run", report, "errors"),
        _failures(report),
        _counts("Verdicts", report, "states"),
        _counts("Links by state", report, "links"),
        *(_links(title, report, name) for name, title in _LISTS.items()),
        _counts("Requisites", report_table(report, "requisites"), "reasons"),
        _counts("Faults found", report, "faults"),
        _counts("Asked of archives", report, "recovery"),
        _disk(report),
        _problems(report),
        _configuration(report),
    ]
    return [each for each in sections if each is not None]


_LISTS = {"newly_dead": "Newly dead", "revived": "Revived", "moved": "Moved", "drifted": "Says something else"}


def title_of(report: Mapping[str, object]) -> str:
    """What run it was, and how it ended."""
    run = report_table(report, "run")
    site = text_of(run, "site")
    return f"{text_of(run, 'job') or 'run'}{f' of {site}' if site else ''}: {ending_of(report)}"


def ending_of(report: Mapping[str, object]) -> str:
    """How it ended, in a few words."""
    code, reason = report.get("exit_code"), text_of(report, "reason")
    word = "done" if code == 0 else f"exit code {code}" if code is not None else "not ended"
    return f"{word} ({reason})" if reason else word


# --- reading ---


def report_table(report: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The table `name`; an empty one if it is none."""
    value = report.get(name)
    return value if isinstance(value, dict) else {}


def report_rows(report: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """The tables in the list `name`."""
    value = report.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_of(table: Mapping[str, object], name: str) -> str:
    """The value of `name` as text, "" for none."""
    value = table.get(name)
    return "" if value is None else str(value)


def number_of(table: Mapping[str, object], name: str) -> int:
    """The whole number `name`; 0 if it is none."""
    return _whole(table.get(name)) or 0


def counts_of(report: Mapping[str, object], name: str) -> dict[str, int]:
    """Names and numbers, the largest first."""
    read = {str(key): _whole(value) for key, value in report_table(report, name).items()}
    found = {key: value for key, value in read.items() if value is not None}
    return dict(sorted(found.items(), key=lambda it: (-it[1], it[0])))


def _whole(value: object) -> int | None:
    """A count; None for what is none, or more than there can be of anything."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else None


# --- the sections ---


def _facts(report: Mapping[str, object]) -> Facts | None:
    run = report_table(report, "run")
    events = report_table(report, "events")
    rows = [
        ("run", text_of(run, "name")),
        ("collection", text_of(report, "collection")),
        ("site", text_of(run, "site")),
        ("began", text_of(run, "started")),
        ("ended", text_of(run, "ended")),
        ("took", _spelled_seconds(run)),
        ("ended with", ending_of(report)),
        ("events", _of(number_of(events, "read"), number_of(events, "total"), "new or changed in this run")),
        ("checks", _number(report, "checks")),
        ("requests", _number(report, "requests")),
        ("captures", _number(report, "captures")),
        ("payload", spell_bytes(number_of(report, "bytes")) if "bytes" in report else ""),
        ("next check due", text_of(report, "next_due")),
        ("version", text_of(run, "version")),
    ]
    shown = [(name, value) for name, value in rows if value]
    return Facts(title="The run", rows=shown) if shown else None


def _of(part: int, whole: int, what: str) -> str:
    return f"{whole:,}, {part:,} of them {what}" if whole else ""


def _number(report: Mapping[str, object], name: str) -> str:
    return f"{number_of(report, name):,}" if name in report else ""


def _spelled_seconds(run: Mapping[str, object]) -> str:
    value = run.get("seconds")
    return spell_seconds(value) if isinstance(value, int | float) and abs(value) < 1e12 else ""


def _outcomes(report: Mapping[str, object]) -> Chart | None:
    citations = report_table(report, "citations")
    bars = [Bar(name=name, number=number_of(citations, name), kind=name) for name in OUTCOMES if name in citations]
    total = sum(bar.number for bar in bars)
    return Chart(title=f"Citations: {total:,}", bars=bars, whole=True) if total else None


def _counts(title: str, report: Mapping[str, object], name: str, *, note: object = None) -> Chart | None:
    found = counts_of(report, name)
    told = note if callable(note) else lambda _: ""
    bars = [Bar(name=key, number=number, note=str(told(key)), kind=_kind(key)) for key, number in found.items()]
    return Chart(title=title, bars=bars[:MOST_ROWS]) if any(found.values()) else None


def _kind(name: str) -> str:
    """The outcome that a reason, a status or a state counts as, for its colour."""
    if name in Reason.__members__.values():
        return Reason(name).outcome.value
    if name.isdecimal():
        return {"2": "kept", "3": "kept", "4": "failed", "5": "failed"}.get(name[0], "")
    return {"alive": "kept", "dead": "failed", "suspect": "excluded", "failing": "excluded"}.get(name, "")


def _phrase(status: str) -> str:
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return "no answer, or from disk" if status == "none" else ""


def _hosts(report: Mapping[str, object]) -> Chart | None:
    rows = report_rows(report, "hosts")
    bars = [
        Bar(name=text_of(row, "host"), number=number_of(row, "captures"), note=spell_bytes(number_of(row, "bytes")))
        for row in rows[:MOST_ROWS]
    ]
    total = number_of(report, "hosts_total")
    more = f", the largest of {total:,}" if total > len(bars) else ""
    return Chart(title=f"Hosts{more}", bars=bars) if bars else None


def _sources(report: Mapping[str, object]) -> Table | None:
    rows = report_rows(report, "sources")
    total = number_of(report, "sources_total")
    shown = [(text_of(row, "event"), *(f"{number_of(row, name):,}" for name in OUTCOMES)) for row in rows[:MOST_ROWS]]
    title = "Events by their sources, those that lack most first"
    return Table(title=title, names=("event", *OUTCOMES), rows=shown, more=max(0, total - len(shown))) if rows else None


def _failures(report: Mapping[str, object]) -> Table | None:
    rows = report_rows(report, "failures")
    shown = [(text_of(row, "reason"), text_of(row, "url"), text_of(row, "event")) for row in rows[:MOST_ROWS]]
    more = max(0, number_of(report_table(report, "citations"), "failed") - len(shown))
    title = "Citations that are not kept"
    return Table(title=title, names=("reason", "link", "event"), rows=shown, more=more) if shown else None


def _links(title: str, report: Mapping[str, object], name: str) -> Table | None:
    rows = report_rows(report, name)
    shown = [(text_of(row, "url"), text_of(row, "state"), text_of(row, "final_url")) for row in rows[:MOST_ROWS]]
    names = ("link", "last check", "leads to")
    named = f"{title}: {count(len(rows), 'link')}"
    return Table(title=named, names=names, rows=shown, more=len(rows) - len(shown)) if rows else None


def _disk(report: Mapping[str, object]) -> Facts | None:
    disk, warcs = report_table(report, "disk"), report_rows(report, "warcs")
    rows = []
    if warcs:
        size = sum(number_of(row, "bytes") for row in warcs)
        rows.append(("WARC files", f"{len(warcs):,}, {spell_bytes(size)}"))
    if disk:
        rows.append(("free", f"{spell_bytes(number_of(disk, 'free'))} of {spell_bytes(number_of(disk, 'total'))}"))
        rows.append(("to stay free", spell_bytes(number_of(disk, "reserve"))))
    return Facts(title="Disk", rows=rows) if rows else None


def _problems(report: Mapping[str, object]) -> Table | None:
    found = report.get("problems")
    problems = [str(each) for each in found] if isinstance(found, list) else []
    rows = [(each,) for each in problems[:MOST_ROWS]]
    return Table(title="Problems", names=("what",), rows=rows, more=len(problems) - len(rows)) if rows else None


def _configuration(report: Mapping[str, object]) -> Facts | None:
    rows = list(_flat(report_table(report_table(report, "run"), "configuration")))
    return Facts(title="Configuration", rows=rows) if rows else None


def _flat(table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict | list):
            yield str(name), ", ".join(map(str, value)) or "none"
        else:
            yield str(name), str(value)
