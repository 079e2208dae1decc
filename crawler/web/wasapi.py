"""WASAPI (Web Archiving Systems API, 1.0) for who takes over whole WARCs: what there is, with digests, and the files.

Finished files only. A file is given out whole, so where access rules withhold some copies there is nothing to be had
this way. A WARC's `crawl-time` and `crawl-start` are when it was begun, as its name says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from archive.catalogue import Warc
from archive.cdx_query import instant
from archive.errors import UsageError
from archive.schema import WarcState
from archive.warc_files import is_warc_name
from crawler.web.origins import origins_of
from crawler.web.served import Served
from crawler.web.warc_digests import WarcDigests

_BEGUN = re.compile(r"-(\d{14})-")
_MOST_ON_A_PAGE = 100
_WITHHELD = "This collection has access rules, and a WARC is given out whole: ask whoever keeps it for a package."


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A WARC that may be fetched."""

    path: Path
    size: int
    begun: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is asked for."""

    filename: str | None
    after: datetime | None  # or at that time
    before: datetime | None

    def fits(self, file: _File) -> bool:
        """Whether a file is asked for."""
        if self.filename is not None and not fnmatchcase(file.path.name, self.filename):
            return False
        return (self.after is None or file.begun >= self.after) and (self.before is None or file.begun < self.before)


def router(served: Served) -> APIRouter:
    """`/wasapi/v1/webdata` and `/wasapi/v1/files/NAME`."""
    made = APIRouter(prefix="/wasapi/v1", tags=["transfer"])
    digests = WarcDigests(served.collection.root)

    @made.get("/webdata", summary="The finished WARC files, with their digests (WASAPI)")
    def webdata(
        request: Request,
        page: int = Query(1, ge=1),
        page_size: int = Query(20, ge=1, le=_MOST_ON_A_PAGE),
        filename: str | None = None,
    ) -> Response:
        if served.supply.rules.restricts:
            return JSONResponse({"detail": _WITHHELD}, 403)
        try:
            wanted = _wanted(filename, request.query_params)
        except UsageError as error:
            return JSONResponse({"detail": str(error)}, 400)
        files = [each for each in _files(served) if wanted.fits(each)]
        some = files[(page - 1) * page_size : page * page_size]
        return JSONResponse(
            {
                "count": len(files),
                "next": _page(served, request, page + 1) if page * page_size < len(files) else None,
                "previous": _page(served, request, page - 1) if page > 1 else None,
                "includes-extra": False,
                "request-url": str(request.url),
                "files": [_described(served, request, each, digests) for each in some],
            }
        )

    @made.head("/files/{name}", include_in_schema=False)
    @made.get("/files/{name}", summary="A WARC file; ranges of it too")
    def file(name: str) -> Response:
        if served.supply.rules.restricts:
            return JSONResponse({"detail": _WITHHELD}, 403)
        found = next((each for each in _files(served) if each.path.name == name), None)
        if found is None:
            return JSONResponse({"detail": "There is no such file"}, 404)
        return FileResponse(found.path, media_type="application/warc", filename=name)

    return made


def _wanted(filename: str | None, parameters: Mapping[str, str]) -> _Wanted:
    get = parameters.get
    return _Wanted(
        filename=filename,
        after=_moment(get("crawl-start-after") or get("crawl-time-after")),
        before=_moment(get("crawl-start-before") or get("crawl-time-before")),
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text[:50]!r} is no date; write it like 2016-02-03 or 2016-02-03T12:00:00Z") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _files(served: Served) -> Iterator[_File]:
    for warc in served.catalogue.warcs():
        if (file := _file(served.collection.warcs, warc)) is not None:
            yield file


def _file(folder: Path, warc: Warc) -> _File | None:
    path = folder / warc.name
    if warc.state is not WarcState.FINISHED or not is_warc_name(warc.name) or path.is_symlink():
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    stamp = _BEGUN.search(warc.name)
    begun = instant(stamp[1]) if stamp else datetime.fromtimestamp(found.st_mtime, UTC)
    return _File(path=path, size=found.st_size, begun=begun)


def _described(served: Served, request: Request, file: _File, digests: WarcDigests) -> dict[str, object]:
    made = digests.of(file.path)
    origin = origins_of(request, served.options).interface
    return {
        "filename": file.path.name,
        "filetype": "warc",
        "checksums": {"sha1": made.sha1, "sha256": made.sha256},
        "size": file.size,
        "crawl-time": f"{file.begun:%Y-%m-%dT%H:%M:%SZ}",
        "crawl-start": f"{file.begun:%Y-%m-%dT%H:%M:%SZ}",
        "locations": [f"{origin}/wasapi/v1/files/{quote(file.path.name)}"],
    }


def _page(served: Served, request: Request, number: int) -> str:
    """Where another page is."""
    asked = {**request.query_params, "page": str(number)}
    return f"{origins_of(request, served.options).interface}/wasapi/v1/webdata?{urlencode(asked)}"
