"""The writer of a run's WARCs, with what their warcinfo records say of it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from archive.collection import Collection
from archive.writer import WarcWriter
from crawler import __version__
from crawler.options import Options


def run_writer(collection: Collection, options: Options, *, now: Callable[[], datetime]) -> WarcWriter:
    """A writer into the collection; no file is begun before there is something to write."""
    about = {
        "software": f"sourcekeep/{__version__}",
        "http-header-user-agent": options.user_agent,
        "robots": "obey",
    }
    if options.contact:
        about["operator"] = options.contact
    return WarcWriter(
        collection.warcs,
        indexes=collection.indexes,
        prefix=options.warc_prefix,
        warcinfo=about,
        max_size=options.warc_size,
        now=now,
        new_id=lambda: f"urn:uuid:{uuid4()}",
        host=socket.gethostname(),
    )
