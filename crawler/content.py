"""The body of a response with its content codings undone, bounded."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from archive.coding import UnsupportedCodingError, decode_body

if TYPE_CHECKING:
    from scrapy.http import Response


def decoded_body(response: Response, limit: int) -> bytes:
    """At most `limit` bytes of the body, after Content-Encoding (the recorder leaves the codings on); as it is where
    the coding is one nobody can undo."""
    codings = b", ".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
    try:
        return decode_body(BytesIO(response.body), codings, limit=limit).data
    except UnsupportedCodingError:
        return response.body[:limit]
