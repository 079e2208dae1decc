"""A report as text for people, all of its sections (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crawler.report_sections import Chart, Facts, Section, Table
from crawler.terminal import aligned, printable

_BAR = 30  # characters


def report_text(title: str, parts: Iterable[tuple[str, Sequence[Section]]]) -> str:
    """The whole text. `parts` are headings with the sections below them; the heading "" is not shown."""
    return "\n".join([printable(title), *(line for part in parts for line in _part(*part))]) + "\n"


def _part(heading: str, sections: Sequence[Section]) -> Iterator[str]:
    if heading:
        yield from ("", "=" * 60, printable(heading))
    for section in sections:
        yield from ("", printable(section.title), *_section(section))


def _section(section: Section) -> Iterator[str]:
    match section:
        case Facts():
            yield from aligned(section.rows, indent="  ")
        case Chart():
            most = max((bar.number for bar in section.bars), default=0) or 1
            rows = ((each.name, f"{each.number:,}", bar(each.number, most), each.note) for each in section.bars)
            yield from aligned(rows, indent="  ", numbers=(1,))
        case Table():
            yield from aligned([section.names, *section.rows], indent="  ")
            if section.more:
                yield f"  and {section.more:,} more"


def bar(number: int, most: int) -> str:
    """A bar of up to 30 characters; one at least where there is anything."""
    return "█" * max(1, round(_BAR * number / most)) if number > 0 else ""
