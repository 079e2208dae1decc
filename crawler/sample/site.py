"""The sample news archive as files: Markdown pages with the hosts' port filled in, and a plain HTML view of each.

The pages in `archive/` name their hosts without a port (`http://courier.test/...`), because no port is ours to keep;
the port the sample web got is written in when they are materialised or served.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

ARCHIVE_HOST = "archive.test"
HOSTS = (
    ARCHIVE_HOST,
    "courier.test",
    "lantern.test",
    "wire.test",
    "tides.test",
    "images.test",
    "chenxi.test",
    "haibin.test",
    "old.test",
)  # each has a loopback address of its own, in this order

_PAGES = Path(__file__).parent / "archive"
_HOST = re.compile(rf"(?<=//)({'|'.join(map(re.escape, HOSTS))})(?=[/\s)\"#?]|$)")


def pages(port: int) -> dict[str, bytes]:
    """Every Markdown page by its site path (`news/2016/03/12/index.md`), bytes as served and written."""
    return {
        file.relative_to(_PAGES).as_posix(): with_port(file.read_bytes().decode(), port).encode()
        for file in sorted(_PAGES.rglob("*.md"))
    }


def with_port(text: str, port: int) -> str:
    """`text` with `:port` after every sample host that stands in a URL. A dashed URL is no URL and stays."""
    return _HOST.sub(rf"\1:{port}", text)


def materialise(folder: Path, *, port: int) -> None:
    """Writes the archive's Markdown pages into `folder`, which is made if it is not there."""
    for path, data in pages(port).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def html_of(markdown: str, *, language: str) -> str:
    """A page as the site's HTML edition has it: headings, numbered lists, links to `.html` instead of `.md`.

    Entities pass through, as Markdown lets them. A link broken over a line end keeps the line end in its address.
    """
    blocks: list[str] = []
    items: list[str] = []
    for line in _BROKEN.sub(r"](\1&#13;&#10;\2)", markdown).split("\n"):
        if item := _ITEM.match(line):
            items.append(f'<li value="{item[1]}">{_inline(item[2])}</li>')
            continue
        if items:
            blocks.append("<ol>\n" + "\n".join(items) + "\n</ol>")
            items = []
        blocks.append(_block(line))
    if items:
        blocks.append("<ol>\n" + "\n".join(items) + "\n</ol>")
    body = "\n".join(filter(None, blocks))
    head = f'<meta charset="utf-8">\n<title>{_title(markdown)}</title>'
    return f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


_BROKEN = re.compile(r"\]\(([^)\s]*)\r?\n([^)\s]*)\)")
_ITEM = re.compile(r"(\d+)\. (.*)")
_HEADING = re.compile(r"(#{1,6}) (.*)")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]*)\)")
_EMPHASIS = re.compile(r"(?:(?<=\s)|^)_(.+)_$")


def _block(line: str) -> str:
    if heading := _HEADING.match(line):
        level = len(heading[1])
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    if line == "---":
        return "<hr>"
    return f"<p>{_inline(line)}</p>" if line.strip() else ""


def _inline(text: str) -> str:
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    text = _LINK.sub(_anchor, text)
    return _EMPHASIS.sub(r"<em>\1</em>", text)


def _anchor(link: re.Match[str]) -> str:
    href = link[2].replace('"', "&quot;")
    if href.startswith("/"):
        href = re.sub(r"\.md$", ".html", href)
    return f'<a href="{href}">{link[1]}</a>'


def _title(markdown: str) -> str:
    found = re.search(r"^# (.*)$", markdown, re.MULTILINE)
    return escape(found[1].strip(), quote=False).replace("&amp;", "&") if found else "News"
