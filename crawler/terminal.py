"""Text on its way to people: nothing the web sent may steer a terminal, and columns line up in any script (pure)."""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from copy import copy

_JOINERS = "\u200c\u200d"  # scripts of India and Persia, and emoji, need these two formats to be read
# JSON escapes what is below U+0020; these it leaves, and a terminal may obey them, a line reader break at them, or
# UTF-8 not take them (lone surrogates).
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def printable(text: str) -> str:
    """`text` on one line: line ends and tabs become blanks; control and format characters (escape sequences, bidi
    overrides), and lone surrogates, become U+FFFD."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    match unicodedata.category(character):
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cn" | "Co":  # of a newer Unicode, or private: harmless
            return character
        case _:
            return " " if character in "\t\n\r\v\f\x85" else "\ufffd"


def json_line(value: object) -> str:
    """`value` as JSON on one line, any script readable, nothing in it that steers a terminal."""
    return _visible_json(json.dumps(value, ensure_ascii=False))


def json_document(value: object) -> str:
    """`value` as indented JSON with a line end, any script readable, nothing in it that steers a terminal."""
    return _visible_json(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _visible_json(text: str) -> str:
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def width(text: str) -> int:
    """Cells that `text` takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.combining(character) or character in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def aligned(rows: Iterable[Sequence[str]], *, indent: str = "", numbers: Sequence[int] = ()) -> Iterator[str]:
    """Lines with the columns of `rows` under each other, two blanks apart; columns in `numbers` to the right."""
    table = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (_padded(cell, widths[n], right=n in numbers) for n, cell in enumerate(row))
        yield (indent + "  ".join(cells)).rstrip()


def _padded(cell: str, size: int, *, right: bool) -> str:
    blanks = " " * (size - width(cell))
    return blanks + cell if right else cell + blanks


def shortened(text: str, size: int) -> str:
    """`text`, printable, in at most `size` cells, with an ellipsis where something is left out."""
    text = printable(text)
    if width(text) <= size:
        return text
    kept, used = [], 1
    for character in text:
        used += _cells(character)
        if used > size:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def spell_bytes(size: int) -> str:
    """A number of bytes for people: `812 B`, `1.4 MB` (powers of 1000, as disks are sold)."""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def spell_seconds(seconds: float) -> str:
    """A duration for people: `7 s`, `12 min 05 s`, `3 h 20 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 page`, `2 pages`, `12,345 entries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


class VisibleFormatter(logging.Formatter):
    """Wraps a log's formatter: a message is one line whatever is in it, and nothing in it steers the terminal.

    The lines of a traceback stay lines.
    """

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The record as `inner` has it, made visible."""
        shown = copy(record)
        shown.msg, shown.args = printable(record.getMessage()), None
        return "\n".join(map(printable, self._inner.format(shown).split("\n")))


def make_logs_visible() -> None:
    """Put a `VisibleFormatter` into every handler that there is, and that of last resort. Again, it does nothing."""
    for handler in (*logging.getLogger().handlers, logging.lastResort):
        if handler is not None and not isinstance(handler.formatter, VisibleFormatter):
            handler.setFormatter(VisibleFormatter(handler.formatter))
