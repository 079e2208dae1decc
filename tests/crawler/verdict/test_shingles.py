"""Shingles: what counts for the same text, and how much of one is in another."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.verdict.shingles import (
    MOST_STORED,
    Shingles,
    containment,
    in_common,
    narrowed,
    shingles_of,
    similarity,
    without,
    words_of,
)
from tests.crawler.verdict.newsroom import BRIDGE, CHINESE, HARVEST, MIXED, RIVAL

ENGLISH_TEXT = " ".join(BRIDGE)
TEXTS = {"english": ENGLISH_TEXT, "chinese": "\n".join(CHINESE), "mixed": "\n".join(MIXED)}
WORDS = (
    "the",
    "a",
    "old",
    "bridge",
    "council",
    "mended",
    "老",
    "桥",
    "市议",
    "会",
    "édition",
    "Straße",
    "修复",
    "2016",
    "x",
)
PINNED = "0204000000ffffffffffffffffe5d49f0f0000000001806568000000009f0f018000000000"
PROSE = st.lists(st.sampled_from(WORDS)).map(" ".join)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Old BRIDGE", "the old bridge"),
        ('the old bridge, it said: "closed"', "the old bridge it said closed"),
        ("the old  bridge\n\tis closed", "the old bridge is closed"),
        ("the o\u00adld bri\u200bdge", "the old bridge"),
        ("don’t cross “the bridge” — now", 'don\'t cross "the bridge" - now'),
        ("Cafe\u0301 du Pont", "Café du Pont"),
        ("ＢＢＣ ２０１６", "bbc 2016"),
        ("ﬁnal oﬃce", "final office"),
        ("２０１６年,老桥。", "2016年 老桥"),
        ("市议会,表决。通过!", "市议会表决通过"),
        ("市议会\u3000表决 通过", "市议会表决通过"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("STRASSE", "straße"),
        ("snake_case", "snake case"),
        ("\u202ethe bridge\u202c", "the bridge"),
    ],
)
def test_what_does_not_count(one: str, other: str) -> None:
    """Case, width, punctuation, blanks, unseen characters and the spelling of accents make no other text."""
    assert shingles_of(one) == shingles_of(other)
    assert shingles_of(one).kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the old bridge", "the new bridge"),
        ("resume", "résumé"),
        ("老桥", "新桥"),
        ("12 dead", "13 dead"),
        ("a b", "b a"),
    ],
)
def test_what_counts(one: str, other: str) -> None:
    """Another word, accent, character or number, and another order, make another text."""
    assert shingles_of(one).kept != shingles_of(other).kept


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_wholly_in_a_longer_one(name: str) -> None:
    """Whatever stands around it, a text is still there; and the longer one is not in it."""
    ours = shingles_of(TEXTS[name])
    around = shingles_of("\n".join((*HARVEST, TEXTS[name], *RIVAL)))
    assert containment(ours, around) == 1.0
    assert containment(around, ours) < 0.6


@pytest.mark.parametrize("name", TEXTS)
def test_half_a_text(name: str) -> None:
    """Of a text cut in half about half is left."""
    whole = TEXTS[name]
    assert 0.35 < containment(shingles_of(whole), shingles_of(whole[: len(whole) // 2])) < 0.65


@pytest.mark.parametrize("unrelated", [(BRIDGE, HARVEST), (CHINESE, RIVAL), (BRIDGE, CHINESE)])
def test_unrelated_texts_share_next_to_nothing(unrelated: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    """Two articles of one language and one paper have hardly four words in a row in common."""
    one, other = (shingles_of("\n".join(each)) for each in unrelated)
    assert containment(one, other) < 0.03
    assert similarity(one, other) < 0.03


def test_a_corrected_sentence_costs_its_own_shingles_only() -> None:
    """A correction of one word in a text of three hundred takes four shingles of it."""
    ours = shingles_of(ENGLISH_TEXT)
    corrected = shingles_of(ENGLISH_TEXT.replace("four million", "five million"))
    assert len(ours.kept - corrected.kept) == 4


def test_short_texts_are_compared_by_pairs_of_words() -> None:
    """A caption of a dozen words with one corrected is found in a page, as four words in a row would not find it."""
    caption = "Ferryman John Holt, 81, on the lower Ardle last week, rowing"
    ours = shingles_of(caption)
    page = shingles_of(f"{ENGLISH_TEXT} {caption.replace('last', 'this')} {' '.join(HARVEST)}")
    assert ours.width == 2
    assert containment(ours, page) >= 0.8
    assert containment(ours, shingles_of(" ".join(HARVEST))) < 0.2


def test_one_word_and_none() -> None:
    """A single word is found or not; a text without words is in nothing and like nothing."""
    page = shingles_of(ENGLISH_TEXT)
    assert containment(shingles_of("bridge"), page) == 1.0
    assert containment(shingles_of("giraffe"), page) == 0.0
    assert containment(shingles_of("…!"), page) == similarity(shingles_of(""), shingles_of("")) == 0.0


def test_the_same_in_every_process() -> None:
    """What a catalogue holds is what another process, with another seed for Python's own hashes, computes."""
    script = "import sys; from crawler.verdict.shingles import shingles_of as s; print(s(sys.argv[1]).to_bytes().hex())"
    text = TEXTS["mixed"]
    runs = {
        subprocess.run(
            [sys.executable, "-c", script, text],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {shingles_of(text).to_bytes().hex().encode() + b"\n"}


def test_what_a_catalogue_holds_never_changes() -> None:
    """The bytes of a text are pinned: a change of the hash would make every stored copy a stranger."""
    assert shingles_of("Old bridge 老桥").to_bytes().hex() == PINNED


def test_huge_texts_are_sampled() -> None:
    """Of a text beyond the limit so many shingles are kept, always the same, and shares come out within 5 %."""
    dice = random.Random(4)
    words = [f"w{dice.randrange(3000)}" for _ in range(24_000)]
    whole, half = shingles_of(" ".join(words)), shingles_of(" ".join(words[:12_000]))
    small, small_half = whole.sample(2000), half.sample(2000)
    assert len(small.kept) == 2000
    assert small.sampled
    assert not whole.sampled
    assert containment(small, half) == pytest.approx(0.5, abs=0.05)
    assert containment(whole, small_half) == pytest.approx(0.5, abs=0.05)
    assert similarity(small, small_half) == pytest.approx(0.5, abs=0.05)
    assert containment(small_half, small) == 1.0


def test_a_sample_of_a_sample() -> None:
    """To sample twice is to sample once, and a small text is not touched."""
    text = shingles_of(" ".join(f"w{n}" for n in range(3000)))
    assert text.sample(500).sample(100) == text.sample(100)
    assert shingles_of(ENGLISH_TEXT).sample() == shingles_of(ENGLISH_TEXT)
    assert len(text.sample().kept) == MOST_STORED


def test_what_siblings_share_is_taken_away() -> None:
    """An article without its site's boilerplate is what the site's other pages do not have."""
    frame, one, other = " ".join(HARVEST), BRIDGE[0] + BRIDGE[1], BRIDGE[2] + BRIDGE[3]
    pages = [shingles_of(f"{text} {frame}") for text in (one, other)]
    left = without(pages[0], in_common(pages))
    assert containment(left, shingles_of(one)) > 0.9
    assert containment(left, shingles_of(frame)) == 0.0


@pytest.mark.parametrize("data", [b"", b"\0" * 12, b"\4" + b"\0" * 13, b"\7" + b"\0" * 12])
def test_other_bytes_are_refused(data: bytes) -> None:
    """What was never written by us is an error, not an empty text."""
    with pytest.raises(ValueError, match="shingles"):
        Shingles.from_bytes(data)


def test_characters_count_for_half_a_word() -> None:
    """Chinese is as long as it takes to read."""
    assert words_of("the old bridge", 3) == 3
    assert words_of("修复老桥 BBC", 5) == 3


def test_the_first_tokens_only() -> None:
    """The opening of a text is cut by tokens, wherever that is."""
    assert shingles_of(ENGLISH_TEXT, first=30) == shingles_of(" ".join(ENGLISH_TEXT.split()[:30]))
    assert shingles_of(TEXTS["chinese"], first=40).tokens == 40


@given(PROSE, PROSE)
def test_containment_of_a_part(one: str, other: str) -> None:
    """A text with words is wholly in whatever it is followed by, and preceded by."""
    if shingles_of(one).kept:
        assert containment(shingles_of(one), shingles_of(f"{one} {other}")) == 1.0
        assert containment(shingles_of(one), shingles_of(f"{other} {one}")) == 1.0


@given(PROSE, PROSE)
def test_similarity_is_symmetric(one: str, other: str) -> None:
    """Jaccard's measure is symmetric, at most 1, at most either containment, and 1 for a text and itself."""
    first, second = shingles_of(one), shingles_of(other)
    alike = similarity(first, second)
    assert alike == similarity(second, first)
    assert 0 <= alike <= min(containment(first, second), containment(second, first)) <= 1 or not first.kept
    assert similarity(first, first) == (1.0 if first.kept else 0.0)


@given(st.text(max_size=300), st.integers(1, 40))
def test_bytes_and_back(text: str, most: int) -> None:
    """Whatever a text holds, its shingles come back from bytes as they were, sampled or not."""
    whole = shingles_of(text)
    assert Shingles.from_bytes(whole.to_bytes()) == whole
    sampled = shingles_of(text, most=most)
    assert Shingles.from_bytes(sampled.to_bytes()) == sampled
    assert len(sampled.kept) <= most


@given(st.text(alphabet="aábcdeé xyz修复老桥.,", max_size=200))
@settings(max_examples=60)
def test_case_and_spelling_never_count(text: str) -> None:
    """Upper case, decomposed accents and soft hyphens between any two letters change nothing."""
    own = shingles_of(text)
    assert shingles_of(text.upper()) == own
    assert shingles_of(unicodedata.normalize("NFD", text)) == own
    assert shingles_of("\u00ad".join(text)) == own


@given(st.lists(st.sampled_from(WORDS[:6]), min_size=20))
def test_narrow_shingles_are_those_of_the_text(words: list[str]) -> None:
    """The pairs and the words that four-word shingles consist of are the pairs and words of the text, and no others."""
    whole = shingles_of(" ".join(words))
    pairs = {kept for pair in pairwise(words) for kept in shingles_of(" ".join(pair)).kept}
    assert narrowed(whole, 2).kept == pairs
    assert narrowed(whole, 1).kept == {kept for word in words for kept in shingles_of(word).kept}
