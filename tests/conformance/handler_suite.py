"""Scrapy's own download-handler tests, bound to our handler. Run by `run.py` inside Scrapy's unpacked sdist, whose
`tests` package this imports; it is no test of our own suite, and its name keeps it out of it.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.utils.bases.download_handlers_http import (
    TestHttpBase,
    TestHttpProxyBase,
    TestHttpsBase,
    TestHttpsCustomCiphersBase,
    TestHttpsDefaultCiphersBase,
    TestHttpsInvalidDNSIdBase,
    TestHttpsInvalidDNSPatternBase,
    TestHttpsTLSVersionBase,
    TestHttpsWrongHostnameBase,
    TestHttpWithCrawlerBase,
    TestMitmProxyBase,
    TestSimpleHttpsBase,
)

from crawler.recorder import RecordingDownloadHandler

pytestmark = pytest.mark.only_asyncio
NAME = "crawler.recorder.RecordingDownloadHandler"


class Ours:
    """What every class below needs to know."""

    @property
    def download_handler_cls(self) -> type[RecordingDownloadHandler]:
        return RecordingDownloadHandler

    @property
    def settings_dict(self) -> dict[str, Any]:
        return {"DOWNLOAD_HANDLERS": {"http": NAME, "https": NAME}}


class TestHttp(Ours, TestHttpBase):
    pass


class TestHttps(Ours, TestHttpsBase):
    tls_log_message = "SSL connection to 127.0.0.1 using protocol TLSv1.3, cipher"

    @pytest.mark.skip(reason="of Twisted's context factories, which we do not have")
    def test_verify_certs_deprecated(self) -> None:
        pass


class TestSimpleHttps(Ours, TestSimpleHttpsBase):
    pass


class TestHttpsWrongHostname(Ours, TestHttpsWrongHostnameBase):
    pass


class TestHttpsInvalidDNSId(Ours, TestHttpsInvalidDNSIdBase):
    pass


class TestHttpsInvalidDNSPattern(Ours, TestHttpsInvalidDNSPatternBase):
    pass


class TestHttpsCustomCiphers(Ours, TestHttpsCustomCiphersBase):
    pass


class TestHttpsDefaultCiphers(Ours, TestHttpsDefaultCiphersBase):
    pass


class TestHttpsTLSVersion(Ours, TestHttpsTLSVersionBase):
    pass


class TestHttpWithCrawler(Ours, TestHttpWithCrawlerBase):
    pass


class TestHttpsWithCrawler(TestHttpWithCrawler):
    is_secure = True


class TestHttpProxy(Ours, TestHttpProxyBase):
    pass


class TestHttpsProxy(Ours, TestHttpProxyBase):
    is_secure = True


@pytest.mark.requires_mitmproxy
class TestMitmProxy(Ours, TestMitmProxyBase):
    pass
