"""A page and its patched copy -> a unified diff that `patch` and `git apply` take (pure).

Bytes in, bytes out: pages hold any charset, and their odd bytes have to come through. Lines are added to and taken
from, never new, so the two have as many, and comparing takes no search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_CONTEXT = 3  # lines around a change
_QUOTED = re.compile(rb'[\x00-\x1f\x7f"\\]')
_LETTERS = {0x09: b"\\t", 0x0A: b"\\n", 0x0D: b"\\r", 0x22: b'\\"', 0x5C: b"\\\\"}


def unified_diff(path: str, before: bytes, after: bytes) -> bytes:
    """The diff of the file at `path`, b"" if it is the same. Raises ValueError if the number of lines differs."""
    if before == after:
        return b""
    old, new = before.split(b"\n"), after.split(b"\n")
    if len(old) != len(new):
        raise ValueError(f"{path}: {len(old)} lines became {len(new)}")
    changed = [number for number, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    count = len(old) - (not old[-1])  # what follows the last line end is no line if it is empty
    pieces = [b"--- ", _name("a", path), b"\n+++ ", _name("b", path), b"\n"]
    for start, end in _hunks(changed, count):
        pieces += [f"@@ -{_range(start, end)} +{_range(start, end)} @@\n".encode()]
        pieces += _lines(old, new, start, end)
    return b"".join(pieces)


def _hunks(changed: Sequence[int], count: int) -> Iterator[tuple[int, int]]:
    """Where hunks begin and end: lines from 0, the end not in it."""
    start, last = changed[0], changed[0]
    for number in [*changed[1:], None]:
        if number is not None and number - last <= 2 * _CONTEXT:
            last = number
            continue
        yield max(0, start - _CONTEXT), min(count, last + _CONTEXT + 1)
        start = last = number or 0


def _range(start: int, end: int) -> str:
    return f"{start + 1}" if end - start == 1 else f"{start + 1},{end - start}"


def _lines(old: Sequence[bytes], new: Sequence[bytes], start: int, end: int) -> Iterator[bytes]:
    at = start
    while at < end:
        if old[at] == new[at]:
            yield _line(b" ", old, at)
            at += 1
            continue
        until = next((number for number in range(at, end) if old[number] == new[number]), end)
        yield from (_line(b"-", old, number) for number in range(at, until))
        yield from (_line(b"+", new, number) for number in range(at, until))
        at = until


def _line(mark: bytes, lines: Sequence[bytes], number: int) -> bytes:
    ended = number + 1 < len(lines)
    return mark + lines[number] + (b"\n" if ended else b"\n\\ No newline at end of file\n")


def _name(side: str, path: str) -> bytes:
    """A file's name as git writes it: in quotes where it holds what a header cannot; a tab behind one with blanks."""
    name = f"{side}/{path}".encode("utf-8", "surrogateescape")
    if _QUOTED.search(name):
        return b'"' + _QUOTED.sub(lambda found: _escaped(found[0][0]), name) + b'"'
    return name + b"\t" if b" " in name else name


def _escaped(byte: int) -> bytes:
    return _LETTERS.get(byte, b"\\%03o" % byte)
