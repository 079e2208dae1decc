"""What is followed, what is not, and when the way has gone on long enough."""

from __future__ import annotations

import pytest

from crawler.verdict.answer import Answer, Hop, HopKind
from crawler.verdict.redirects import all_permanent, is_loop, next_hop
from tests.crawler.verdict.checks import LINK, STORY, answered, page, paragraphs, sent_on


def redirect(status: int, location: str | None, **more: object) -> Answer:
    """An answer of 3xx."""
    headers = (("Location", location),) if location is not None else ()
    return answered(b"", status=status, headers=headers, **more)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_location(status: int) -> None:
    """Each redirect of HTTP is followed, and 301 and 308 are for good."""
    hop = next_hop(redirect(status, "../x?y=1#z", cookies="a=1"))
    assert hop is not None
    assert (hop.target, hop.how, hop.cookies) == ("http://paper.test/news/x?y=1", HopKind.HTTP, "a=1")
    assert (hop.permanent, hop.location) == (status in (301, 308), "../x?y=1#z")


@pytest.mark.parametrize(
    "answer",
    [
        redirect(301, None),
        redirect(301, ""),
        redirect(302, "mailto:x@y.test"),
        redirect(302, "http://h.test:99999/"),
        redirect(304, "/x"),
        redirect(300, "/x"),
        redirect(201, "/x"),
        answered(page("x", paragraphs(*STORY))),
        Answer(url=LINK),
    ],
)
def test_the_end_of_the_way(answer: Answer) -> None:
    """What leads nowhere is judged as it is."""
    assert next_hop(answer) is None


@pytest.mark.parametrize(
    ("html", "headers", "how", "target"),
    [
        ("<meta http-equiv=refresh content='0;url=/new'>", (), HopKind.META, "http://paper.test/new"),
        ("<meta http-equiv=refresh content='5;url=/new'>", (), HopKind.META, "http://paper.test/new"),
        ("<meta http-equiv=refresh content='6;url=/new'>", (), None, None),
        ("<p>moved", (("Refresh", "0; url=/new"),), HopKind.REFRESH_HEADER, "http://paper.test/new"),
        ("<p>moved", (("refresh", "60; url=/new"),), None, None),
        ("<p>moved", (("refresh", "5"),), None, None),
        ("<script>location='/new'</script>", (), HopKind.SCRIPT, "http://paper.test/new"),
        (page("x", paragraphs(*STORY) + "<script>location='/new'</script>"), (), None, None),
        (f"<meta http-equiv=refresh content='3;url={LINK}'>", (), None, None),
        (f"<meta http-equiv=refresh content='0;url={LINK}'>", (("Set-Cookie", "a=1"),), HopKind.META, LINK),
        (page("x", paragraphs(*STORY), head=f"<meta http-equiv=refresh content='5;url={LINK}?t=1'>"), (), None, None),
    ],
)
def test_pages_that_send_on(
    html: str, headers: tuple[tuple[str, str], ...], how: HopKind | None, target: str | None
) -> None:
    """Soon, and elsewhere: a ticker that loads itself again stays where it is."""
    hop = next_hop(answered(html, headers=headers))
    assert (hop and hop.how, hop and hop.target) == (how, target)
    assert hop is None or not hop.permanent


def test_an_error_page_sends_nobody() -> None:
    """404 is 404, though its page leads home in three seconds."""
    assert next_hop(answered("<meta http-equiv=refresh content='3;url=/'>", status=404)) is None


def test_loops() -> None:
    """The same URL is asked for again only with other cookies, and nobody is followed over 21 hops."""
    hops = (Hop(url=LINK, status=302, target=LINK),)
    assert is_loop(hops, LINK, "")
    assert not is_loop(hops, LINK, "a=1")
    assert not is_loop(hops, LINK + "?", "")
    assert not is_loop(sent_on(*(f"http://h.test/{n}" for n in range(20)))["hops"], "http://h.test/20", "")
    assert is_loop(sent_on(*(f"http://h.test/{n}" for n in range(21)))["hops"], "http://h.test/21", "")


def test_for_good() -> None:
    """All hops, or it has not moved."""
    assert all_permanent(answered(b"x", **sent_on("http://b.test/1", "http://b.test/2")))
    assert not all_permanent(answered(b"x", **sent_on("http://b.test/1", status=302)))
    assert not all_permanent(answered(b"x"))
