"""How an imported file says in its warcinfo record where it comes from (pure)."""

from __future__ import annotations

IMPORTED_FROM = "importedFrom"  # the name the file came by
IMPORTED_SHA256 = "importedSha256"  # of the file as it came
IMPORTED_AT = "importedAt"
