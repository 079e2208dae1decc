"""What changed in links, told: for people, as JSON, as an Atom feed (RFC 4287) (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from archive.changes import Change, ChangeKind, counts_of
from crawler.link_formats.columns import is_web
from crawler.link_formats.junit import xml_text
from crawler.link_formats.row import Row, evidence_json, instant, mark_json, proof
from crawler.terminal import printable

_TOLD = {
    ChangeKind.DEAD: "newly dead",
    ChangeKind.REVIVED: "revived",
    ChangeKind.MOVED: "moved",
    ChangeKind.DRIFTED: "says something else",
}
MOST_ENTRIES = 1000  # of a feed, the latest


# --- JSON ---


def change_json(change: Change) -> dict[str, object]:
    """One change: what happened, when, from which state to which, and the check or the mark that brought it."""
    check, mark = change.check, change.mark
    return {
        "change": change.kind.value,
        "url": change.url,
        "at": instant(change.at),
        "before": change.before.value,
        "after": change.after.value,
        "verdict": check.verdict.state.value if check else None,
        "status": check.status if check else None,
        "final_url": check.final_url if check else None,
        "evidence": evidence_json(check) if check else None,
        "mark": mark_json(mark) if mark and check is None else None,
    }


def changes_json(changes: Sequence[Change]) -> dict[str, object]:
    """All of them with their sums: the section of a report."""
    sums = {kind.value: number for kind, number in counts_of(changes).items()}
    return {"counts": sums, "changes": [change_json(each) for each in changes]}


# --- people ---


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """The changes by kind, a line each with its proof, sums in front."""
    counts = counts_of(changes)
    yield ", ".join(f"{number:,} {_TOLD[kind]}" for kind, number in counts.items())
    for kind in ChangeKind:
        some = [each for each in changes if each.kind is kind]
        if some:
            yield ""
            yield f"{_TOLD[kind].capitalize()}:"
            yield from (f"  {change.at:%Y-%m-%d %H:%M}  {printable(_line(change))}" for change in some)


def _line(change: Change) -> str:
    return f"{change.url}{_to(change)} ({_why(change)})"


def _to(change: Change) -> str:
    target = change.check.final_url if change.check and change.kind is ChangeKind.MOVED else None
    return f" → {target}" if target else ""


def _why(change: Change) -> str:
    if change.check is None:
        return f"marked by {change.mark.who}: {change.mark.why}" if change.mark else "a mark was lifted"
    return f"{change.check.verdict.state.value}: {proof(Row(url=change.url, check=change.check))}"


# --- the feed ---


def atom(changes: Iterable[Change], *, name: str, since: datetime) -> str:
    """An Atom feed, the latest changes first, MOST_ENTRIES at most. `name` is the collection's: it makes the feed's id.

    An entry is the same whenever it is made again, so readers show it once. Texts of the web are text in it.
    """
    latest = sorted(changes, key=lambda each: (each.at, each.url, each.kind), reverse=True)[:MOST_ENTRIES]
    updated = latest[0].at if latest else since
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{_urn('feed', name)}</id>\n<title>{_text(f'Links of {name}: dead, revived, moved, drifted')}</title>\n"
        f"<updated>{instant(updated)}</updated>\n<author><name>sourcekeep</name></author>\n"
        "<generator>sourcekeep</generator>\n"
    )
    return head + "".join(_entry(each, name) for each in latest) + "</feed>\n"


def _entry(change: Change, name: str) -> str:
    said = f"{_TOLD[change.kind]}: {change.url}"
    link = f'<link rel="alternate" href={quoteattr(change.url)}/>\n' if is_web(change.url) else ""
    return (
        f"<entry>\n<id>{_urn(name, change.kind.value, change.url, change.at.isoformat())}</id>\n"
        f"<title>{_text(said)}</title>\n<updated>{instant(change.at)}</updated>\n"
        f"{link}<category term={quoteattr(change.kind.value)}/>\n"
        f'<content type="text">{_text(f"{change.before} to {change.after}: {_line(change)}")}</content>\n</entry>\n'
    )


def _urn(*parts: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, xml_text(' '.join(('sourcekeep', *parts))))}"


def _text(text: str) -> str:
    return escape(xml_text(printable(text)))
