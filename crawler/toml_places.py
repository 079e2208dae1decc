"""Where each key and value of a TOML document stands (pure).

The standard library reads TOML, but does not tell lines; an operator who is told "delay takes a number" wants to know
where. This walks a text that `tomllib` has taken already, so it may trust its form, and looks at no value.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'  # TOML 1.0: up to two quotes may stand before the closing three
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}=,.\n]"
    r"|[^\s\[\]{}=,.\"'#]+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int
    column: int


TOP = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Places:
    """Of one document. A path is the keys, and in arrays the numbers, that lead to a value."""

    keys: dict[Path, Place]
    values: dict[Path, Place]

    def key(self, path: Path) -> Place:
        """Where the key at the end of `path` stands, or the nearest one around it that stands anywhere."""
        return _nearest(self.keys, path)

    def value(self, path: Path) -> Place:
        """Where its value begins."""
        return self.values.get(path) or self.key(path)


def _nearest(places: dict[Path, Place], path: Path) -> Place:
    while path and path not in places:
        path = path[:-1]
    return places.get(path, TOP)


def places_in(text: str) -> Places:
    """The places of all keys and values of `text`, which `tomllib` reads without an error."""
    return _Walk(text).places


class _Walk:
    """One pass over the tokens."""

    def __init__(self, text: str) -> None:
        self.places = Places({}, {})
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._tokens = [found for found in _TOKEN.finditer(text) if not found[0].startswith("#")]
        self._at = 0
        self._arrays: dict[Path, int] = {}
        self._table: Path = ()
        while self._skip_lines():
            if self._peek() == "[":
                self._header()
            else:
                self._pair(self._table)

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self) -> re.Match[str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip_lines(self) -> bool:
        while self._peek() == "\n":
            self._at += 1
        return self._at < len(self._tokens)

    def _place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)

    def _header(self) -> None:
        self._at += 1
        is_array = self._peek() == "["
        self._at += is_array
        path: Path = ()
        for part, place in self._dotted():
            path = (*path, part)
            self.places.keys.setdefault(path, place)
            if is_array and self._peek() == "]":
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path])
                self.places.keys.setdefault(path, place)
        self._table = path
        self._at += 1 + is_array

    def _dotted(self) -> Iterator[tuple[str, Place]]:
        """The parts of a key. A bare one such as 1.2 is two."""
        while True:
            token = self._take()
            yield _bare(token[0]), self._place(token.start())
            if self._peek() != ".":
                return
            self._at += 1

    def _pair(self, table: Path) -> None:
        path = table
        for part, place in self._dotted():
            path = (*path, part)
            self.places.keys.setdefault(path, place)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self._take()
        self.places.values[path] = self._place(first.start())
        match first[0]:
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case _:
                while self._peek() not in ("\n", ",", "]", "}", ""):
                    self._at += 1  # of a number or date that has points in it

    def _array(self, path: Path) -> None:
        number = 0
        while self._skip_lines() and self._peek() != "]":
            if self._peek() == ",":
                self._at += 1
                continue
            self._value((*path, number))
            number += 1
        self._at += 1

    def _inline(self, path: Path) -> None:
        while self._skip_lines() and self._peek() != "}":
            if self._peek() == ",":
                self._at += 1
                continue
            self._pair(path)
        self._at += 1


def _bare(token: str) -> str:
    """The name that a key spells."""
    return next(iter(tomllib.loads(f"{token} = 0"))) if token[0] in "\"'" else token
