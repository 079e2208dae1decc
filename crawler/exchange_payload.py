"""The payload of an exchange that lies in its body still: without the transfer coding, with the content codings on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from archive.http_message import Head, Pieces, dechunked
from archive.model import Exchange


@contextmanager
def payload_of(exchange: Exchange, head: Head) -> Iterator[BinaryIO]:
    """The payload, open at its beginning; empty where no body came. The body stands at its beginning again afterwards.

    `head` is the answer's. Reading raises OSError where the disk does not give the body back.
    """
    if exchange.body is None:
        yield io.BytesIO()
        return
    exchange.body.seek(0)
    try:
        yield io.BufferedReader(Pieces(dechunked(exchange.body))) if head.chunked else exchange.body
    finally:
        exchange.body.seek(0)
