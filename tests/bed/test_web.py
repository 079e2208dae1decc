"""The bed itself: every behaviour answers as it says, THEN and NOW, to a client that knows nothing of sourcekeep."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

import pytest

from archive.verdicts import VerdictClass, VerdictState
from tests.bed.answers import Phase
from tests.bed.behaviour import Behaviour
from tests.bed.behaviours import BEHAVIOURS
from tests.bed.web import ADDRESS, BedWeb

ON_THE_WEB = [each for each in BEHAVIOURS if each.cites]
_STATUSES = {
    "gone": {404, 410},
    "server_error": {500, 502, 503, 521},
    "client_error": {400, 406},
    "rate_limited": {429, 503},
    "payment": {402},
    "legal_block": {451},
}
_NO_ANSWER = {"conn_reset", "timeout", "protocol_error", "truncated"}


@pytest.fixture(scope="module")
def web() -> Iterator[BedWeb]:
    """The bed, shared by all tests of this file; each sets the phase it wants."""
    with BedWeb(BEHAVIOURS) as web:
        yield web


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a plain client got in the end: a status (0: none) and a text."""

    status: int
    text: str = ""
    kind: str = ""
    hops: int = 0


def look(url: str) -> Look:
    """Follows redirects as browsers do, with cookies, and repeats what fails, twice."""
    cookies: dict[str, str] = {}
    for hop in range(21):
        try:
            answer, body = _patiently(url, cookies)
        except (OSError, http.client.HTTPException) as error:
            return Look(status=0, text=type(error).__name__, hops=hop)
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            cookies[name] = value
        place = answer.headers.get("Location") if answer.status // 100 == 3 else _in_page(answer, body)
        further = _joined(url, place)
        if further is None:
            kind = answer.headers.get_content_type()
            return Look(status=answer.status, text=_decoded(answer, body), kind=kind, hops=hop)
        url = further
    return Look(status=0, text="too many hops", hops=21)


def _joined(url: str, place: str | None) -> str | None:
    """Where a redirect leads, if that is on this bed."""
    try:
        further = urljoin(url, place or "//nowhere")
        return further if urlsplit(further).port else None
    except ValueError:
        return None


def _decoded(answer: http.client.HTTPResponse, body: bytes) -> str:
    said = re.search(rb'charset="?([\w-]+)', body)
    charset = said[1].decode() if said else answer.headers.get_content_charset() or "utf-8"
    return body.decode({"gb2312": "gbk"}.get(charset, charset), "replace")


def _in_page(answer: http.client.HTTPResponse, body: bytes) -> str | None:
    refresh = re.search(rb'(?:http-equiv="refresh" content="0; ?url=|window.location = ")([^"]+)"', body)
    if refresh:
        return refresh[1].decode()
    return answer.headers["Refresh"].partition("url=")[2] if "Refresh" in answer.headers else None


def _patiently(url: str, cookies: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
    for _ in range(2):
        try:
            answer, body = _get(url, cookies)
        except ConnectionResetError:
            continue
        if answer.status not in {429, 503}:
            return answer, body
    return _get(url, cookies)


def _get(url: str, cookies: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    target = quote(parts.path or "/", safe="/%:=&+,;@~!$'()*") + (f"?{parts.query}" if parts.query else "")
    connection: socket.socket = socket.create_connection((ADDRESS, parts.port or 80), timeout=0.7)
    with connection:
        if parts.scheme == "https":
            context = ssl._create_unverified_context()
            connection = context.wrap_socket(connection, server_hostname=host)
        said = "; ".join(f"{name}={value}" for name, value in cookies.items())
        cookie = f"Cookie: {said}\r\n" if said else ""
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}:{parts.port}\r\n{cookie}\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        try:
            answer.begin()
            body = answer.read()
        finally:
            answer.close()
            connection.close()
    return answer, gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body


def _asked(web: BedWeb, behaviour: Behaviour) -> str:
    """The link as a browser would ask for it."""
    return web.url(replace(behaviour, href=None))


@pytest.mark.parametrize("behaviour", ON_THE_WEB, ids=lambda each: each.name)
def test_a_behaviour_answers_as_it_says(web: BedWeb, behaviour: Behaviour) -> None:
    """THEN the page was there, unless we came too late; NOW it is what its state says it is."""
    web.phase = Phase.THEN
    then = look(_asked(web, behaviour))
    assert then.status == (503 if behaviour.then is None else 200)
    assert behaviour.then is None or len(then.text) > 100
    web.phase = Phase.NOW
    if behaviour.site.address != ADDRESS:
        assert behaviour.site.host not in web.resolve() or web.resolve()[behaviour.site.host] != ADDRESS
        return
    now = look(_asked(web, behaviour))
    _matches(behaviour, then, now)


def _matches(behaviour: Behaviour, then: Look, now: Look) -> None:
    state = behaviour.states[0]
    if len(behaviour.classes) > 1:
        assert now.status
    elif state in _STATUSES:
        assert now.status in _STATUSES[state]
    elif state in _NO_ANSWER and now.status:
        assert now.status == 302  # to nowhere
    elif state is VerdictState.REDIRECT_LOOP:
        assert now.hops == 21
    elif behaviour.healthy and behaviour.then and "text/" in then.kind:
        assert now.status == 200
        assert _shared(then.text, now.text) > 0.1, now.text[:500]
    elif behaviour.classes == {VerdictClass.ALIVE} or behaviour.soft_death:
        assert now.status == 200
    if behaviour.soft_death:
        assert _shared(then.text, now.text) < 0.9


def _shared(then: str, now: str) -> float:
    """The share of the first page's longer lines that the other still has."""
    lines = {each for each in re.split(r"<[^>]*>|\n", then) if len(each) > 60} or {then}
    return sum(each in now for each in lines) / len(lines)


def test_the_bed_is_large_enough() -> None:
    """At least 130 behaviours, 26 soft deaths, 60 living links; names and addresses are all different."""
    assert len(BEHAVIOURS) >= 130
    assert sum(each.soft_death for each in BEHAVIOURS) >= 26
    assert sum(each.healthy for each in BEHAVIOURS) >= 60
    assert len({each.name for each in BEHAVIOURS}) == len(BEHAVIOURS)
    assert {each for behaviour in BEHAVIOURS for each in behaviour.classes} == set(VerdictClass)
