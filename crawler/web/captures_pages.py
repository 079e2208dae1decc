"""Captures: the page of one, its text, what changed between two, and what may be taken along.

What strangers sent is parsed in workers, and handed out only as a download: as bytes that no browser shows.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from starlette.requests import Request

from archive.access_rules import Access
from archive.errors import DamagedRecord
from archive.extract import Payload
from archive.model import Capture, RecordKind
from archive.payloads import payload_of
from archive.reader import open_record
from archive.text_of_capture import Two, article_in, compare_in
from archive.thumbnails import MIME, thumbnail_of
from archive.wacz_warcs import Part, Source
from archive.workers import Failure
from crawler.web import paths
from crawler.web.problems import blocked, not_found, without_root
from crawler.web.served import Served
from crawler.web.views import page
from crawler.web.visible import named_captures, withheld

_PIECE = 1 << 18
_MOST_PICTURES = 400  # small ones, kept in memory
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br"})  # that browsers undo
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_SEALED = {"content-security-policy": "default-src 'none'; sandbox"}
_PICTURE = {**_SEALED, "cache-control": "private, max-age=86400"}
_HEADERS_SHOWN = 60
_WITHHELD: dict[str, object] = {"headers": (), "head": [], "damage": None}


class Pictures:
    """Small pictures that were drawn already, the latest used ones. Any thread may use it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, bytes | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, served: Served, capture: Capture) -> bytes | None:
        """The picture of a capture; None where it is none."""
        with self._lock:
            if capture.record_id in self._known:
                self._known.move_to_end(capture.record_id)
                return self._known[capture.record_id]
        work = partial(thumbnail_of, served.collection.warcs)
        drawn = served.supply.workers.submit(work, capture).result()
        made = None if isinstance(drawn, Failure) else drawn
        with self._lock:
            self._known[capture.record_id] = made
            while len(self._known) > _MOST_PICTURES:
                self._known.popitem(last=False)
        return made


def add(router: APIRouter, served: Served) -> None:
    """Adds what is below /capture, and /diff."""
    _add_downloads(router, served)
    _add_texts(router, served)

    @router.get("/capture/{name}", response_class=HTMLResponse)
    def capture(request: Request, name: str) -> HTMLResponse:
        found = _known(served, name)
        with served.reading() as connection:
            may_be_named = named_captures(served, connection, [found])
            is_closed = bool(withheld(served, connection, (found.record_id, found.refers_to)).closed)
        if not may_be_named:
            raise not_found("capture")
        looked_at = _WITHHELD if is_closed else _looked_at(served, found)
        return page(request, "capture.html", {"capture": may_be_named[0], "is_closed": is_closed, **looked_at})


def _add_downloads(router: APIRouter, served: Served) -> None:
    pictures = Pictures()

    @router.get("/capture/{name}/thumbnail.jpg")
    def thumbnail(name: str) -> Response:
        drawn = pictures.get(served, _payload_holder(served, name))
        if drawn is None:
            raise not_found("picture")
        return Response(drawn, media_type=MIME, headers=_PICTURE)

    @router.get("/capture/{name}/record.warc.gz")
    def record(name: str) -> Response:
        found = _allowed(served, _known(served, name))
        original = found.refers_to and served.catalogue.capture(found.refers_to)
        if original:  # whose id is in the record
            _allowed(served, original)
        return _sent(_record(served, found), "application/warc", f"{_stem(found)}.warc.gz", found.where.length)

    @router.get("/capture/{name}/original")
    def original(name: str) -> Response:
        found = _payload_holder(served, name)
        payload = payload_of(served.collection.warcs, found)
        sent = _sent(_payload(payload), "application/octet-stream", _file_name(found))
        coding = (payload.content_encoding or "").strip().lower()
        if coding in _CODINGS:
            sent.headers["content-encoding"] = coding
        return sent


def _add_texts(router: APIRouter, served: Served) -> None:
    @router.get("/capture/{name}/text", response_class=HTMLResponse)
    def text(request: Request, name: str) -> HTMLResponse:
        found = _payload_holder(served, name)
        came = served.supply.workers.submit(partial(article_in, served.collection.warcs), found).result()
        article, why = (None, came.text) if isinstance(came, Failure) else came
        said = without_root(why, served.collection.root)
        return page(request, "text.html", {"capture": found, "article": article, "why": said})

    @router.get("/diff", response_class=HTMLResponse)
    def diff(request: Request, a: str = "", b: str = "") -> HTMLResponse:
        one, other = sorted((_known(served, a), _known(served, b)), key=lambda each: each.at)
        two = Two(*(_payload_holder(served, each.record_id) for each in (one, other)))
        came = served.supply.workers.submit(partial(compare_in, served.collection.warcs), two).result()
        difference, why = (None, came.text) if isinstance(came, Failure) else (came.diff, came.why)
        values = {"before": one, "after": other, "diff": difference, "why": without_root(why, served.collection.root)}
        return page(request, "diff.html", {**values, "same": two.before.record_id == two.after.record_id})


# --- what may be seen ---


def _access(served: Served, capture: Capture) -> Access:
    return served.supply.access(capture.url, capture.at)


def _known(served: Served, name: str) -> Capture:
    """The capture of this name. Raises Problem."""
    found = served.catalogue.capture(paths.record_id(name))
    if found is None:
        raise not_found("capture")
    return found


def _allowed(served: Served, capture: Capture) -> Capture:
    """The capture, if it may be seen. Raises Problem."""
    match _access(served, capture):
        case Access.ALLOW:
            return capture
        case Access.BLOCK:
            raise blocked()
        case Access.EXCLUDE:
            raise not_found("capture")


def _payload_holder(served: Served, name: str) -> Capture:
    """The capture that holds the payload: of a revisit the one it stands for. Raises Problem."""
    found = _allowed(served, _known(served, name))
    if found.kind is RecordKind.REVISIT and found.refers_to is not None:
        return _allowed(served, _known(served, found.refers_to))
    return found


def _looked_at(served: Served, capture: Capture) -> dict[str, object]:
    """What the record itself says, if it can be read."""
    try:
        record = open_record(served.collection.warcs, capture.where)
        head = record.head()
        lines = head.raw.decode("latin-1").split("\r\n")[:_HEADERS_SHOWN] if head is not None else []
        return {"headers": record.headers, "head": [line for line in lines if line], "damage": None}
    except (DamagedRecord, OSError) as error:
        return {"headers": (), "head": [], "damage": without_root(str(error), served.collection.root)}


# --- what is sent ---


def _sent(pieces: Iterator[bytes], kind: str, name: str, length: int | None = None) -> Response:
    """A download. Its first piece is read before anything is promised. Raises DamagedRecord."""
    first = next(pieces, b"")
    headers = {**_SEALED, "content-disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"}
    if length is not None:
        headers["content-length"] = str(length)
    return StreamingResponse(_joined(first, pieces), media_type=kind, headers=headers)


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _record(served: Served, capture: Capture) -> Iterator[bytes]:
    """The record as it lies in its WARC: a gzip member, which is a WARC file by itself. Raises DamagedRecord."""
    where = capture.where
    if open_record(served.collection.warcs, where).record_id != capture.record_id:
        raise DamagedRecord(f"{where.warc}, offset {where.offset}: another record lies there; see: sourcekeep verify")
    with Source(served.collection.warcs, capture.where.warc) as source:
        part = Part(capture.where.warc)
        part.take(capture.where.offset, capture.where.length)
        for piece in part.pieces(source.file):
            yield bytes(piece)


def _payload(payload: Payload) -> Iterator[bytes]:
    with payload.body:
        while piece := payload.body.read(_PIECE):
            yield piece


def _stem(capture: Capture) -> str:
    host = _PLAIN.sub("-", urlsplit(capture.url).hostname or "record")[:80]
    return f"{host}-{capture.at:%Y%m%d%H%M%S}"


def _file_name(capture: Capture) -> str:
    """A name for a download that is no trouble to any file system, out of the URL."""
    last = PurePosixPath(urlsplit(capture.url).path).name
    plain = _PLAIN.sub("-", last).strip(".-")[:80]
    return f"{_stem(capture)}-{plain}" if plain else _stem(capture)
