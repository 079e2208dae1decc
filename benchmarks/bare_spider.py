"""Scrapy as it comes, on a list of URLs: its own handler, its own scheduler, its own downloader; nothing is kept.

    python -m benchmarks.bare_spider URLS [--robots] [--concurrency N]

Of Scrapy's defaults only this is changed: no robots.txt unless asked for, no telnet console, no line of log a page, the
concurrency, and no limit of size. Prints how many answers came and their bytes.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response


class BareSpider(scrapy.Spider):
    """Counts answers."""

    name = "bare"
    urls: tuple[str, ...] = ()
    answers = 0
    bytes = 0

    async def start(self) -> AsyncIterator[Any]:
        """One request a URL."""
        for url in self.urls:
            yield scrapy.Request(url)

    def parse(self, response: Response) -> None:
        """Counts."""
        type(self).answers += 1
        type(self).bytes += len(response.body)


def main() -> None:
    """Crawls."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare_spider", description=__doc__)
    parser.add_argument("urls", type=Path)
    parser.add_argument("--robots", action="store_true")
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    settings = {
        "ROBOTSTXT_OBEY": options.robots,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        "CONCURRENT_REQUESTS": options.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_MAXSIZE": 0,
        "DOWNLOAD_WARNSIZE": 0,
    }
    BareSpider.urls = tuple(options.urls.read_text().split())
    process = CrawlerProcess(settings)
    process.crawl(BareSpider)
    process.start()
    print(BareSpider.answers, BareSpider.bytes)


if __name__ == "__main__":
    main()
