"""What changed between two texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archive.text_diff import Change, compare

texts = st.lists(st.text("ab 一.", max_size=12), max_size=12).map("\n".join)


@given(texts, texts)
def test_both_texts_can_be_read_out_of_the_difference(before: str, after: str) -> None:
    """What is the same or gone is the old text, what is the same or came the new one; but for what is left out."""
    parts = compare(before, after).parts
    old, new = ([" ".join(line.split()) for line in text.splitlines() if line.split()] for text in (before, after))
    for lines, change in ((old, Change.GONE), (new, Change.COME)):
        at = 0
        for part in parts:
            if part.change is Change.LEFT_OUT:
                at += part.number
            elif part.change in (Change.SAME, change):
                assert "".join(text for text, _ in part.pieces) == lines[at]
                at += 1
        assert at == len(lines)


def test_words_that_differ_are_told_apart() -> None:
    """In a paragraph that was rewritten, words; in Chinese, characters."""
    parts = compare("The bridge is closed.\n大桥今天关闭", "The bridge is open.\n大桥今天开放").parts
    changed = [("".join(text for text, differs in part.pieces if differs), part.change) for part in parts]
    assert changed == [
        ("closed", Change.GONE), ("关闭", Change.GONE), ("open", Change.COME), ("开放", Change.COME),
    ]  # fmt: skip


def test_the_same_is_the_same() -> None:
    """Nothing changed, also where there is nothing."""
    assert compare("a\nb", "a \n\n b").is_same
    assert compare("", "").is_same
    assert not compare("a", "").is_same
