"""The rules of a style sheet in which an address can stand (pure): most stand in none, and tokens are dear.

A rule ends with the semicolon or the block that closes outside of all brackets, so strings, comments, url(...) and
brackets have to be told from one another (CSS Syntax Level 3), and nothing else. Where that is not plain, as in a bad
string, a bracket that nothing opened or a letter written as an escape, all from there on counts as one rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ADDRESS = re.compile(r"url\(|src\(|image-set\(|@import", re.IGNORECASE)
_WHOLE = (
    r'"(?:[^"\\\n]|\\[\s\S])*+"'
    r"|'(?:[^'\\\n]|\\[\s\S])*+'"
    r"|/\*[\s\S]*?\*/"
    r"|\\[^0-9A-Za-z\n]"  # an escape that spells no letter
    r"""|/\*|["'\\{}()\[\]"""  # of those above what is not whole
)
_OUTSIDE, _INSIDE = re.compile(_WHOLE + ";]"), re.compile(_WHOLE + "]")
_CLOSING = {"{": "}", "(": ")", "[": "]"}
_IN_URL = re.compile(r"""[ \n\t]*(?=["'])|[^"'()\[\]{}\\]*\)""")  # a string, as in any function; or up to the end


def rules_with_addresses(text: str) -> Iterator[str]:
    """The parts of `text` that are to be looked through for addresses, each of whole rules, in their order."""
    if not ("\\" in text or _ADDRESS.search(text)):
        return
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    start, wanted_from = 0, -1
    for end, is_plain in _ends(text):
        is_wanted = not is_plain or _ADDRESS.search(text, start, end) is not None
        if is_wanted and wanted_from < 0:
            wanted_from = start
        elif not is_wanted and wanted_from >= 0:
            yield text[wanted_from:start]
            wanted_from = -1
        start = end
    if wanted_from >= 0:
        yield text[wanted_from:start]


def _ends(text: str) -> Iterator[tuple[int, bool]]:
    """Where each rule ends, and whether it is plain that it does; the last one with the text."""
    at, closing = 0, list[str]()
    while found := (_INSIDE if closing else _OUTSIDE).search(text, at):
        at = found.end()
        match found[0]:
            case ";":
                yield at, True
            case "{" | "(" | "[" as bracket:
                if bracket == "(" and text[at - 4 : at - 1].lower() == "url":
                    inside = _IN_URL.match(text, at)
                    if inside is None or "/*" in inside[0]:
                        break
                    at = inside.end()
                    if inside[0].endswith(")"):
                        continue
                closing.append(_CLOSING[bracket])
            case "}" | ")" | "]" as bracket:
                if not closing or closing.pop() != bracket:
                    break
                if bracket == "}" and not closing:
                    yield at, True
            case '"' | "'" | "\\" | "/*":
                break
    else:
        yield len(text), True
        return
    yield len(text), False
