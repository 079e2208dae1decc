"""Rows as JSON: a line each, or one array (pure)."""

from __future__ import annotations

from crawler.link_formats.row import Listing, Row, row_json
from crawler.terminal import json_line


class JsonLines:
    """An object a line, each complete once it is printed."""

    def __init__(self, _listing: Listing) -> None:
        pass

    def begin(self) -> str:
        """Nothing."""
        return ""

    def row(self, row: Row) -> str:
        """The object and its line end."""
        return json_line(row_json(row)) + "\n"

    def end(self) -> str:
        """Nothing."""
        return ""


class JsonArray:
    """One array of the same objects, one on a line."""

    def __init__(self, _listing: Listing) -> None:
        self._before = "\n"

    def begin(self) -> str:
        """The bracket."""
        return "["

    def row(self, row: Row) -> str:
        """The object, behind a comma if it is not the first."""
        before, self._before = self._before, ",\n"
        return before + json_line(row_json(row))

    def end(self) -> str:
        """The other bracket."""
        return "\n]\n"
