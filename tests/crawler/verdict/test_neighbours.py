"""When random neighbours are asked, and what they may decide."""

from __future__ import annotations

import pytest

from archive.verdicts import Verdict
from crawler.verdict.answer import NO_PROBES, Answer, ContentKind, Match, NeedsProbes
from crawler.verdict.judge import judge
from tests.crawler.verdict.checks import STORY, answered, page, paragraphs, probed, sent_on, share, teasers

ARTICLE = page("Flood", "<h1>Flood</h1>" + paragraphs(*STORY))
THIN = page("The Paper", "<p>Read on with these.</p>" + teasers())


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (answered(ARTICLE), share(0.05)),
        (answered(ARTICLE), share(0.4)),
        (answered(THIN), None),
        (answered(ARTICLE, **sent_on("http://paper.test/other")), None),
        (answered(THIN, **sent_on("http://other.test/")), None),
        (answered(page("Page not found", "<h1>Page not found</h1>" + paragraphs(*STORY))), None),
    ],
)
def test_asked(answer: Answer, match: Match | None) -> None:
    """Where our copy is missed, or nothing but the page itself speaks for it."""
    found = judge(answer, match)
    assert isinstance(found, NeedsProbes)
    assert found.why
    assert isinstance(judge(answer, match, NO_PROBES), Verdict)


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (answered(ARTICLE), share(0.9)),
        (answered(ARTICLE), None),
        (answered(ARTICLE, **sent_on("https://www.paper.test/news/2019/flood.html")), None),
        (answered(THIN, url="http://paper.test/"), None),
        (answered(THIN, url="http://paper.test/index.html"), share(0.0)),
        (answered(b"%PDF-1.4", mime="application/pdf", expected=ContentKind.PDF), share(0.0)),
        (answered(b"", status=404), None),
        (answered(b"", status=403), share(0.0)),
        (answered("<title>App</title><div id=root></div><script src=a.js></script>"), None),
    ],
)
def test_not_asked(answer: Answer, match: Match | None) -> None:
    """Where they could not change the verdict, or a request is better spent elsewhere."""
    assert isinstance(judge(answer, match), Verdict)


@pytest.mark.parametrize(
    ("to_page", "of_siblings", "status", "state"),
    [
        (0.98, 0.99, (200, 200), "soft_404"),
        (0.45, 0.5, (200, 200), "soft_404"),
        (0.5, 0.9, (200, 200), "ok"),
        (0.98, 0.99, (404, 200), "ok"),
        (0.98, 0.99, (), "ok"),
        (0.05, 0.06, (200, 200), "ok"),
    ],
)
def test_two_probes_calibrate_each_other(
    to_page: float, of_siblings: float, status: tuple[int, ...], state: str
) -> None:
    """As like them as they are to each other, whatever that is; not where they are like nothing."""
    found = judge(answered(THIN), None, probed(to_page, of_siblings, status=status))
    assert isinstance(found, Verdict)
    assert found.state == state


def test_the_numbers_are_kept() -> None:
    """Whoever doubts a death can see what was measured."""
    found = judge(answered(THIN, record_id="urn:uuid:answer"), share(0.01), probed(0.98, 0.99))
    assert isinstance(found, Verdict)
    assert dict(found.evidence.numbers)["similarity_of_siblings"] == 0.99
    assert (found.evidence.record_id, found.evidence.compared_with) == ("urn:uuid:answer", "urn:uuid:copy")
