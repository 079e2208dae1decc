"""Copies of ours that later answers of a link are compared with (pure).

A *copy* is a whole good answer that we hold, ours or imported, at the end of a link's redirects. What is kept of one to
compare by is its fingerprint, made once, in a worker (`Baseline`); one that is no copy of the article (a bot wall, an
error page sent with 200) is remembered as unusable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is kept of a copy. `fingerprint` is empty and `usable` False for one that is no copy of the article."""

    record_id: str  # of the record that holds the payload
    url: str
    usable: bool
    etag: str | None = None
    last_modified: str | None = None
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of what a link gave. `usable` is None where nobody has looked at it yet."""

    record_id: str  # of the record that holds the payload
    capture_id: str  # of the record of `url`: that one, or a revisit of it
    payload_url: str  # of the record that holds the payload
    url: str  # that gave it
    at: datetime
    sha256: str | None  # of the payload, as it was sent
    usable: bool | None = None
    etag: str | None = None
    last_modified: str | None = None

    def validators(self, url: str) -> dict[str, str]:
        """The headers by which `url` is asked whether it still gives this; none for what another address said."""
        if not self.url == self.payload_url == url:
            return {}
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a link, for its check: its copies, the best to compare with first."""

    copies: tuple[Copy, ...] = ()
    is_cover: bool = False  # it is cited as an event's picture
