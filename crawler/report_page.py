"""A report as a page of its own, with charts as inline SVG: no script, nothing loaded from anywhere (pure).

Everything in it may come from the web: it is text, links are http(s) only, and the page's own policy (CSP) allows
nothing but its style.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from crawler.link_formats.columns import is_web
from crawler.link_formats.html import text
from crawler.report_sections import Bar, Chart, Facts, Section, Table
from crawler.terminal import shortened

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}h1{font-size:1.4rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #ddd}"
    "td{overflow-wrap:anywhere}.short{white-space:nowrap}"
    "thead th{border-bottom:2px solid #888}tbody th{font-weight:normal;color:#555;width:11rem}"
    "svg{display:block;width:100%;height:auto}svg text{font-size:13px;fill:#1a1a1a}svg .note{fill:#666}"
    ".bar{fill:#4a78a8}.kept{fill:#4c956c}.failed{fill:#b00020}.excluded{fill:#8a8f98}.waiting{fill:#e3b23c}"
    "footer{margin-top:2rem;color:#666}"
    "@media(prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}svg text{fill:#e6e6e6}"
    "svg .note,tbody th,footer{color:#a5a5a5;fill:#a5a5a5}th,td{border-color:#3a3d42}a{color:#8ab4f8}}"
)
_HEAD = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    '<meta name="referrer" content="no-referrer">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
)
_SHORT = 20  # characters of a cell that is not broken into lines
_WIDTH, _LEFT, _RIGHT, _LINE = 900, 240, 260, 22  # of a chart, its names, its numbers; the height of a bar's line


def report_page(title: str, parts: Iterable[tuple[str, Sequence[Section]]], *, version: str) -> str:
    """The whole page. `parts` are headings with the sections below them; the heading "" is not shown."""
    body = "".join(piece for heading, sections in parts for piece in _part(heading, sections))
    return (
        f"{_HEAD}<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{text(title)}</h1>\n"
        f"{body}<footer>sourcekeep {text(version)}</footer>\n</body>\n</html>\n"
    )


def _part(heading: str, sections: Sequence[Section]) -> Iterator[str]:
    if heading:
        yield f"<hr>\n<h1>{text(heading)}</h1>\n"
    for section in sections:
        yield f"<section>\n<h2>{text(section.title)}</h2>\n{_section(section)}</section>\n"


def _section(section: Section) -> str:
    match section:
        case Facts():
            rows = "".join(f"<tr><th>{text(name)}</th><td>{_cell(value)}</td></tr>\n" for name, value in section.rows)
            return f"<table><tbody>\n{rows}</tbody></table>\n"
        case Chart():
            return (_whole(section.bars) if section.whole else "") + _bars(section)
        case Table():
            return _table(section)


def _table(table: Table) -> str:
    names = "".join(f"<th>{text(name)}</th>" for name in table.names)
    rows = "".join(f"<tr>{''.join(map(_td, row))}</tr>\n" for row in table.rows)
    more = f"<p>and {table.more:,} more</p>\n" if table.more else ""
    return f"<table>\n<thead><tr>{names}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n{more}"


def _td(value: str) -> str:
    short = ' class="short"' if len(value) <= _SHORT else ""
    return f"<td{short}>{_cell(value)}</td>"


def _cell(value: str) -> str:
    if not is_web(value):
        return text(value)
    return f'<a href="{escape(value)}" rel="nofollow noopener noreferrer">{text(value)}</a>'


# --- charts ---


def _bars(chart: Chart) -> str:
    """A bar a line: name, bar, number and note."""
    most = max((bar.number for bar in chart.bars), default=0) or 1
    lines = "".join(_bar(bar, number, most) for number, bar in enumerate(chart.bars))
    return _svg(chart.title, _LINE * len(chart.bars) + 4, lines)


def _bar(bar: Bar, line: int, most: int) -> str:
    y = line * _LINE
    room = _WIDTH - _LEFT - _RIGHT
    width = max(1.0, room * max(bar.number, 0) / most) if bar.number else 0.0
    note = f' <tspan class="note">{text(shortened(bar.note, 30))}</tspan>' if bar.note else ""
    return (
        f'<text x="{_LEFT - 8}" y="{y + 16}" text-anchor="end">{text(shortened(bar.name, 34))}</text>'
        f'<rect class="{escape(bar.kind) or "bar"}" x="{_LEFT}" y="{y + 4}" width="{width:.1f}" height="15" rx="2">'
        f"<title>{text(bar.name)}: {bar.number:,}</title></rect>"
        f'<text x="{_LEFT + width + 6:.1f}" y="{y + 16}">{bar.number:,}{note}</text>\n'
    )


def _whole(bars: Sequence[Bar]) -> str:
    """All bars on one line, as parts of their sum."""
    total = sum(bar.number for bar in bars) or 1
    at, pieces = 0.0, []
    for bar in bars:
        width = _WIDTH * bar.number / total
        said = f"{text(bar.name)}: {bar.number:,} ({bar.number / total:.1%})"
        pieces.append(
            f'<rect class="{escape(bar.kind) or "bar"}" x="{at:.1f}" y="2" width="{width:.1f}" height="22">'
            f"<title>{said}</title></rect>\n"
        )
        at += width
    return _svg("shares", 28, "".join(pieces))


def _svg(title: str, height: int, inner: str) -> str:
    return f'<svg role="img" aria-label="{text(title)}" viewBox="0 0 {_WIDTH} {height}">\n{inner}</svg>\n'
