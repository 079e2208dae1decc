"""How the tables of phrases are looked up in what a page says (pure).

Servers say the same few things in many spellings. Text is folded first: width, letter case, accents, the many quotes
and blanks, Arabic letter forms, blanks between CJK characters. A table then holds two sorts of patterns:

- `whole` must be all that a sentence says, but for ornaments around it ("Oops!", "Error 404:", "Sorry,");
- `said` may stand anywhere in a sentence, because nobody but a server talks like that ("the page you requested ...").

What stands in quotation marks is reported speech, and nobody's phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from crawler.verdict.ornament_words import CODE, SORRY

_MARKS = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0640]")  # accents, Arabic vowels, tatweel
_FOLDED = str.maketrans({
    **dict.fromkeys("’‘`´ʼ′", "'"),
    **dict.fromkeys("“”„‟«»「」『』《》〈〉‹›″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("أإآٱ", "ا"),
    **dict.fromkeys("ىی", "ي"),
    "ة": "ه",
    "ک": "ك",
    "؟": "?",
    "،": ",",
    "。": ".",
    "、": ",",
})  # fmt: skip
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_BLANKS_IN_CJK = re.compile(rf"(?<=[{_CJK},.!?]) +(?=[{_CJK}])|(?<=[{_CJK}]) +(?=[,.!?])")
_CJK_STOPS = re.compile(rf"(?<=[{_CJK}])[.!?]+")
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’][^\W_{_CJK}]+)*")
_CJK_LETTER = re.compile(rf"[{_CJK}]")
_SENTENCE_ENDS = re.compile(r"(?:[.!?]+|\.\.\.)(?=\s|$|\")|\n|;\s")
_TITLE_PARTS = re.compile(r"\s*(?:\||::|•|·|›|»|/\s|\s-+\s|\s-|-\s|_+|\s>\s)\s*")
_SHORT_HEAD = 5  # words before a colon in a text
_HEADLINE = 3  # words behind a colon
_LONGEST = 400  # characters of a sentence that are looked at

_AHEAD = re.compile(rf"(?:[^\w\"]++|(?:{CODE})|(?:{SORRY})(?![^\W\d_{_CJK}]))++")
_BEHIND = re.compile(rf"(?:[^\w\"]|{CODE}|(?<![^\W\d_])(?:error|sorry|fehler|erreur|错误|錯誤|エラー)|(?<=!)1)+$")
_BARE = re.compile(r"(?<!\d)(?:404|410)(?!\d)")


@lru_cache(maxsize=64)  # the same lines are looked at for several kinds of phrases
def fold(text: str) -> str:
    """Text in one spelling. Lines stay lines."""
    plain = unicodedata.normalize("NFKC", text.replace("\u00b4", "'")).translate(_FOLDED).casefold()
    bare = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", plain))).translate(_FOLDED)
    shown = bare if bare.replace("\n", "").isprintable() else "".join(_shown(c) for c in bare)
    lines = (_BLANKS_IN_CJK.sub("", " ".join(line.split())) for line in shown.split("\n"))
    return "\n".join(_CJK_STOPS.sub(lambda stop: stop[0] + " ", line).rstrip() for line in lines)


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def count_words(text: str) -> int:
    """How long a text is to a reader: words, where a CJK character is half of one."""
    words = _WORD.findall(text)
    if text.isascii():
        return len(words)
    cjk = sum(1 for word in words if len(word) == 1 and _CJK_LETTER.match(word))
    return len(words) - cjk + cjk // 2


def sentences(folded: str) -> Iterator[str]:
    """The sentences of a folded text, cut to what is worth looking at."""
    for sentence in _SENTENCE_ENDS.split(folded):
        if sentence and (bare := sentence.strip()):
            yield bare[:_LONGEST]


def without_ornaments(sentence: str) -> str:
    """What a folded sentence says, without its error code, its "Oops" and its "Sorry"."""
    ahead = _AHEAD.match(sentence)
    rest = sentence[ahead.end() :] if ahead else sentence
    behind = _BEHIND.search(rest)
    return rest[: behind.start()] if behind else rest


def is_bare_code(text: str) -> bool:
    """Whether a title or heading is an error's number and nothing else: "404", "Error 404", "错误 404"."""
    folded = fold(text[:_LONGEST])
    return _BARE.search(folded) is not None and not without_ornaments(folded).strip()


class Phrases:
    """A table of phrases of one meaning. Patterns are those of `re`, of folded text."""

    def __init__(self, *, whole: Iterable[str] = (), said: Iterable[str] = ()) -> None:
        self._whole = re.compile("|".join(f"(?:{each})" for each in whole) or r"(?!)")
        self._said = re.compile("|".join(f"(?:{each})" for each in said) or r"(?!)")

    def in_text(self, text: str) -> str | None:
        """The first phrase in a text, as folded; None if there is none."""
        return next(self.all_in_text(text), None)

    def all_in_text(self, text: str) -> Iterator[str]:
        """The phrases in a text, at most one of a sentence."""
        return filter(None, map(self._in_line, sentences(fold(text))))

    def _in_line(self, sentence: str) -> str | None:
        if found := self.in_sentence(sentence):
            return found
        head, _, tail = sentence.partition(":")  # "An error has occurred: the page was not found"
        return self.in_sentence(tail.strip()) if tail and count_words(head) <= _SHORT_HEAD else None

    def in_sentence(self, sentence: str) -> str | None:
        """The phrase in one folded sentence, or None."""
        for bare in (without_ornaments(sentence), sentence.rstrip(".!? ")):  # "server error" ends with an ornament
            if bare and self._whole.fullmatch(bare):
                return bare
        for found in self._said.finditer(sentence):
            if sentence.count('"', 0, found.start()) % 2 == 0:
                return found[0]
        return None

    def in_title(self, title: str) -> str | None:
        """The phrase that a title or heading is, beside the name of a site; None if it is a headline.

        Parts are what bars and dashes part. A colon parts a site's name from the phrase, but behind a phrase it
        begins a headline: "Page not found: the lost diaries of a king".
        """
        folded = fold(title[:_LONGEST]).replace("\n", " ")
        for part in (folded, *_TITLE_PARTS.split(folded)):
            for sentence in map(self._without_quotation, sentences(part)):
                if found := self.in_sentence(sentence) or self._beside_colon(sentence):
                    return found
        return None

    def _without_quotation(self, sentence: str) -> str:
        """What stands behind a colon, if it is a headline, and what stands before it a phrase."""
        head, _, tail = sentence.partition(":")
        quoted = count_words(tail) >= _HEADLINE and count_words(head) <= _SHORT_HEAD
        return tail.strip() if quoted and self.in_sentence(head.strip()) else sentence

    def _beside_colon(self, sentence: str) -> str | None:
        head, colon, tail = sentence.partition(":")
        if not colon:
            return None
        if found := self.in_sentence(tail.strip()):
            return found
        return self.in_sentence(head.strip()) if count_words(tail) < 3 else None
