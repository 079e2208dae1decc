"""Renders a Markdown page of the archive to HTML as its site does. Written without a look at the readers: it knows the
generator's templates, not the parser's rules."""

from __future__ import annotations

import re
from html import escape

FRAME = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>News</title><script>if (1 < 2) document.write("<h1>no</h1>");</script></head>
<body>
<nav><h3>Archive</h3><ul><li><a href="/index.html">Home</a></li><li><a href="https://code.example/">Code</a></li></ul></nav>
<table><tr><td><a href="https://elsewhere.example/">Elsewhere</a></td></tr></table>
<main><article>
{body}
</article></main>
<aside><h3>Most read</h3><ol><li><a href="/news/2001/01/1/other.html">Other</a></li></ol></aside>
<footer><p>Text under a free licence. <a href="https://licence.example/">Licence</a></p></footer>
</body>
</html>
"""
LINE = re.compile(r"(#{1,5}) (.*)|([0-9]+)\. (.*)|(---)|(.+)", re.DOTALL)
PARAGRAPH = re.compile(r"(?m)^([A-Za-z][^\n]*)\n(?=[A-Za-z])")  # a line of text and one more
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(((?:[^()]|\([^()]*\))*)\)", re.DOTALL)


def as_html(markdown: str) -> str:
    """The page, with a site's frame around it."""
    lines = re.split(r"(?<!\r)\n", PARAGRAPH.sub(r"\1\v", markdown))  # CR LF stands only inside hrefs
    parts: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        item = line[0].isdigit() and LINE.match(line)[3] is not None
        if item and (not parts or not parts[-1].startswith("<li")):
            parts.append("<ol>")
        if not item and parts and parts[-1].startswith("<li"):
            parts.append("</ol>")
        parts.append(_line(line))
    if parts and parts[-1].startswith("<li"):
        parts.append("</ol>")
    return FRAME.format(body="\n".join(parts).replace("\v", "\n"))


def _line(line: str) -> str:
    marks, heading, number, item, rule, text = LINE.match(line).groups()
    if marks:
        inner = _links(heading) if len(marks) in (2, 3) else escape(heading)
        return f"<h{len(marks)}>{inner}</h{len(marks)}>"
    if number:
        return f'<li value="{number}">{_emphasis(_links(item))}</li>'
    if rule:
        return "<hr>"
    return f"<p>{_emphasis(_links(text)) if text[0] == '_' or 'Formats' in text else escape(text)}</p>"


def _links(text: str) -> str:
    parts, at = [], 0
    for match in LINK.finditer(text):
        parts += [escape(text[at : match.start()]), f'<a href="{_attribute(match[2])}">{escape(match[1])}</a>']
        at = match.end()
    return "".join([*parts, escape(text[at:])])


def _attribute(href: str) -> str:
    return escape(href).replace("\r", "&#13;").replace("\n", "&#10;")


def _emphasis(html: str) -> str:
    return re.sub(r"_([^_<>]*(?:_[^_<>]*)*)_\s*$", r"<em>\1</em>", html)
