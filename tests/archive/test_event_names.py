"""File names of event documents: ours alone, whatever a path says."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.event_names import LONGEST, document_name, fold

DAY = date(2016, 2, 3)


def test_a_plain_slug_is_its_own_name() -> None:
    """Letters of any script stay, and the ending goes."""
    assert document_name("news/2016/02/3/a-slug.md", DAY) == "2016/02/03/a-slug.json"
    assert document_name("zh/news/2014/06/7/伊拉克和黎凡特.md", date(2014, 6, 7)) == "2014/06/07/伊拉克和黎凡特.json"
    assert document_name("a.v2.html", None) == "undated/a.v2.json"


@pytest.mark.parametrize(
    "slug",
    [
        "",
        ".",
        "..",
        "...",
        ".hidden",
        "CON",
        "nul",
        "com1.md.md",
        "aux.tar",
        "a\0b",
        "a\\b",
        "C:evil",
        "a\x1b[2Jb",
        "trailing.",
        "trailing ",
        "\u202egpj.exe",
        "\ud800",
        "x" * 300,
        "é" * 100,
        "e\u0301",
    ],
)
def test_a_slug_that_no_file_system_should_see_is_changed_and_marked(slug: str) -> None:
    """The digits of the path tell apart what the change makes alike."""
    name = document_name(f"news/{slug}", DAY)
    assert name.startswith("2016/02/03/")
    assert name[-14] == "-"
    assert int(name[-13:-5], 16) >= 0


def test_a_long_slug_is_cut_between_characters() -> None:
    """150 bytes of UTF-8 at most, none of them half a character."""
    name = document_name("news/" + "伊" * 100, DAY).rsplit("/", 1)[1]
    assert len(name.encode()) <= LONGEST + len(".json")
    assert name.startswith("伊" * 40)


def test_a_name_that_is_taken_is_marked() -> None:
    """The same slug of another path gets its own digits."""
    names = {document_name(f"{edition}/a.md", DAY, marked=True) for edition in ("en", "zh", "fr")}
    assert len(names) == 3
    assert all(name.startswith("2016/02/03/a-") for name in names)


@given(st.text(), st.booleans(), st.one_of(st.none(), st.dates()))
def test_any_path_gives_one_harmless_name(path: str, marked: bool, day: date | None) -> None:
    """Three folders at most and a file: no way up or out, no hidden file, nothing invisible, in one normal form."""
    name = document_name(path, day, marked=marked)
    parts = name.split("/")
    assert len(parts) == (2 if day is None else 4)
    assert Path("/root", name).resolve().is_relative_to("/root")
    assert all(part and not part.startswith(".") for part in parts)
    assert len(parts[-1].encode()) <= LONGEST + len(".json")
    assert unicodedata.normalize("NFC", name) == name
    assert not set(name) & set('\\:*?"<>|\0\r\n')
    assert document_name(path, day, marked=marked) == name


@given(st.text(alphabet="aAäÄßſsS.-é\u0301"), st.text(alphabet="aAäÄßſsS.-é\u0301"))
def test_fold_is_as_blind_as_the_file_system(one: str, other: str) -> None:
    """Names that differ in case or normal form alone fold together."""
    if one.casefold() == other.casefold():
        assert fold(one) == fold(other)
    assert fold(unicodedata.normalize("NFD", one)) == fold(one)
