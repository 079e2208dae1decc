"""An address taken apart, so that a rule can change one part of it (pure)."""

from __future__ import annotations

import re
from typing import NamedTuple

_WEB = re.compile(r"(https?)://([^/?#]+)(/[^?#]*)?(?:\?([^#]*))?(#.*)?", re.DOTALL)


class Parts(NamedTuple):
    """A URL is `str()` of its parts, to the letter."""

    scheme: str
    host: str
    port: str  # with its colon, or ""
    path: str
    query: tuple[str, ...]  # between the "&"
    marked: bool  # whether there is a "?"
    fragment: str  # with its "#", or ""

    def __str__(self) -> str:
        asked = "?" + "&".join(self.query) if self.marked else ""
        return f"{self.scheme}://{self.host}{self.port}{self.path}{asked}{self.fragment}"


def split(url: str) -> Parts | None:
    """The parts of a canonical http(s) URL, None of any other text."""
    found = _WEB.fullmatch(url)
    if found is None:
        return None
    scheme, authority, path, asked, fragment = found.groups()
    host, port = _host_and_port(authority)
    query = tuple(asked.split("&")) if asked else ()
    return Parts(scheme, host, port, path or "/", query, asked is not None, fragment or "")


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.endswith("]"):
        return authority, ""
    host, colon, port = authority.rpartition(":")
    return (host, colon + port) if colon else (authority, "")
