"""The rest of a request's target as it was sent: an address in it keeps its query and its percent-encodings."""

from __future__ import annotations

from typing import Any

from starlette.requests import HTTPConnection

WITH_URL: dict[str, Any] = {  # of a route that reads its address by `raw_rest`, for its description in OpenAPI
    "parameters": [
        {
            "name": "url",
            "in": "path",
            "required": True,
            "description": "A web address as it is, its query and its slashes too.",
            "schema": {"type": "string"},
        }
    ]
}


def raw_rest(request: HTTPConnection, prefix: str) -> str:
    """What comes behind `prefix` in the target, the query included; bytes beyond ASCII as UTF-8 has them."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.partition(b"?")[0].decode("utf-8", "replace").removeprefix(request.scope.get("root_path", ""))
    query: bytes = request.scope.get("query_string") or b""
    return path.removeprefix(prefix) + (f"?{query.decode('utf-8', 'replace')}" if query else "")
