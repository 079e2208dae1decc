"""What changed between two texts, paragraph by paragraph and word by word in those that were rewritten (pure).

Comparing costs the square of what differs, in the worst case: long texts are compared by paragraphs alone. To be run in
a worker (archive.workers), for the texts are strangers'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest

MOST_PARAGRAPHS = 4_000  # of each text
_MOST_WORDS = 600  # of a paragraph compared by words
_AROUND = 2  # unchanged paragraphs shown beside a change
_WORD = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W]+|[^\w\s]")


class Change(StrEnum):
    """What became of a paragraph."""

    SAME = "same"
    GONE = "gone"
    COME = "come"
    LEFT_OUT = "left_out"  # unchanged, and far from any change; `pieces` is empty


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph, or of LEFT_OUT how many. Pieces of it that changed are told apart."""

    change: Change
    pieces: tuple[tuple[str, bool], ...] = ()
    number: int = 1


@dataclass(frozen=True, slots=True)
class TextDiff:
    """How one text became the other. `ratio`: how much of them is the same, by paragraphs, 0 to 1."""

    parts: tuple[Part, ...]
    ratio: float
    is_cut: bool = False  # one of them is longer than is compared

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        return all(part.change in (Change.SAME, Change.LEFT_OUT) for part in self.parts)


def compare(before: str, after: str) -> TextDiff:
    """What changed from `before` to `after`."""
    old, new = _paragraphs(before), _paragraphs(after)
    is_cut = max(len(old), len(new)) > MOST_PARAGRAPHS
    matcher = SequenceMatcher(None, old[:MOST_PARAGRAPHS], new[:MOST_PARAGRAPHS], autojunk=False)
    parts: list[Part] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            parts.extend(Part(Change.SAME, ((text, False),)) for text in old[i1:i2])
        else:
            parts.extend(_rewritten(old[i1:i2], new[j1:j2]))
    return TextDiff(parts=tuple(_shortened(parts)), ratio=matcher.ratio(), is_cut=is_cut)


def _paragraphs(text: str) -> list[str]:
    return [line for each in text.splitlines() if (line := " ".join(each.split()))]


def _rewritten(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    gone: list[Part] = []
    come: list[Part] = []
    for before, after in zip_longest(old, new):
        left, right = _words(before, after) if before is not None and after is not None else ((), ())
        if before is not None:
            gone.append(Part(Change.GONE, left or ((before, False),)))
        if after is not None:
            come.append(Part(Change.COME, right or ((after, False),)))
    yield from gone
    yield from come


_Pieces = tuple[tuple[str, bool], ...]


def _words(before: str, after: str) -> tuple[_Pieces, _Pieces]:
    """The pieces of both that differ; () where too little is alike, or they are too long."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return (), ()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.4:
        return (), ()
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            left.append(("".join(old[i1:i2]), tag != "equal"))
        if j2 > j1:
            right.append(("".join(new[j1:j2]), tag != "equal"))
    return tuple(left), tuple(right)


def _shortened(parts: Sequence[Part]) -> Iterator[Part]:
    """Without what is unchanged and far from any change."""
    changed = [number for number, part in enumerate(parts) if part.change is not Change.SAME]
    near = {number + step for number in changed for step in range(-_AROUND, _AROUND + 1)}
    left_out = 0
    for number, part in enumerate(parts):
        if changed and number not in near:
            left_out += 1
            continue
        if left_out:
            yield Part(Change.LEFT_OUT, number=left_out)
            left_out = 0
        yield part
    if left_out:
        yield Part(Change.LEFT_OUT, number=left_out)
