"""The interface's page around a replayed copy: what it is and of when, and in a frame, from the other site, the copy.

/web/TIMESTAMP/URL         the page; a time that is not that of a copy leads to the nearest one
/web/TIMESTAMP MARK/URL    with a mark (id_ ...): on to the copy itself, on the replay's site
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from archive.access_rules import Access
from archive.cdx_query import Entry, instant
from crawler.web.copies import Found, beside, copies_of, exact, nearest
from crawler.web.memento_links import around, asked_url, copy_path, header_url
from crawler.web.origins import Origins, origins_of
from crawler.web.problems import Problem, blocked, not_found
from crawler.web.raw_path import raw_rest
from crawler.web.safety import POLICY
from crawler.web.served import Served
from crawler.web.views import page
from crawler.web.web_copies import SEEN, read_rest

WITH_SCRIPTS = "allow-scripts allow-same-origin allow-downloads"


def router(served: Served) -> APIRouter:
    """`/web/...` on the interface's site."""
    made = APIRouter(include_in_schema=False)

    @made.get("/web/{rest:path}", response_class=HTMLResponse)
    def around_a_copy(request: Request) -> Response:
        stamp, mark, text = read_rest(raw_rest(request, "/web/"))
        try:
            url = asked_url(text)
        except ValueError as error:
            raise Problem("No web address", "What stands behind the time is no web address.", status=400) from error
        origins = origins_of(request, served.options)
        if origins.replay is None:
            told = "Copies are replayed under another name than this one; start with: sourcekeep serve --replay-origin"
            raise Problem("No replay", told, status=404)
        if mark not in SEEN:
            return RedirectResponse(origins.replay + copy_path(stamp, url, mark), 302)
        return _around(served, request, url, stamp, origins)

    return made


def _around(served: Served, request: Request, url: str, stamp: str, origins: Origins) -> Response:
    shown = exact(copies_of(served.supply, url), url, stamp) if len(stamp) == 14 else None
    if shown is None:
        near = nearest(copies_of(served.supply, url), url, instant(stamp) if stamp else None)
        if near is None:
            raise not_found("copy of this address")
        return RedirectResponse(copy_path(near.chosen.stamp, near.chosen.url), 302)
    if shown.fields.get("access") == Access.BLOCK:
        raise blocked()
    answer = page(request, "replay.html", _values(served, beside(copies_of(served.supply, url), shown), origins))
    answer.headers["content-security-policy"] = f"{POLICY}; frame-src {origins.replay}"
    answer.headers["link"] = ", ".join(around(origins.interface, shown.url))
    return answer


def _values(served: Served, found: Found, origins: Origins) -> dict[str, object]:
    shown = found.chosen
    with_scripts = served.viewer.installed
    path = served.viewer.path(shown.url, shown.stamp) if with_scripts else copy_path(shown.stamp, shown.url, "mp_")
    return {
        "url": shown.url,
        "at": shown.at,
        "stamp": shown.stamp,
        "with_scripts": with_scripts,
        "sandbox": WITH_SCRIPTS if with_scripts else "",
        "frame": f"{origins.replay}{path}",
        "raw": f"{origins.replay}{copy_path(shown.stamp, shown.url, 'id_')}",
        "plain": f"{origins.replay}{copy_path(shown.stamp, shown.url, 'mp_')}",
        "timemap": f"/timemap/link/{header_url(shown.url)}",
        "others": [(name, each.at, copy_path(each.stamp, each.url)) for each, name in _others(found)],
    }


def _others(found: Found) -> list[tuple[Entry, str]]:
    """The copies around the one that is shown, each once, by what they are to it."""
    named = ((found.before, "Before"), (found.after, "After"), (found.first, "First"), (found.last, "Last"))
    seen = {found.chosen.stamp}
    listed: list[tuple[Entry, str]] = []
    for each, name in named:
        if each is not None and each.stamp not in seen:
            seen.add(each.stamp)
            listed.append((each, name))
    return sorted(listed, key=lambda pair: pair[0].stamp)
