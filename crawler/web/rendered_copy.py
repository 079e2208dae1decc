"""Copies as a reader sees them where no ReplayWeb.page is installed: pages without scripts, in a sandbox.

The page is made fit in a worker (`crawler.web.rendering`); what cannot be made fit in time is said to be so. Its policy
lets it load pictures, styles, fonts, media and frames from the copies, and nothing from anywhere else.
"""

from __future__ import annotations

import secrets
from html import escape

from fastapi.responses import HTMLResponse, Response

from archive.coding import UnsupportedCodingError, decode_body
from archive.workers import Failure
from crawler.web import sniffing
from crawler.web.copies import copies_of
from crawler.web.memento_links import copy_path
from crawler.web.origins import Origins
from crawler.web.raw_copy import Held, memento_headers
from crawler.web.rendering import INPUT_LIMIT, Frame, Page, Rendered, frame_html, render, render_sheet
from crawler.web.supply import Supply

_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def is_page(copy: Held) -> bool:
    """Whether it is shown as a page; all else is shown as it is. Raises DamagedRecord."""
    return copy.mime in _PAGES or (copy.given_type is None and sniffing.is_page(copy.start()))


def policy(origins: Origins) -> str:
    """What a rendered page may load: copies, and nothing else. The interface may frame it."""
    copies = f"{origins.replay}/web/"
    return (
        f"sandbox; default-src 'none'; img-src {copies} data:; style-src {copies} 'unsafe-inline'; "
        f"font-src {copies} data:; media-src {copies}; frame-src {copies}; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {origins.interface} {origins.replay}"
    )


def rendered_answer(supply: Supply, copy: Held, origins: Origins) -> Response:
    """The page made fit to be shown. Raises DamagedRecord."""
    page = _page(copy)
    made = supply.workers.submit(render, page).result() if page is not None else None
    headers = {
        **memento_headers(copy, origins),
        "content-security-policy": policy(origins),
        "cache-control": "private, no-cache",
    }
    if not isinstance(made, Rendered):
        why = made.text if isinstance(made, Failure) else "its content coding is none we know"
        return HTMLResponse(_excuse(copy, why), 200, headers)
    status = copy.status if copy.status in (200, 203) or 400 <= copy.status < 600 else 200
    return HTMLResponse(_with_frames(supply, made, page.stamp if page else ""), status, headers)


def sheet_answer(supply: Supply, copy: Held, origins: Origins) -> Response:
    """The style sheet, leading to copies. Raises DamagedRecord."""
    page = _page(copy)
    made = supply.workers.submit(render_sheet, page).result() if page is not None else ""
    headers = {**memento_headers(copy, origins), "cache-control": "private, no-cache"}
    text = made if isinstance(made, str) else "/* could not be read in time */"
    return Response(text.encode("utf-8", "replace"), 200, headers, "text/css; charset=utf-8")


def _page(copy: Held) -> Page | None:
    try:
        with copy.payload() as payload:
            data = decode_body(payload, copy.encoding, limit=INPUT_LIMIT).data
    except UnsupportedCodingError:
        return None
    return Page(
        data=data,
        content_type=copy.content_type,
        url=copy.entry.url,
        stamp=copy.entry.stamp,
        mark=f"frame-{secrets.token_hex(16)}-",
    )


def _with_frames(supply: Supply, made: Rendered, stamp: str) -> str:
    parts = [made.pieces[0]]
    for frame, piece in zip(made.frames, made.pieces[1:], strict=True):
        parts += [_frame(supply, frame, stamp), piece]
    return "".join(parts)


def _frame(supply: Supply, frame: Frame, stamp: str) -> str:
    return frame_html(frame, stamp) if next(copies_of(supply, frame.url), None) is not None else ""


def _excuse(copy: Held, why: str) -> str:
    raw = escape(copy_path(copy.entry.stamp, copy.entry.url, "id_"))
    return (
        "<!DOCTYPE html><html lang=en><title>Cannot be shown</title><p>This page could not be made fit to be shown: "
        f'{escape(why)}. <a href="{raw}">The copy as it is</a>.</html>'
    )
