"""What the settings and the environment may say, and what is refused before anything is asked."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.settings import Settings

from archive.catalogue import Catalogue
from archive.errors import UsageError
from archive.frontier import Frontier
from archive.model import LinkStage
from crawler.options import Options, check_names, check_proxies
from tests.end_to_end.command import sourcekeep
from tests.web.byte_server import ByteServer, ok


def settings_with(name: str, value: str, *, priority: str = "cmdline") -> Settings:
    """Ours, and one more, as `scrapy crawl -s` gives it, or a spider."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set(name, value, priority=priority)
    return settings


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("SOURCEKEEP_DELEY", "SOURCEKEEP_DELAY"),
        ("SOURCEKEEP_ALLOW_NETWORK", "SOURCEKEEP_ALLOW_NETWORKS"),
        ("sourcekeep_delay", "SOURCEKEEP_DELAY"),
    ],
)
def test_a_slip_of_the_pen_is_refused(name: str, near: str) -> None:
    """Whichever way the settings came; with the name that was meant."""
    with pytest.raises(UsageError, match=f"no setting {name}; did you mean {near}\\?"):
        Options.of(settings_with(name, "1"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONCURRENT_REQUESTS", "0"),
        ("CONCURRENT_REQUESTS", "many"),
        ("CONCURRENT_REQUESTS", "1e2"),
        ("DOWNLOAD_MAXSIZE", "1.5"),
        ("DOWNLOAD_TIMEOUT", "a minute"),
        ("DOWNLOAD_TIMEOUT", "0"),
        ("SOURCEKEEP_CA_FILE", "/nowhere/at/all.pem"),
        ("SOURCEKEEP_CA_FILE", __file__),
        ("SOURCEKEEP_CA_FILE", "/"),
        ("SOURCEKEEP_SLOW_AFTER", "nan"),
        ("SOURCEKEEP_RECORD", "maybe"),
        ("SOURCEKEEP_RESOLVE", "a.test=127.0.0.1"),
        ("SOURCEKEEP_RESOLVE", '["a.test"]'),
        ("SOURCEKEEP_RESOLVE", '{"a.test": "nowhere"}'),
        ("SOURCEKEEP_RESOLVE", '{"a.test": ["127.0.0.1", 7, null]}'),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    """Before the first link: else each would fail for it, one after the other."""
    with pytest.raises(UsageError, match=name):
        Options.of(settings_with(name, value))


def test_values_that_make_sense() -> None:
    """As people write them on a command line, and a patience without an end."""
    for name, value in (("SOURCEKEEP_RESOLVE", '{"a.test": ["127.0.0.1", "::1"]}'), ("DOWNLOAD_TIMEOUT", "1.5")):
        Options.of(settings_with(name, value))
    assert Options.of(settings_with("SOURCEKEEP_PATIENCE", "1e300")).patience.days > 10_000


def test_what_scrapy_and_the_spider_set_is_no_slip() -> None:
    """Names of Scrapy's, and the one the spider tells the site by."""
    by_spider = settings_with("SOURCEKEEP_SITE", "x", priority="spider")
    assert Options.of(by_spider) == Options.of(settings_with("COOKIES_DEBUG", "1"))


@pytest.mark.parametrize("scheme", ["socks5", "SOCKS4", "socks5h", "ftp"])
def test_a_proxy_we_do_not_speak_to(scheme: str) -> None:
    """The message names scheme and variable, and no password."""
    with pytest.raises(UsageError, match=f"https_proxy .*{scheme}") as refused:
        check_proxies({"http": "http://127.0.0.1:1", "https": f"{scheme}://me:canary@127.0.0.1:1"})
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("given", ["http://", "http://:3128", "https://me:canary@", "127.0.0.1:x", "http://[::1"])
def test_a_proxy_without_a_host(given: str) -> None:
    """Each link would fail for it; the variable is named, and no password."""
    with pytest.raises(UsageError, match="http_proxy names no host") as refused:
        check_proxies({"http": given})
    assert "canary" not in str(refused.value)


def test_a_name_that_is_nearly_one_of_scrapys(caplog: pytest.LogCaptureFixture) -> None:
    """It is told, for it may be somebody else's; names that are like none are left alone, and Scrapy's own are."""
    check_names(["DOWNLOAD_TIMEOT", "DOWNLOAD_TIMEOT", "ELASTIC_URL", "DOWNLOAD_TIMEOUT", "download_maxsize"])
    assert [record.getMessage() for record in caplog.records] == [
        "Scrapy has no setting DOWNLOAD_TIMEOT; did you mean DOWNLOAD_TIMEOUT?",
        "Scrapy has no setting download_maxsize; did you mean DOWNLOAD_MAXSIZE?",
    ]


def test_a_proxy_that_is_not_for_us_is_none_of_our_business() -> None:
    """Those we speak to, with a scheme or without, and those for other schemes, which are never asked."""
    check_proxies({"http": "127.0.0.1:1", "https": "HTTPS://127.0.0.1:1", "all": "socks5://127.0.0.1:1"})


class BySocks:
    """An operator's middleware that wants SOCKS."""

    def process_request(self, request: Request) -> None:
        """Names the proxy."""
        request.meta["proxy"] = "socks5://127.0.0.1:1"


@pytest.mark.parametrize("way", ["environment", "meta"])
def test_a_crawl_by_a_socks_proxy_asks_nobody(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 4, the reason said, and no request made: not to the proxy, not past it; no link failed for it."""
    middlewares = {"crawler.middlewares.FrontierMiddleware": 50}
    if way == "meta":
        middlewares[f"{__name__}.{BySocks.__name__}"] = 600
    flags = ("--allow-network=127.0.0.0/8", f"-sDOWNLOADER_MIDDLEWARES={json.dumps(middlewares)}")
    with ByteServer() as web:
        web.on("*", ok(b"# x"))
        if way == "environment":
            monkeypatch.setenv("http_proxy", web.url("").replace("http:", "socks5:"))
        monkeypatch.setenv("no_proxy", "")
        done = sourcekeep("crawl", web.url("/index.md"), "-c", tmp_path / "c", "-q", *flags)
        assert web.connections == 0
    assert done.returncode == 4
    assert "'socks5'" in done.stderr
    with closing(Catalogue.open(tmp_path / "c" / "catalogue.db", create=False)) as catalogue:
        assert {stage for stage, _ in Frontier(catalogue).counts()} <= {LinkStage.PENDING, LinkStage.LEASED}
