"""The body of a response with its content codings undone, bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.encoding import decoded

if TYPE_CHECKING:
    from scrapy.http import Response


def decoded_body(response: Response, limit: int) -> bytes:
    """At most `limit` bytes of the body, after Content-Encoding. The recorder leaves the codings on."""
    codings = b", ".join(response.headers.getlist("Content-Encoding"))
    return decoded(response.body, codings.decode("latin-1") or None, limit)
