"""What the answers of random neighbours say of a link."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.verdict.answer import ProbeResult
from crawler.verdict.page_facts import page_facts
from crawler.verdict.probes import (
    Probe,
    boilerplate,
    calibrate,
    like_its_siblings,
    masked,
    masked_shingles,
    says_what_they_say,
)
from crawler.verdict.reading import Body, compare_body, fingerprint, visible_text
from crawler.verdict.siblings import sibling_urls
from tests.crawler.verdict.newsroom import BRIDGE, BRIDGE_TITLE, CHINESE, CHINESE_TITLE, HARVEST, chinese_site, paper

URL = "https://paper.test/news/2016/02/03/old-bridge-to-be-repaired.html"
FIRST, SECOND = sibling_urls(URL, b"run 1")


# --- their answers ---


def probe(url: str, page: bytes | None, *, status: int = 200, final_url: str | None = None) -> Probe:
    text = own = None
    if page is not None:
        _, seen = visible_text(Body(data=page, content_type="text/html; charset=utf-8", url=url))
        facts = page_facts(page, url, "text/html; charset=utf-8")
        text, own = masked_shingles(seen, url), masked_shingles(f"{facts.title}\n{facts.text}", url)
    return Probe(url=url, final_url=final_url or url, status=status, text=text, own=own)


def judged(page: Callable[[str], bytes], siblings: Callable[[str], bytes]) -> ProbeResult:
    return calibrate(probe(URL, page(URL)), *(probe(each, siblings(each)) for each in (FIRST, SECOND)))


def error(_: str) -> bytes:
    return paper("Page not found", ["The page you asked for is not here any more."])


def article(_: str) -> bytes:
    return paper(BRIDGE_TITLE, BRIDGE)


def short_article(_: str) -> bytes:
    return paper("Ferry", [BRIDGE[4]])


def echoing(url: str) -> bytes:
    stem = url.rpartition("/")[2].removesuffix(".html")
    return paper("Not here", [f"Nothing at {url}.", f"Did you look for {stem} or {stem.replace('-', ' ')}?"])


def numbered(url: str) -> bytes:
    dice = random.Random(url)
    request, moment = (
        f"{dice.getrandbits(128):032x}",
        f"2016-02-{dice.randrange(10, 28)} 12:{dice.randrange(10, 59)}:07",
    )
    return paper("Oops", [f"Request {request} failed on {moment}.", "Tell us this number."])


def recommending(url: str) -> bytes:
    dice = random.Random(url)
    teasers = dice.sample(
        [*BRIDGE, *HARVEST, *(f"{a[:60]} {b[:70]}" for a, b in zip(BRIDGE, HARVEST, strict=False))], 5
    )
    return paper("Nothing found", ["Perhaps you like one of these.", *teasers])


def recommending_beside(url: str) -> bytes:
    dice = random.Random(url)
    aside = "".join(f"<p>{each}</p>" for each in dice.sample(HARVEST, 3))
    return paper(BRIDGE_TITLE, BRIDGE, aside=aside)


def among_cards(heading: str, url: str) -> bytes:
    dice = random.Random(url)
    cards = "".join(
        f"<li><h3><a href=/{n}>{each[:40]}</a></h3><p>{each}</p></li>"
        for n, each in enumerate(dice.sample([*BRIDGE, *HARVEST], 4))
    )
    return paper(heading, [f"{heading}: see what else we have written."], after=f"<ul>{cards}</ul>")


def chinese_error(_: str) -> bytes:
    return chinese_site("出错了", ["抱歉,您访问的内容已经不在了,五秒后将自动返回首页,也可以使用上方的搜索框。"])


def chinese_article(_: str) -> bytes:
    return chinese_site(CHINESE_TITLE, CHINESE)


def front_page(_: str) -> bytes:
    return paper("The Ardle Paper", [each[:90] for each in (*BRIDGE, *HARVEST)])


@pytest.mark.parametrize("says", [error, echoing, numbered, recommending, chinese_error, front_page])
def test_a_soft_404(says: Callable[[str], bytes]) -> None:
    """A page that is one more of those the server sends for anything, whatever noise is in them."""
    result = judged(says, says)
    assert like_its_siblings(result), result


def test_the_same_words_among_other_cards() -> None:
    """A page that says what random addresses get, among other summaries, is one of them; one with its own words not."""
    nothing, own = (lambda url: among_cards("More from us", url)), (lambda url: among_cards("Old bridge", url))
    assert says_what_they_say(judged(nothing, nothing))
    assert not says_what_they_say(judged(own, nothing))
    assert not says_what_they_say(judged(article, nothing))


@pytest.mark.parametrize("siblings", [error, echoing, numbered, recommending, front_page])
@pytest.mark.parametrize("page", [article, short_article, recommending_beside, chinese_article])
def test_a_page_on_a_server_that_answers_everything(
    page: Callable[[str], bytes], siblings: Callable[[str], bytes]
) -> None:
    """A host that says 200 to everything still has pages of its own, short ones too."""
    result = judged(page, siblings)
    assert not like_its_siblings(result), result
    assert not says_what_they_say(result), result


def test_a_chinese_article_beside_chinese_errors() -> None:
    """Characters tell pages apart as words do."""
    assert not like_its_siblings(judged(chinese_article, chinese_error))


def test_real_404s_clear_the_page() -> None:
    """Where random addresses get a 404, a 200 is meant, however much the pages look alike."""
    page, *siblings = (probe(url, error(url), status=404) for url in (URL, FIRST, SECOND))
    result = calibrate(page, siblings[0], siblings[1])
    assert result.sibling_status == (404, 404)
    assert result.similarity_to_page == result.similarity_of_siblings == 1.0
    assert not like_its_siblings(result)


@pytest.mark.parametrize("status", [0, 404, 403, 429, 503])
def test_half_an_answer_decides_nothing(status: int) -> None:
    """If one probe failed, or got an error, there is no measure."""
    page, first = (probe(url, error(url)) for url in (URL, FIRST))
    result = calibrate(page, first, probe(SECOND, None, status=status))
    assert result.sibling_status == (200, status)
    assert not like_its_siblings(result)


def test_an_empty_shell_says_nothing() -> None:
    """Pages that scripts write are all alike before they run: that proves no death."""
    shell = b"<!doctype html><title>App</title><div id=app>Loading</div><script src=/app.js></script>"
    assert not like_its_siblings(judged(lambda _: shell, lambda _: shell))


HOME = "https://paper.test/"


@pytest.mark.parametrize(
    ("ends", "same"),
    [
        ((HOME, HOME, HOME), True),
        ((HOME, "https://paper.test", "https://paper.test/#top"), True),
        ((URL, HOME, HOME), False),
        ((HOME, FIRST, SECOND), False),
        ((HOME, HOME, "https://paper.test/archive"), False),
        ((URL, FIRST, SECOND), False),
        ((HOME, HOME, ""), False),
        (tuple(f"https://paper.test/login?from={u}" for u in (URL, FIRST, SECOND)), True),
        (tuple(f"https://paper.test/login?from={u.replace('/', '%2F')}" for u in (URL, FIRST, SECOND)), True),
        (tuple(f"https://paper.test/search?q={u[8:]}" for u in (URL, HOME, SECOND)), False),
    ],
)
def test_where_they_end(ends: tuple[str, str, str], *, same: bool) -> None:
    """A catch-all redirect sends the link and both siblings to one address, if one forgets where they came from."""
    page, first, second = (
        Probe(url=url, final_url=end, status=200 if end else 0)
        for url, end in zip((URL, FIRST, SECOND), ends, strict=True)
    )
    assert calibrate(page, first, second).same_final_url is same


def test_a_link_that_is_where_all_end_has_not_moved_there() -> None:
    """If the link itself is the front page, its siblings' redirect to it says nothing against it."""
    page = probe(HOME, front_page(HOME))
    result = calibrate(page, *(probe(each, front_page(each), final_url=HOME) for each in sibling_urls(HOME, b"1")))
    assert result.same_final_url  # the caller asks whether the link was redirected at all
    assert page.url == page.final_url


@pytest.mark.parametrize(
    "noise",
    [
        URL,
        "/news/2016/02/03/old-bridge-to-be-repaired.html",
        "old-bridge-to-be-repaired",
        "Old Bridge to be repaired",
        "https%3A%2F%2Fpaper.test%2Fnews%2F2016%2F02%2F03%2Fold-bridge-to-be-repaired.html",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "7b1f2c9d8e0a4b35",
        "2016-02-03T12:31:07Z",
        "12:31",
        "2016年2月3日",
        "03/02/2016",
        "1454502667",
    ],
)
def test_what_is_masked(noise: str) -> None:
    """The address and what changes with every answer are not there any more; the words around it are."""
    assert masked(f"We looked for {noise} in vain", URL).split() == ["We", "looked", "for", "in", "vain"]


@pytest.mark.parametrize(
    "text", ["We found 404 of 1500 bridges", "B2B and 4th of 12 news", "repaired news old", "老桥"]
)
def test_what_is_not_masked(text: str) -> None:
    """Words of the address alone, and numbers that people write, stay."""
    assert masked(text, URL) == text


def test_what_siblings_say_is_boilerplate() -> None:
    """The pages of a probe, taken away, leave an article that an error page of its site has nothing of."""
    page, first, second = (probe(url, error(url)) for url in (URL, FIRST, SECOND))
    shared = boilerplate(page, first, second)
    own = fingerprint(Body(data=article(URL), content_type="text/html; charset=utf-8", url=URL))
    dead = Body(data=error(URL), content_type="text/html; charset=utf-8", url=URL)
    alive = Body(data=article(URL), content_type="text/html; charset=iso-8859-1", url=URL)
    assert compare_body(own, dead, shared=shared)[0].share == 0.0
    assert compare_body(own, alive, shared=shared)[0].contained


@given(st.lists(st.sampled_from(["the", "page", "is", "not", "here", "old", "bridge", "老桥"]), max_size=60))
def test_calibration_is_symmetric(words: list[str]) -> None:
    """Which sibling comes first does not matter, and every measure is a share."""
    page, first, second = (
        Probe(url=u, final_url=u, status=200, text=masked_shingles(" ".join(words[n:]), u))
        for n, u in enumerate((URL, FIRST, SECOND))
    )
    result, turned = calibrate(page, first, second), calibrate(page, second, first)
    assert result == turned
    assert 0 <= result.similarity_to_page <= 1
    assert 0 <= result.similarity_of_siblings <= 1
