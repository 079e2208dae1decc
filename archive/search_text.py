"""What the full-text index sees of a text, and what somebody asks it for (pure).

Chinese, Japanese and Korean are written without blanks between words, and their words are short: a word of one or two
characters is the rule, and an index of trigrams cannot find it. So each such character is a word of its own in the
index, and several in a row that are asked for are a phrase. Other scripts go by words, blind to case and accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_TERMS = 16
LONGEST_QUERY = 300  # characters
_CJK = (
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_EACH = re.compile(f"([{_CJK}])")
_TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_WORD = re.compile(rf"[{_CJK}]|[^\W_]+")
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand in a row. The last may go on where `begins`."""

    words: tuple[str, ...]
    begins: bool = False
    is_not: bool = False

    @property
    def expression(self) -> str:
        """The term as FTS5 has it: nothing in it but words can have a meaning there."""
        return '"' + " ".join(self.words) + '"' + (" *" if self.begins else "")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: all of these terms, and none of those that are `is_not`."""

    terms: tuple[Term, ...]

    @property
    def expression(self) -> str | None:
        """The query as FTS5 has it; None where nothing is asked for."""
        wanted = [term.expression for term in self.terms if not term.is_not]
        if not wanted:
            return None
        unwanted = [term.expression for term in self.terms if term.is_not]
        return " AND ".join(wanted) + "".join(f" NOT {each}" for each in unwanted)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and whether it was asked for."""

    text: str
    is_hit: bool


def indexed(text: str) -> str:
    """The text as it goes into the index."""
    return _EACH.sub(r" \1 ", unicodedata.normalize("NFC", text).replace("\0", " "))


def query_of(text: str) -> Query:
    """What somebody typed: words, "words in a row", begin* and -not. Nothing in it is an error."""
    terms = []
    for minus, quoted, bare in _TERM.findall(unicodedata.normalize("NFC", text[:LONGEST_QUERY])):
        words = tuple(_WORD.findall(quoted or bare))
        if words:
            begins = bare.endswith("*") and not _EACH.match(words[-1])
            terms.append(Term(words=words, begins=begins, is_not=bool(minus)))
    return Query(tuple(terms[:MOST_TERMS]))


def snippet(text: str, query: Query, *, around: int = 110) -> tuple[Piece, ...]:
    """A piece of `text` with the first of what was asked for in it, hits told apart; its beginning if there is none."""
    pattern = _pattern([term for term in query.terms if not term.is_not])
    first = pattern.search(text) if pattern is not None else None
    start = max(0, first.start() - around // 2) if first is not None else 0
    end = min(len(text), (first.end() if first is not None else 0) + 2 * around)
    start, end = _at_blank(text, start, forward=True), _at_blank(text, end, forward=False)
    pieces = list(_pieces(" ".join(text[start:end].split()), pattern))
    before = [Piece(_ELLIPSIS, is_hit=False)] if start > 0 else []
    after = [Piece(_ELLIPSIS, is_hit=False)] if end < len(text) else []
    return (*before, *pieces, *after)


def marked(text: str, query: Query) -> tuple[Piece, ...]:
    """The whole of `text`, what was asked for told apart."""
    return tuple(_pieces(text, _pattern([term for term in query.terms if not term.is_not])))


def _pieces(text: str, pattern: re.Pattern[str] | None) -> Iterator[Piece]:
    at = 0
    for found in pattern.finditer(text) if pattern is not None else ():
        if found.start() > at:
            yield Piece(text[at : found.start()], is_hit=False)
        yield Piece(found[0], is_hit=True)
        at = found.end()
    if at < len(text):
        yield Piece(text[at:], is_hit=False)


def _pattern(terms: Sequence[Term]) -> re.Pattern[str] | None:
    """The longest terms first. It knows nothing of accents: such hits are not told apart, only found."""
    spelled = sorted({_spelled(term) for term in terms}, key=len, reverse=True)
    return re.compile("|".join(spelled), re.IGNORECASE) if spelled else None


def _spelled(term: Term) -> str:
    words = [re.escape(word) for word in term.words]
    joined = r"[\W_]{0,5}".join(words)
    is_cjk = _EACH.match(term.words[0]) is not None
    return joined if is_cjk else rf"\b{joined}" + ("" if term.begins or _EACH.match(term.words[-1]) else r"\b")


def _at_blank(text: str, at: int, *, forward: bool) -> int:
    """The nearest blank, not to cut a word; none is far in languages that have them."""
    if at in (0, len(text)):
        return at
    found = text.find(" ", at, at + 20) if forward else text.rfind(" ", at - 20, at)
    return at if found < 0 else found + forward
