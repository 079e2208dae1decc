"""What comes of Scrapy's tests: how many pass at least, and which are left out for which reason (pure).

A gate: a test skipped that is not named here fails it, and so does one named here that is not skipped any more.
"""

from __future__ import annotations

PASSED = 259

_HTTP2 = "HTTP/2 only; we speak HTTP/1.1, whose bytes a WARC can hold"
_SOCKS = "SOCKS proxies: not spoken"
_TLS_ONLY = "asks for TLS: run in the class over TLS"

SKIPPED = {
    **dict.fromkeys(
        (
            f"{name}::{test}"
            for name in ("TestHttp", "TestHttps")
            for test in (
                "test_download_goaway",
                "test_download_large_h2_frame",
                "test_download_stream_reset",
                "test_download_stream_reset_after_data",
                "test_download_unknown_h2_frame",
            )
        ),
        _HTTP2,
    ),
    **dict.fromkeys(
        (
            f"TestMitmProxy::{test}[{target} dest-socks5]"
            for test in (
                "test_proxy",
                "test_proxy_auth_error",
                "test_proxy_dont_leak_auth_header",
                "test_proxy_redirect",
            )
            for target in ("HTTP", "HTTPS")
        ),
        _SOCKS,
    ),
    "TestHttpWithCrawler::test_response_ssl_certificate": _TLS_ONLY,
    "TestHttpWithCrawler::test_response_ssl_certificate_empty_body": _TLS_ONLY,
    "TestHttps::test_download_conn_lost": "Scrapy's server cannot cut a connection over TLS: run in the class without",
    "TestHttps::test_verify_certs_deprecated": "of Twisted's context factories, which we do not have",
}
# Left out of handler_suite.py altogether: TestRealWebsite, which goes to a real site.
