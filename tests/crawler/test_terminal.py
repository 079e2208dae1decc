"""What reaches a terminal."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.terminal import (
    VisibleFormatter,
    aligned,
    count,
    json_document,
    json_line,
    printable,
    shortened,
    spell_bytes,
    spell_seconds,
    width,
)

ANY_TEXT = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("a\x9b2Jb", "a\ufffd2Jb"),
        ("a\r\nb\tc\u2028d", "a  b c d"),
        ("evil\u202egnp.exe", "evil\ufffdgnp.exe"),
        ("雾岭县茶叶", "雾岭县茶叶"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\ud800", "\ufffd"),
        ("a\u3000b\xa0c", "a b c"),
    ],
)
def test_a_terminal_is_not_steered(raw: str, shown: str) -> None:
    """Escape sequences, C1 controls, bidi overrides and line ends lose their power; letters stay."""
    assert printable(raw) == shown


@given(ANY_TEXT)
def test_printable_text_is_one_line_and_encodable(text: str) -> None:
    """Whatever comes in: one line, no control character, fit for UTF-8; and once printable, it stays as it is."""
    shown = printable(text)
    shown.encode("utf-8")
    assert len((shown + "x").splitlines()) == 1
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    assert printable(shown) == shown


@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3))
def test_json_lines_are_one_line_and_lossless(value: dict[str, str]) -> None:
    """JSON output is one line for every line reader, holds no control character, and gives the value back."""
    line = json_line(value)
    line.encode("utf-8")
    assert len(line.splitlines()) == 1
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
    assert json.loads(line) == value


def test_json_stays_readable_in_any_script() -> None:
    """Chinese is not turned into escapes."""
    assert json_line({"title": "澄湾市"}) == '{"title": "澄湾市"}'


def test_columns_line_up_whatever_the_script() -> None:
    """A wide character takes two cells, a combining one none."""
    assert list(aligned([("晨曦", "1"), ("e\u0301", "22"), ("abcdef", "3")], numbers=(1,))) == [
        "晨曦     1",
        "e\u0301       22",
        "abcdef   3",
    ]
    assert list(aligned([])) == []


@given(ANY_TEXT, st.integers(2, 30))
def test_shortened_text_fits(text: str, size: int) -> None:
    """Never wider than asked for; what fits is left alone."""
    short = shortened(text, size)
    assert width(short) <= size
    assert width(printable(text)) > size or short == printable(text)


@pytest.mark.parametrize(
    ("size", "spelled"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (2**31, "2.1 GB"),
     (5 * 10**12, "5.0 TB")],
)  # fmt: skip
def test_bytes_are_spelled_for_people(size: int, spelled: str) -> None:
    """Powers of 1000, one decimal, never `1000.0 kB`."""
    assert spell_bytes(size) == spelled


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (725, "12 min 05 s"), (12_000, "3 h 20 min"),
     (187_200, "2 d 4 h")],
)  # fmt: skip
def test_durations_are_spelled_for_people(seconds: float, spelled: str) -> None:
    """The two largest units."""
    assert spell_seconds(seconds) == spelled


def test_counts_agree_with_their_nouns() -> None:
    """1 page, 2 pages, 1,234 entries."""
    assert [count(1, "page"), count(0, "page"), count(1234, "entry", "entries")] == [
        "1 page",
        "0 pages",
        "1,234 entries",
    ]


@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3))
def test_json_documents_are_visible_and_lossless(value: dict[str, str]) -> None:
    """Indented JSON has line ends of its own, and no other control character."""
    text = json_document(value)
    text.encode("utf-8")
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text.replace("\n", ""))
    assert json.loads(text) == value


def test_a_log_line_is_one_line_and_a_traceback_several() -> None:
    """A message cannot forge a line of the log nor steer the terminal; where it was raised stays readable."""
    formatter = VisibleFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    try:
        raise ValueError("evil\x1b]0;title\x07")
    except ValueError:
        failure = sys.exc_info()
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, "got %s", ("a\nERROR: forged\x9b2J",), failure)
    first, *rest = formatter.format(record).split("\n")
    assert first == "WARNING: got a ERROR: forged\ufffd2J"
    assert rest[0] == "Traceback (most recent call last):"
    assert rest[-1] == "ValueError: evil\ufffd]0;title\ufffd"
    assert record.args  # other handlers still see it as it was
