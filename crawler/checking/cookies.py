"""Cookies of one check: what a server sets on the way is sent back on the way, and then forgotten."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from crawler.verdict.answer import Answer

MOST_HEADERS = 50  # Set-Cookie lines of one answer that are looked at


class Cookies:
    """The cookies of one check, by RFC 6265's rules as the standard library has them."""

    def __init__(self) -> None:
        self._jar: CookieJar | None = None

    def take(self, answer: Answer) -> None:
        """Those that an answer sets."""
        lines = [value.encode("latin-1") for name, value in answer.headers if name.lower() == "set-cookie"]
        if not lines:
            return
        if self._jar is None:
            self._jar = CookieJar()
        response = Response(answer.end, headers={"Set-Cookie": lines[:MOST_HEADERS]})
        self._jar.extract_cookies(response, Request(answer.end))

    def of(self, url: str) -> str:
        """The Cookie header for a URL; "" for none."""
        if self._jar is None:
            return ""
        request = Request(url)
        self._jar.add_cookie_header(request)
        return (request.headers.get("Cookie") or b"").decode("latin-1")
