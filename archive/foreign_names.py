"""How an imported file says in its warcinfo record where it comes from (pure)."""

from __future__ import annotations

import re

IMPORTED_FROM = "importedFrom"  # the name the file came by
IMPORTED_SHA256 = "importedSha256"  # of the file as it came
IMPORTED_AT = "importedAt"

_NAME = re.compile(r"import_[0-9a-f]{8}-")


def is_import_name(name: str) -> bool:
    """Whether a WARC of this name was imported: it shows where the record that says so cannot be read."""
    return _NAME.match(name) is not None
