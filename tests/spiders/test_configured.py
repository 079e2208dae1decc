"""The spiders go by the collection's sourcekeep.toml under `scrapy crawl` and Scrapyd as they do under our verbs."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from archive.errors import UsageError
from spiders.events import EventsSpider
from spiders.recheck import RecheckSpider
from spiders.recover import RecoverSpider


def crawler_of(spider: type[Spider], name: str, value: str) -> Crawler:
    """A crawl with our settings, and `scrapy crawl -s name=value`."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set(name, value, priority="cmdline")
    return Crawler(spider, settings)


@pytest.mark.parametrize("spider", [EventsSpider, RecheckSpider, RecoverSpider])
def test_the_file_is_over_the_defaults_and_under_the_flags(spider: type[Spider], tmp_path: Path) -> None:
    """Settings of the collection's file hold unless -s gives them; a mistake in it ends the crawl before it begins."""
    (tmp_path / "sourcekeep.toml").write_text("[politeness]\ndelay = 7\ntries = 2\n[limits]\nmost_pages = 3\n")
    crawler = crawler_of(spider, "SOURCEKEEP_TRIES", "5")
    made = spider.from_crawler(crawler, site=str(tmp_path), collection=str(tmp_path))
    assert (crawler.settings["SOURCEKEEP_DELAY"], crawler.settings["SOURCEKEEP_TRIES"]) == (7, "5")
    if isinstance(made, EventsSpider):
        assert made.caps.pages == 3
        made.reader.stop()
    (tmp_path / "sourcekeep.toml").write_text("[politeness]\ndelai = 7\n")
    with pytest.raises(UsageError, match="did you mean delay"):
        spider.from_crawler(crawler_of(spider, "SOURCEKEEP_TRIES", "5"), site=str(tmp_path), collection=str(tmp_path))
