"""What it costs to find what a page of 100 kB needs to be shown, and the parts of a stylesheet.

python -m benchmarks.requisites [PAGES]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

from archive.needs import read
from benchmarks.extract import english

SHEET = b"@import 'more.css'; .a { background: url(/i/a.png) } .b { color: red; margin: 0 auto }\n" * 600


def pages(count: int) -> list[bytes]:
    """Articles in the frame of a news site, with some 120 pictures and as many kB."""
    source = random.Random(7)
    return [english(source) + english(source) for _ in range(count)]


def timed(what: str, work: Callable[[], object], count: int, size: int) -> str:
    """A line: what one costs."""
    work()
    began = time.process_time()
    work()
    seconds = (time.process_time() - began) / count
    return f"{what:12} {size / 1000:6.0f} kB {seconds * 1e6:10,.0f} us each {size / seconds / 1e6:8.1f} MB/s"


def main(count: int = 50) -> None:
    """Print both."""
    sample = pages(count)
    url = "https://paper.test/2016/02/03/a.html"
    found = read(sample[0], url=url, content_type="text/html")
    print(f"{len(found.needs)} needs on a page")
    size = sum(map(len, sample)) // count
    print(timed("page", lambda: [read(each, url=url, content_type="text/html") for each in sample], count, size))
    print(timed("stylesheet", lambda: [read(SHEET, url=url, content_type="text/css") for _ in "12345"], 5, len(SHEET)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
