"""Pages a second and core of the stage that reads articles, and where its time goes.

    python -m benchmarks.extract [PAGES]

Pages are made here: articles of some 30 paragraphs in the frame of a news site (menus, teasers, scripts,
about 50 kB), half of them English with full metadata, half Chinese in GBK with hardly any.
"""

from __future__ import annotations

import io
import operator
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from archive.article import read_article
from archive.charset import decode
from archive.extract import Extracted, Payload, extract
from archive.model import Capture, RecordKind, RecordRef
from archive.workers import Workers

ENGLISH = ("bridge", "council", "river", "voted", "repair", "winter", "the", "of", "and", "town", "with", "money")
CHINESE = ("市议会", "修复", "老桥", "的", "在", "冬季", "工程", "洪水", "通过", "方案", "了", "记者")


def english(source: random.Random) -> bytes:
    """An article with metadata, as content management systems make them."""
    paragraphs = "".join(f"<p>{_sentences(source, ENGLISH, ' ', '. ')}</p>" for _ in range(30))
    head = f"""<title>Bridge {source.random()} - The Paper</title><meta name="author" content="Anna Holt">
        <meta property="article:published_time" content="2016-02-03T10:00:00Z">
        <meta property="og:site_name" content="Paper">
        <style>{".a{color:red}" * 800}</style><script>{"var a=[1,2,3];" * 800}</script>"""
    return _page("en", head, f"<h1>Bridge to be repaired</h1>{paragraphs}", source).encode()


def chinese(source: random.Random) -> bytes:
    """An article of the older kind."""
    paragraphs = "".join(f"<p>  {_sentences(source, CHINESE, '', '。')}</p>" for _ in range(30))
    head = f"<meta charset='gbk'><title>老桥修复{source.random()}</title><script>{'var a=[1,2,3];' * 800}</script>"
    body = f"<h1>老桥修复</h1><div>2016年2月3日 来源:晨报</div>{paragraphs}"
    return _page("zh", head, body, source).encode("gb18030")


def _sentences(source: random.Random, words: tuple[str, ...], between: str, end: str) -> str:
    return "".join(between.join(source.choices(words, k=14)) + end for _ in range(4))


def _page(language: str, head: str, article: str, source: random.Random) -> str:
    links = "".join(f"<li class='item'><a href='/s/{source.random()}'>Section {n} of it</a></li>" for n in range(150))
    teasers = "".join(
        f"<div class='teaser'><a href='/t/{n}'><img src='/i/{n}.jpg'><h3>Other news {n}</h3></a></div>"
        for n in range(60)
    )
    return (
        f"<!DOCTYPE html><html lang='{language}'><head>{head}</head><body><nav><ul>{links}</ul></nav>"
        f"<div class='main'><article>{article}</article><aside>{teasers}</aside></div><footer><ul>{links}</ul></footer>"
        "</body></html>"
    )


def pages(count: int) -> list[bytes]:
    """Half English, half Chinese, all different, the same every time."""
    source = random.Random(7)
    return [(english, chinese)[n % 2](source) for n in range(count)]


def payload(capture: Capture) -> Payload:
    """In place of the archive's reader: a page from the parent's list, made again from its number."""
    return Payload(body=io.BytesIO(_cached()[capture.where.offset]), content_type="text/html", content_encoding=None)


_PAGES: list[bytes] = []


def _cached() -> list[bytes]:
    if not _PAGES:
        _PAGES.extend(pages(20))
    return _PAGES


def captures(count: int) -> Iterator[Capture]:
    """As many captures, over twenty pages."""
    for number in range(count):
        yield Capture(
            record_id=f"urn:uuid:{number}", kind=RecordKind.RESPONSE, url=f"https://paper.test/{number}",
            at=datetime(2020, 1, 1, tzinfo=UTC), status=200, mime="text/html", payload_sha1=None, payload_sha256=None,
            payload_length=0, where=RecordRef(warc="", offset=number % 20, length=0),
        )  # fmt: skip


def timed(what: str, work: Callable[[], object], count: int) -> None:
    """Print what a page costs."""
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(f"{what:44} {seconds / count * 1000:8.2f} ms a page   {count / seconds:8.1f} pages/s")


def main() -> None:
    """Measure each part, then the whole stage by the number of processes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    sample = pages(20)
    print(f"{sum(map(len, sample)) // len(sample) // 1000} kB a page")
    for name, chosen in (("English", sample[::2]), ("Chinese", sample[1::2])):
        read_article(chosen[0], "https://paper.test/", "text/html")
        timed(f"decode, {name}", lambda chosen=chosen: [decode(page, "text/html") for page in chosen], len(chosen))  # type: ignore[misc]
        timed(
            f"read_article, {name}",
            lambda chosen=chosen: [read_article(page, "https://paper.test/", "text/html") for page in chosen],  # type: ignore[misc]
            len(chosen),
        )
    timed("first result of a new pool", lambda: stage(1, 1), 1)
    timed("a worker killed and replaced", lambda: list(_killed(20)), 20)
    for processes in range(1, (os.cpu_count() or 1) + 1):
        timed(f"the stage, {processes} processes", lambda processes=processes: stage(processes, count), count)  # type: ignore[misc]


def _killed(times: int) -> Iterator[object]:
    with Workers(processes=1) as workers:
        yield from workers.map_unordered(operator.call, [partial(os._exit, 1)] * times, window=1)


def stage(processes: int, count: int) -> None:
    """The whole stage, start of the workers included."""

    def keep(extracted: Extracted) -> None:
        if extracted.article is None:
            raise SystemExit(f"not read: {extracted.finding} {extracted.why}")

    with Workers(processes=processes) as workers:
        extract(captures(count), read=payload, keep=keep, workers=workers)


if __name__ == "__main__":
    main()
