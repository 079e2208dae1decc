"""Rows for the tests of forms: of links and of checks, some of them hostile."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta

from archive.checks import Check, Counted, Incident, LinkState, Mark, Standing
from archive.link_list import CitedBy, ListedLink
from archive.model import CitationKind
from archive.verdicts import Evidence, Verdict, VerdictState
from crawler.link_formats import Row
from tests.archive.check_samples import START, check, day

URL = "http://a.test/story?a=1&b=2"
HOSTILE = '=1+1|"<b>&amp;]]></b>"\x1b[31m\u202e\x00\ufffe\ud800 `|*_[x](javascript:alert(1))*\n| --- |\r\n<script>'


def answer(state: str, *, url: str = URL, status: int | None = 200, words: tuple[str, ...] = ()) -> Check:
    """A check of a link, with evidence."""
    evidence = Evidence(
        rule="status", words=words, numbers=(("containment", 0.875),), record_id="urn:uuid:proof", compared_with=None
    )
    made = replace(check("ok", 0, url), verdict=Verdict(state=VerdictState(state), evidence=evidence))
    return replace(made, status=status)


def checked(state: str, *, id: str | int | None = None, status: int | None = 200, **rest: object) -> Row:  # noqa: A002
    """A row of a check."""
    made = replace(answer(state, status=status), **rest)  # type: ignore[arg-type]
    return Row(url=URL, id=id, check=made)


def listed(state: str, *, label: str = "BBC", mark: Mark | None = None, url: str = URL) -> Row:
    """A row of a link that is cited once."""
    cited = CitedBy(event="news/2016/02/3/x.md", position=2, kind=CitationKind.SOURCE, label=label)
    against = Counted(at=START, state=VerdictState.GONE, points=1.0, record_id="urn:uuid:proof")
    shown = LinkState(
        url=url, next_due=day(3), found=Standing(state), found_at=START, evidence=(against,), last_check=START,
        last=VerdictState.GONE, last_at=START, interval=timedelta(days=3), mark=mark,
    )  # fmt: skip
    last = None if state == "new" else answer("gone", url=url, status=404)
    return Row(url=url, check=last, link=ListedLink(state=shown, last=last, cited_by=(cited,), copies=2, mementos=1))


def harmless(text: str) -> bool:
    """Whether nothing in `text` but line ends steers a terminal, and UTF-8 takes it."""
    steering = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return not any(unicodedata.category(each) in steering for each in text if each not in "\r\n")


def hostile_rows() -> list[Row]:
    """Rows in which whatever can come from the web is hostile."""
    said = Mark(url=URL, state=Standing.DEAD, why=HOSTILE, who=HOSTILE, at=START)
    bad = answer("gone", url=HOSTILE, words=(HOSTILE,))
    bad = replace(bad, final_url="javascript:alert(1)", redirects=(HOSTILE, "javascript:alert(1)"))
    return [
        listed("dead", label=HOSTILE, mark=said, url=HOSTILE),
        Row(url=HOSTILE, id=HOSTILE, check=bad),
        Row(url="javascript:alert(1)", id="=cmd", check=None, why=HOSTILE),
        checked("ok", incident=Incident.NETWORK),
    ]
