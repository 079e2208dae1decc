"""Requests out, answers in: the bytes of HTTP/1.x, without any connection."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.wire import (
    HEAD_LIMIT,
    Body,
    Dechunker,
    Ending,
    Framing,
    Head,
    ResponseFramer,
    Target,
    WireError,
    build_connect,
    build_request,
    parse_head,
)

OK = b"HTTP/1.1 200 OK\r\n"


def read(*pieces: bytes, method: str = "GET", eof: bool = False, limit: int | None = None) -> Answer:
    """One answer, received in these pieces."""
    framer = ResponseFramer(method, body_limit=limit)
    events = [event for piece in pieces for event in framer.receive(piece)]
    if eof:
        framer.receive_eof()
    return Answer(framer, events)


class Answer:
    """What a framer made of some bytes."""

    def __init__(self, framer: ResponseFramer, events: list[Head | Body]) -> None:
        self.framer = framer
        self.events = events
        bodies = [event for event in events if isinstance(event, Body)]
        self.raw = b"".join(body.raw for body in bodies)
        self.payload = b"".join(body.payload for body in bodies)

    @property
    def head(self) -> Head:
        """The head, which must have come."""
        assert self.framer.head is not None
        return self.framer.head


# --- requests ---


def test_host_comes_first_and_headers_stay_as_given() -> None:
    """Order, spelling and Latin-1 values reach the wire untouched."""
    headers = [(b"X-One", b"caf\xe9"), (b"x-ONE", b"two"), (b"User-Agent", b"us")]
    sent = build_request("GET", Target.of("http://news.test:8080/a?b#c"), headers)
    assert (
        sent == b"GET /a?b HTTP/1.1\r\nHost: news.test:8080\r\nX-One: caf\xe9\r\nx-ONE: two\r\nUser-Agent: us\r\n\r\n"
    )


def test_a_given_host_is_moved_to_the_front() -> None:
    """A Host header given by the caller is the one that is sent, once."""
    sent = build_request("GET", Target.of("http://127.0.0.1/"), [(b"A", b"1"), (b"host", b"news.test")])
    assert sent == b"GET / HTTP/1.1\r\nHost: news.test\r\nA: 1\r\n\r\n"


def test_the_body_is_framed_by_us() -> None:
    """Given framing headers cannot turn one request into two."""
    given_headers = [(b"Content-Length", b"0"), (b"Transfer-Encoding", b"chunked")]
    sent = build_request("POST", Target.of("http://a.test/"), given_headers, b"GET / HTTP/1.1\r\n")
    assert sent == b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.1\r\n"


def test_a_post_without_body_says_so() -> None:
    """Some servers wait for ever without it."""
    assert b"Content-Length: 0\r\n" in build_request("POST", Target.of("http://a.test/"), [])


def test_the_absolute_form_is_for_proxies() -> None:
    """RFC 9112 section 3.2.2; an empty path stays empty, as Scrapy's handlers send it."""
    assert build_request("GET", Target.of("http://a.test/x"), [], absolute=True).startswith(b"GET http://a.test/x HTTP")
    assert build_request("GET", Target.of("http://a.test"), [], absolute=True).startswith(b"GET http://a.test HTTP")


def test_connect_names_host_and_port() -> None:
    """Also for an IPv6 address."""
    assert build_connect("::1", 443) == b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"


@pytest.mark.parametrize(
    ("url", "path", "authority"),
    [
        ("http://a.test", "/", "a.test"),
        ("http://a.test?q", "/?q", "a.test"),
        ("http://a.test/x?", "/x?", "a.test"),
        ("http://A.test:80/x?#f", "/x?", "a.test"),
        ("https://a.test:80/x", "/x", "a.test:80"),
        ("https://[::1]:8443/", "/", "[::1]:8443"),
    ],
)
def test_targets(url: str, path: str, authority: str) -> None:
    """The origin form keeps an empty query; the default port is not named."""
    target = Target.of(url)
    assert (target.path, target.authority) == (path, authority)


@pytest.mark.parametrize("url", ["ftp://a.test/", "http:///x", "http://[::1/", "http://a.test:99999/", "a.test"])
def test_no_target(url: str) -> None:
    """What has no target is refused."""
    with pytest.raises(WireError):
        Target.of(url)


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("GET", "http://a.test/", [(b"A", b"1\r\nB: 2")]),
        ("GET", "http://a.test/", [(b"A", b"1\n")]),
        ("GET", "http://a.test/", [(b"A", b"\x00")]),
        ("GET", "http://a.test/", [(b"A:", b"1")]),
        ("GET", "http://a.test/", [(b"", b"1")]),
        ("GET", "http://a.test/", [(b"Host", b"b\r\nX: y")]),
        ("GET /x HTTP/1.1\r\n", "http://a.test/", []),
        ("GET", "http://a.test/a b", []),
        ("GET", "http://a.test/\x00", []),
        ("GET", "http://a.test/é", []),
        ("GET", "http://a.test/\udc80", []),
    ],
)
def test_the_choke_point(method: str, url: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Nothing that would forge a line goes out."""
    with pytest.raises(WireError):
        build_request(method, Target.of(url), headers)


@given(st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=8)), max_size=4), st.binary(max_size=20))
def test_a_request_is_one_request(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """Whatever is put in, either it is refused or every line of the head is one of ours."""
    try:
        sent = build_request("GET", Target.of("http://a.test/"), headers, body)
    except WireError:
        return
    head, _, rest = sent.partition(b"\r\n\r\n")
    expected = sum(name.lower() not in (b"host", b"content-length", b"transfer-encoding") for name, _ in headers)
    assert len(head.split(b"\r\n")) == 2 + expected + bool(body)
    assert rest == body


# --- heads ---


def test_a_head_is_kept_byte_for_byte() -> None:
    """Case, order, duplicates, Latin-1, folding, lines without colon, odd reasons."""
    raw = (
        b"HTTP/1.1  200   Tout va bien, \xe9t\xe9\r\nset-COOKIE: a\r\nSet-Cookie: b\r\nX-Folded: one\r\n\t two\r\n"
        b"no colon here\r\nBad Name : c\r\n: nameless\r\nEmpty:\r\nContent-Length: 0\r\n\r\n"
    )
    head = read(raw).head
    assert head.raw == raw
    assert head.headers == (
        (b"set-COOKIE", b"a"), (b"Set-Cookie", b"b"), (b"X-Folded", b"one two"),
        (b"Bad Name", b"c"), (b"Empty", b""), (b"Content-Length", b"0"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "status", "protocol"),
    [
        (b"HTTP/1.1 200 OK", 200, "http/1.1"),
        (b"HTTP/1.0 404", 404, "http/1.0"),
        (b"http/1.1 301 Moved", 301, "http/1.1"),
        (b"ICY 200 OK", 200, "http/1.0"),
        (b"HTTP/1.1 999 Request denied", 999, "http/1.1"),
    ],
)
def test_status_lines(line: bytes, status: int, protocol: str) -> None:
    """Those that browsers take."""
    head = parse_head(line + b"\r\n\r\n")
    assert head is not None
    assert (head.status, head.protocol) == (status, protocol)


@pytest.mark.parametrize("line", [b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP 200", b"<html>", b"200 OK", b""])
def test_no_status_line(line: bytes) -> None:
    """These are no HTTP answer."""
    assert parse_head(line + b"\r\n\r\n") is None


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_line_feeds_alone_end_lines(newline: bytes) -> None:
    """A head of LF-only lines ends where browsers say it does."""
    answer = read(newline.join((b"HTTP/1.1 200 OK", b"Content-Length: 2", b"", b"hi")))
    assert (answer.payload, answer.framer.ending) == (b"hi", Ending.WHOLE)


def test_interim_answers_are_set_aside() -> None:
    """100, 103 and blank lines before the status line are kept, but apart."""
    before = b"\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    final = OK + b"Content-Length: 1\r\n\r\n"
    answer = read(before + final + b"x")
    assert (answer.framer.interim, answer.head.raw, answer.raw) == (before, final, b"x")


def test_garbage_breaks_at_once() -> None:
    """Something else than HTTP is known by its first bytes; no waiting for a time-out."""
    answer = read(b"SSH-2")
    assert (answer.framer.ending, answer.events) == (Ending.BROKEN, [])


def test_a_bad_status_line_breaks() -> None:
    """It begins like HTTP and is none."""
    answer = read(b"HTTP/1.1 OK\r\n\r\nbody")
    assert (answer.framer.ending, answer.events) == (Ending.BROKEN, [])


def test_a_long_header_line_is_kept() -> None:
    """100 kB in one header is odd, not dead."""
    raw = OK + b"X-Long: " + b"a" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n"
    assert read(raw[:70_000], raw[70_000:]).head.raw == raw


def test_endless_heads_are_cut() -> None:
    """At 512 KiB, with what is known by then."""
    answer = read(OK, *[b"X-Again: %d\r\n" % number for number in range(60_000)])
    assert answer.framer.ending is Ending.LIMIT
    assert len(answer.head.raw) == HEAD_LIMIT
    assert (answer.head.status, answer.head.whole) == (200, False)


def test_endless_interim_answers_are_cut() -> None:
    """They count as head."""
    interim = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    answer = read(*[interim * 1000] * 30)
    assert answer.framer.ending is Ending.LIMIT
    assert len(answer.framer.interim) <= HEAD_LIMIT + len(interim) * 1000


def test_a_head_cut_off_is_known_as_such() -> None:
    """The connection ended within the head: what came is there, marked."""
    answer = read(b"HTTP/1.1 200 OK\r\nServer: x", eof=True)
    assert (answer.framer.ending, answer.head.whole) == (Ending.CUT, False)
    assert answer.head.raw == b"HTTP/1.1 200 OK\r\nServer: x"


# --- framing ---


@pytest.mark.parametrize(
    ("method", "headers", "framing"),
    [
        ("GET", b"Content-Length: 5", Framing.LENGTH),
        ("GET", b"Content-Length: 5, 5", Framing.LENGTH),
        ("GET", b"Content-Length: 5\r\ncontent-length: 5", Framing.LENGTH),
        ("GET", b"Content-Length: 5\r\nContent-Length: 6", Framing.CLOSE),
        ("GET", b"Content-Length: -5", Framing.CLOSE),
        ("GET", b"Content-Length: +5", Framing.CLOSE),
        ("GET", b"Content-Length: five", Framing.CLOSE),
        ("GET", b"Content-Length: " + b"9" * 5000, Framing.CLOSE),
        ("GET", b"Content-Length:", Framing.CLOSE),
        ("GET", b"Transfer-Encoding: chunked", Framing.CHUNKED),
        ("GET", b"Transfer-Encoding: Chunked\r\nContent-Length: 5", Framing.CHUNKED),
        ("GET", b"transfer-encoding: gzip, CHUNKED", Framing.CHUNKED),
        ("GET", b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", Framing.CHUNKED),
        ("GET", b"Transfer-Encoding: chunked, gzip", Framing.CLOSE),
        ("GET", b"Transfer-Encoding: identity", Framing.CLOSE),
        ("GET", b"X: y", Framing.CLOSE),
        ("HEAD", b"Content-Length: 5", Framing.NONE),
        ("HEAD", b"Transfer-Encoding: chunked", Framing.NONE),
        ("CONNECT", b"Content-Length: 5", Framing.NONE),
    ],
)
def test_how_a_body_ends(method: str, headers: bytes, framing: Framing) -> None:
    """RFC 9112 section 6.3, as leniently as browsers."""
    assert read(OK + headers + b"\r\n\r\n", method=method).framer.framing is framing


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified", b"101 Switching Protocols"])
def test_answers_without_body(status: bytes) -> None:
    """Whatever length they name, nothing follows."""
    answer = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n")
    assert (answer.framer.ending, answer.raw) == (Ending.WHOLE, b"")


def test_a_length_is_kept_to() -> None:
    """What comes after it is not ours, and the connection is not used again."""
    answer = read(OK + b"Content-Length: 3\r\n\r\nab", b"cdef")
    assert (answer.raw, answer.framer.ending, answer.framer.surplus) == (b"abc", Ending.WHOLE, True)
    assert not answer.framer.reusable


def test_a_short_body_is_cut() -> None:
    """Kept as far as it came."""
    answer = read(OK + b"Content-Length: 10\r\n\r\nabc", eof=True)
    assert (answer.raw, answer.framer.ending) == (b"abc", Ending.CUT)


def test_a_body_until_close() -> None:
    """The end of the connection is the end of the body."""
    answer = read(b"HTTP/1.0 200 OK\r\n\r\n", b"abc", eof=True)
    assert (answer.raw, answer.framer.ending, answer.framer.reusable) == (b"abc", Ending.WHOLE, False)


CHUNKED = OK + b"Transfer-Encoding: Chunked\r\n\r\n"


def test_chunks_with_everything() -> None:
    """Extensions, leading zeros, blanks, LF-only lines and trailers: raw is exact, payload is clean."""
    raw = b'5;name="va;lue"\r\nhello\r\n 0001 \n \n000A\r\n0123456789\r\n0;x\r\nExpires: never\r\nA: b\r\n\r\n'
    answer = read(CHUNKED + raw + b"surplus")
    assert (answer.raw, answer.payload) == (raw, b"hello 0123456789")
    assert (answer.framer.ending, answer.framer.surplus) == (Ending.WHOLE, True)


@pytest.mark.parametrize(
    "raw", [b"xyz\r\n", b"-1\r\n", b"5\r\nhelloworld\r\n", b"\r\n", b"0x5\r\nhello\r\n", b"F" * 17 + b"\r\n"]
)
def test_broken_chunks_are_kept(raw: bytes) -> None:
    """The bytes stay, and the break is marked."""
    answer = read(CHUNKED + raw)
    assert (answer.raw, answer.framer.ending) == (raw, Ending.BROKEN)
    assert answer.framer.fault


def test_a_cut_chunk() -> None:
    """The payload as far as it came."""
    answer = read(CHUNKED + b"5\r\nhello\r\n5\r\nwo", eof=True)
    assert (answer.payload, answer.framer.ending) == (b"hellowo", Ending.CUT)


def test_endless_chunk_lines_and_trailers_break() -> None:
    """Neither grows without bound in memory."""
    assert read(CHUNKED, *[b"1;" + b"x" * 1000] * 20).framer.fault == "endless chunk-size line"
    assert read(CHUNKED + b"0\r\n", *[b"A: b\r\n" * 1000] * 200).framer.fault == "endless trailers"
    assert read(CHUNKED + b"0\r\n", *[b"A" * 10_000] * 60).framer.fault == "endless trailers"


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: foo, close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", True),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", False),
    ],
)
def test_when_a_connection_is_used_again(head: bytes, reusable: bool) -> None:
    """RFC 9112 section 9.3."""
    assert read(head).framer.reusable is reusable


@pytest.mark.parametrize(
    ("limit", "raw", "ending"), [(5, b"abcde", Ending.WHOLE), (4, b"abcd", Ending.LIMIT), (0, b"", Ending.LIMIT)]
)
def test_a_body_limit_cuts_exactly(limit: int, raw: bytes, ending: Ending) -> None:
    """A body just as long as the limit is whole."""
    answer = read(OK + b"Content-Length: 5\r\n\r\nab", b"cde", limit=limit)
    assert (answer.raw, answer.framer.ending) == (raw, ending)


PAYLOADS = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


@given(PAYLOADS, st.lists(st.integers(1, 30), max_size=20))
def test_framing_does_not_depend_on_how_bytes_arrive(chunks: list[bytes], cuts: list[int]) -> None:
    """Any split of the same bytes gives the same interim, head, raw body and payload."""
    coded = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    wire = b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED + coded
    pieces, at = [], 0
    for size in cuts:
        pieces.append(wire[at : at + size])
        at += size
    answer = read(*pieces, wire[at:])
    assert answer.framer.ending is Ending.WHOLE
    assert answer.framer.interim + answer.head.raw + answer.raw == wire
    assert answer.payload == b"".join(chunks)


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_crash_the_framer(data: bytes, as_body: bool) -> None:
    """Hostile bytes give events or a fault, never an exception, and none of them is made up."""
    wire = CHUNKED + data if as_body else data
    answer = read(wire, eof=True)
    found = answer.framer.interim + (answer.framer.head.raw if answer.framer.head else b"") + answer.raw
    assert wire.startswith(found)
    assert answer.framer.ending is not None


def test_dechunker_says_how_much_it_used() -> None:
    """So the rest can be told from the body."""
    dechunker = Dechunker()
    assert dechunker.feed(b"1\r\na\r\n0\r\n\r\nrest") == b"a"
    assert (dechunker.used, dechunker.done) == (len(b"1\r\na\r\n0\r\n\r\n"), True)


def test_a_head_in_small_pieces_costs_no_more_than_its_length() -> None:
    """Half a megabyte of it, two bytes at a time, is no work for minutes."""
    framer = ResponseFramer("GET")
    framer.receive(OK)
    started = time.process_time()
    while framer.ending is None:
        framer.receive(b"xx")
    assert time.process_time() - started < 5


def test_a_head_of_one_name_costs_no_more_than_its_length() -> None:
    """A hundred and seventy thousand lines of the same header are no work for minutes."""
    framer = ResponseFramer("GET")
    framer.receive(b"HTTP/1.1 200 OK\r\n")
    started = time.process_time()
    while framer.ending is None:
        framer.receive(b"X:\n" * 50_000)
    assert time.process_time() - started < 5
    assert framer.head is not None
    assert len(framer.head.values[b"x"]) == len(framer.head.headers) > 170_000


def test_chunks_of_a_letter_come_to_an_end() -> None:
    """Each costs as much as one of a page: so many are taken, unless larger ones make up for them."""
    tiny, large = b"1\r\nx\r\n", b"1000\r\n" + bytes(4096) + b"\r\n"
    dechunker = Dechunker()
    payload = b"".join(dechunker.feed(tiny * 10_000) for _ in range(20))
    assert (dechunker.fault, len(payload)) == ("too many chunks of a few bytes", 100_000)
    mixed = Dechunker()
    for _ in range(30):
        mixed.feed(large * 200 + tiny * 10_000)
    assert not mixed.fault


def test_interim_answers_come_to_an_end() -> None:
    """A thousand are set aside, byte for byte; then it is enough."""
    framer = ResponseFramer("GET")
    hint = b"HTTP/1.1 103 \r\n\r\n"
    started = time.process_time()
    framer.receive(hint * 20_000)
    assert time.process_time() - started < 1
    assert (framer.ending, framer.head) == (Ending.LIMIT, None)
    assert framer.interim == hint * 1001
    assert not framer.reusable
