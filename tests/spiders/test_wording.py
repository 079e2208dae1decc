"""The words of the site."""

from __future__ import annotations

import pytest

from spiders.wording import (
    WORDINGS,
    Section,
    bare,
    context_of,
    is_cover_image,
    is_formats_line,
    is_previous_day,
    language_of_script,
    language_of_word,
    section_of,
)


@pytest.mark.parametrize("row", WORDINGS, ids=lambda row: row.language)
def test_every_row_is_known(row):
    """Each word of each row is found again, plain, with a colon, and in capitals."""
    for section in Section:
        for word in getattr(row, section.value):
            assert section_of(word) is section_of(f" {word.upper()}： ") is section
    assert all(is_cover_image(word) for word in row.cover_image)
    assert all(is_previous_day(f"{word}...") for word in row.previous_day)
    assert all(is_formats_line(f"{word}: [HTML](x)") for word in row.formats)
    assert all(context_of(f" _{word}: A, B_ ") == "A, B" for word in row.context)
    assert language_of_word(f"{row.sources[0]}:") == language_of_word(f"_{row.context[0]}：A_") == row.language


def test_no_word_means_two_things():
    """No word stands over two lists or in two languages."""
    for fields in (("sources", "related", "changes"), ("previous_day", "days"), ("context",)):
        words = [
            bare(word) for row in WORDINGS for field in fields for word in dict.fromkeys(map(bare, getattr(row, field)))
        ]
        assert len(words) == len(set(words))


def test_context():
    """Terms keep their commas, colons and underscores; a line without the word is kept whole; other text is none."""
    assert context_of("_Context: 2011 protests: a_b, Lexington, Kentucky_") == "2011 protests: a_b, Lexington, Kentucky"
    assert context_of("_消息：甲_") == "甲"
    assert context_of("_A, B_") == "A, B"
    assert context_of("_Kontext: A_") == "Kontext: A"
    assert context_of("__") == ""
    assert context_of("_") is None
    assert context_of("Context: A") is None


def test_letters():
    """Han letters without any other hint are taken for Chinese; the Latin alphabet says nothing."""
    assert language_of_script("abc 世界") == "zh"
    assert language_of_script("abc") is None
    assert not is_previous_day("昨天前一天")
