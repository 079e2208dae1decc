"""Checks as the JSON of lychee 0.2x (`lychee --format json -v`), for whatever reads that (pure).

Its words are few: alive is successful (behind redirects: also a redirect), dead and failing are errors, all but
timeouts; robots.txt is an exclusion, another scheme unsupported, and what lychee has no word for (kept out, another
text, a check that could not be made) is unknown. The sums add up as lychee's do: all but the redirects make the total.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from http import HTTPStatus

from archive.verdicts import VerdictClass, VerdictState
from crawler.link_formats.row import Listing, Row, proof
from crawler.terminal import json_document

SOURCE = "sourcekeep"  # lychee sorts by the file a link stands in; ours stand in a list


class _Kind(StrEnum):
    SUCCESSFUL = "successful"
    UNKNOWN = "unknown"
    UNSUPPORTED = "unsupported"
    TIMEOUTS = "timeouts"
    EXCLUDES = "excludes"
    ERRORS = "errors"


_BY_STATE = {
    VerdictState.TIMEOUT: _Kind.TIMEOUTS,
    VerdictState.ROBOTS_EXCLUDED: _Kind.EXCLUDES,
    VerdictState.UNSUPPORTED_SCHEME: _Kind.UNSUPPORTED,
}
_BY_CLASS = {
    VerdictClass.ALIVE: _Kind.SUCCESSFUL,
    VerdictClass.DEAD: _Kind.ERRORS,
    VerdictClass.FAILING: _Kind.ERRORS,
    VerdictClass.INVALID: _Kind.ERRORS,
}
_MAPS = ("success_map", "error_map", "timeout_map", "suggestion_map", "redirect_map", "excluded_map")
_MAP_OF = {
    _Kind.SUCCESSFUL: "success_map",
    _Kind.ERRORS: "error_map",
    _Kind.TIMEOUTS: "timeout_map",
    _Kind.EXCLUDES: "excluded_map",
}


class LycheeJson:
    """One object, printed at the end."""

    def __init__(self, _listing: Listing) -> None:
        self._counts: Counter[str] = Counter()
        self._maps: dict[str, list[dict[str, object]]] = {name: [] for name in _MAPS}
        self._seen: set[str] = set()

    def begin(self) -> str:
        """Nothing."""
        return ""

    def row(self, row: Row) -> str:
        """Nothing yet."""
        kind = _kind(row)
        redirected = kind is _Kind.SUCCESSFUL and bool(row.check and row.check.redirects)
        self._counts.update([kind.value, *(["redirects"] if redirected else [])])
        self._seen.add(row.url)
        where = "redirect_map" if redirected else _MAP_OF.get(kind)
        if where is not None:
            self._maps[where].append({"url": row.url, "status": _status(row)})
        return ""

    def end(self) -> str:
        """The object."""
        sums = {kind.value: self._counts[kind.value] for kind in _Kind}
        total = sum(sums.values())
        return json_document(
            {
                "total": total,
                "unique": len(self._seen),
                "successful": sums["successful"],
                "unknown": sums["unknown"],
                "unsupported": sums["unsupported"],
                "timeouts": sums["timeouts"],
                "redirects": self._counts["redirects"],
                "excludes": sums["excludes"],
                "errors": sums["errors"],
                "cached": 0,
                **{name: {SOURCE: found} if found else {} for name, found in self._maps.items()},
                "detailed_stats": True,
            }
        )


def _kind(row: Row) -> _Kind:
    if row.verdict is None:
        return _Kind.UNKNOWN
    return _BY_STATE.get(row.verdict) or _BY_CLASS.get(row.verdict.verdict_class, _Kind.UNKNOWN)


def _status(row: Row) -> dict[str, object]:
    """`text` as lychee has it where all is well, else our word for it; `code` only where there is one."""
    status = row.check.status if row.check else None
    plain = status is not None and row.verdict in (VerdictState.OK, VerdictState.MOVED)
    found: dict[str, object] = {"text": _reason(status) if plain and status is not None else row.word}
    if status is not None:
        found["code"] = status
    found["details"] = proof(row)
    if row.check and row.check.redirects:
        found["redirects"] = {"origin": row.url, "redirects": [{"url": url} for url in row.check.redirects]}
    return found


def _reason(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
