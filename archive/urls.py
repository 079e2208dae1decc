"""URLs: the canonical form, the SURT key, the host (pure).

`canonical` makes one spelling of an address out of many without ever joining two addresses that a server might tell
apart: that is the frontier's uniqueness. `surt` joins on purpose (www, session ids, letter case, order of the query),
as the indexes of web archives do: it is the key of a CDXJ line and equals what the Internet Archive's `surt` gives,
byte for byte. `host_key` is the unit of politeness.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections import deque
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote_from_bytes, unquote_to_bytes

import idna

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 10_000  # characters; two of them must fit into a WARC header, of which fastwarc reads 32 kB

# --- the canonical form ---

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = re.compile(r"https?://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?", re.IGNORECASE | re.DOTALL)
_AROUND = "".join(map(chr, range(0x21)))  # C0 controls and blank: what browsers trim off (WHATWG URL section 4.4)
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]")
_NOT_IN_HOSTS = re.compile(r'[\x00-\x20\x7f"#/:<>?@\[\\\]^`{|}]')  # ":" can come of a full-width one
_USER = re.compile(
    r"(https?:/*|[a-z][a-z0-9+.-]*://|(?<![:\w/])//)[^\s/?#\\<>\"']*(?:@|&#0*64;|&#x0*40;|&commat;)", re.IGNORECASE
)


def canonical(url: str) -> str:
    """The one spelling of an absolute URL.

    Scheme and host in lower case, the host in its ASCII form (UTS 46), no default port, no user name and password, no
    fragment, "/" for an empty path; blanks, controls and everything not ASCII percent-encoded. Path and query are
    otherwise as given, so no two resources fall together. A URL of another scheme than http(s) is only cleaned.

    Raises ValueError for what is no absolute URL: no scheme, no host, a host or port that cannot be one; and for one
    longer than `LONGEST`.
    """
    spelled = _canonical(url.strip(_AROUND))
    if len(spelled) > LONGEST:
        raise ValueError(f"a URL of {len(spelled):,} characters: {url[:200]!r}")
    return spelled


def percent(text: str) -> str:
    """`text` with all but visible ASCII percent-encoded as UTF-8; what is encoded already stays (RFC 3986 section 2.1).

    Lone surrogates become the three bytes they would be: nothing raises, and two different texts stay different.
    """
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return _NOT_IN_URLS.sub(lambda found: quote_from_bytes(found[0].encode("utf-8", "surrogatepass"), safe=""), text)


def without_userinfo(text: str) -> str:
    """`text`, a URL or one with URLs in it, without the user names and passwords of those (RFC 3986 section 3.2.1)."""
    return _USER.sub(r"\1", text) if "@" in text or "&" in text else text


def masked_userinfo(text: str) -> str:
    """As `without_userinfo`, with `***@` where there were some."""
    return _USER.sub(r"\1***@", text) if "@" in text or "&" in text else text


def host_key(url: str) -> str:
    """host[:port] of an http(s) URL, canonical, the port only where it is not the scheme's. Raises ValueError."""
    scheme, _, rest = canonical(url).partition("://")
    if scheme not in DEFAULT_PORTS:
        raise ValueError(f"no host to be polite to in {url[:200]!r}")
    return re.split("[/?]", rest, maxsplit=1)[0]


def _canonical(url: str) -> str:
    if not (scheme := _SCHEME.match(url)):
        raise ValueError(f"no absolute URL, it has no scheme: {url[:200]!r}")
    name = scheme[1].lower()
    if name not in DEFAULT_PORTS:
        return name + percent(url[len(name) :].partition("#")[0])
    if not (parts := _WEB.match(url)):
        raise ValueError(f"no host in {url[:200]!r}")
    authority = _authority(name, parts["authority"])
    return f"{name}://{authority}{percent(parts['path']) or '/'}{percent(parts['query'] or '')}"


def _authority(scheme: str, authority: str) -> str:
    # User name and password are dropped: we never send any, and they must not get into archives and logs.
    if "\\" in authority:  # browsers take it for "/": another host than the one behind "@"
        raise ValueError(f"backslash in {authority[:200]!r}")
    host, port = _split_port(authority.rpartition("@")[2])
    number = _port(port)
    tail = "" if number in (None, DEFAULT_PORTS[scheme]) else f":{number}"
    return (_ipv6(host) if host.startswith("[") else _ascii_host(host)) + tail


def _split_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, closed, rest = authority.partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError(f"text behind the address in {authority[:200]!r}")
        return host + "]", rest[1:]
    host, _, port = authority.partition(":")
    return host, port


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[-9:]) < 65536 and not text[:-9].strip("0")):
        raise ValueError(f"no port: {text[:200]!r}")
    return int(text)


def _ipv6(host: str) -> str:
    try:
        IPv6Address(host[1:-1])
    except AddressValueError as fault:
        raise ValueError(f"no IPv6 address: {host[:200]!r}") from fault
    return host.lower()


def _ascii_host(host: str) -> str:
    if not host.isascii():
        host = _to_ascii(host)
    if not host.strip(".") or _NOT_IN_HOSTS.search(host):
        raise ValueError(f"no host name: {host[:200]!r}")
    return host.lower()


def _to_ascii(host: str) -> str:
    """UTS 46 as browsers do it; label by label, because an underscore in another label must not spoil it."""
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
        return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in mapped.split("."))
    except UnicodeError as fault:
        raise ValueError(f"no host name: {host[:200]!r}") from fault


# --- the sort key of archives ---

_SURT_PARTS = re.compile(
    rb"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?",
)
_SCHEMES_AGAIN = re.compile(rb"\A(?:https?://)*(?=https?://)")
_KEPT_AS_IT_IS = b"!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"  # besides letters and digits
_WWW = re.compile(rb"\Awww\d*\.")
_NUMBERS = re.compile(rb"(?:[1-9][0-9]*(?:\.[0-9]+){0,3}|0[0-7]*(?:\.[0-7]+){0,3})\Z")
_ASPX_SESSIONS = (
    re.compile(rb"(?<=/)\((?:[a-z]\([0-9a-z]{24}\))+\)/"),
    re.compile(rb"(?<=/)\([0-9a-z]{24}\)/"),
)
_QUERY_SESSIONS = tuple(
    re.compile(rb"(?=(" + session + rb")(?:&|\Z))", re.IGNORECASE)
    for session in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=(?:(?!cfid=[^&])[^&])+&cftoken=[^&]+",
    )
)


def surt(url: str) -> str:
    """The Sort-friendly URI Reordering Transform: `com,example)/path?a=1&b=2` for `http://www.Example.com/Path?b=2&a=1`.

    Equal to `surt.surt(url)` of the Python package of that name; where that raises (a port that is none), it is the URL
    itself, as cdxj-indexer has it. ASCII whatever the URL holds. "-" for an empty one.
    """
    if not url or url.startswith("filedesc"):
        return url or "-"
    try:
        return _surt(url.encode("utf-8", "surrogatepass")).decode("ascii")
    except ValueError:
        return url


def _surt(url: bytes) -> bytes:
    parts = _SURT_PARTS.match(_with_one_scheme(url))
    if parts is None or parts["scheme"] is None:
        raise ValueError("no URL")
    scheme, path = parts["scheme"], parts["path"]
    host, port = _surt_host_and_port(parts["authority"] or b"")
    if not host and path and scheme.startswith(b"http"):  # http:////example.com/: slashes too many
        host, _, path = path.lstrip(b"/").partition(b"/")
        path = b"/" + path
    if not host[:1].isalnum() and not _surt_host(host):  # nothing but dots
        host = b""
    query = _surt_query(parts["query"] or b"")
    front = _surt_front(scheme, host, port)
    return front + (_surt_path(path, in_host=bool(host)) or (b"/" if query else b"")) + (b"?" + query if query else b"")


def _with_one_scheme(url: bytes) -> bytes:
    url = re.sub(rb"[\n\r\t]", b"", url.strip())
    if not re.match(rb"[A-Za-z][A-Za-z0-9+.-]*:", url):
        url = b"http://" + url
    return _SCHEMES_AGAIN.sub(b"", url)


def _surt_host_and_port(authority: bytes) -> tuple[bytes, int | None]:
    address = authority.rstrip(b":").rpartition(b"@")[2]
    _, bracket, inside = address.partition(b"[")
    host, _, port = inside.partition(b"]") if bracket else address.partition(b":")
    if bracket:
        port = port.partition(b":")[2]
    if port and not (port.isdigit() and int(port) < 65536):
        raise ValueError("no port")
    name, percent_sign, zone = host.partition(b"%")
    return name.lower() + percent_sign + zone, int(port or b"0") or None


def _surt_front(scheme: bytes, host: bytes, port: int | None) -> bytes:
    if not host:
        return scheme + b":"
    name = _WWW.sub(b"", _surt_host(host).lower()) if scheme != b"dns" else _surt_host(host).lower()
    default = DEFAULT_PORTS.get(scheme.lower().decode("ascii"), 0)
    tail = b"" if port in (None, default) else b":%d" % port
    return b",".join(reversed(name.split(b"."))) + tail + b")"


def _surt_host(host: bytes) -> bytes:
    host = _unescaped(host)
    if not host.isascii():
        with contextlib.suppress(ValueError):
            host = host.decode("utf-8", "ignore").encode("idna")
    host = host.replace(b"..", b".").strip(b".")
    return _dotted(host) or _escaped(host.lower())


def _dotted(host: bytes) -> bytes | None:
    """An IPv4 address in any of its spellings, as four numbers; never by asking the name service."""
    if host.isdigit():
        return socket.inet_ntoa((int(host) & 0xFFFFFFFF).to_bytes(4, "big")).encode("ascii")
    if not _NUMBERS.match(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host.decode("ascii"))).encode("ascii")
    except OSError:
        return None


def _surt_path(path: bytes, *, in_host: bool) -> bytes:
    path = _unescaped(path)
    if in_host:
        path = _without_dots(path)
    path = _escaped(path).lower()
    if b".aspx" in path:
        for session in _ASPX_SESSIONS:
            path = _without_path_session(path, session)
    return path[:-1] if len(path) > 1 and path.endswith(b"/") else path


def _without_dots(path: bytes) -> bytes:
    kept: list[bytes] = []
    for part in path.split(b"/")[1:]:
        if part == b".." and kept:
            kept.pop()
        elif part != b".":
            kept.append(part)
    return b"/" + b"".join(part + b"/" for part in kept[:-1] if part) + b"".join(kept[-1:])


def _without_path_session(path: bytes, session: re.Pattern[bytes]) -> bytes:
    """The path without the last session folder before a page.aspx. Linear, whatever the path repeats."""
    for found in reversed(list(session.finditer(path))):
        mark = path.find(b"?", found.end())
        if path.find(b".aspx", found.end() + 1, mark if mark >= 0 else len(path)) >= 0:
            return path[: found.start()] + path[found.end() :]
    return path


def _without_query_session(query: bytes, session: re.Pattern[bytes]) -> bytes:
    last = next(iter(deque(session.finditer(query), maxlen=1)), None)
    return query if last is None else query[: last.start()] + query[last.end(1) + 1 :]


def _surt_query(query: bytes) -> bytes:
    if not query:
        return b""
    query = _escaped(_unescaped(query))
    if b"id" in query.lower():
        for session in _QUERY_SESSIONS:
            query = _without_query_session(query, session)
    query = query.lower()
    if len(query) < 2:
        return query
    return b"&".join(b"=".join(pair) for pair in sorted(tuple(arg.split(b"=", 1)) for arg in query.split(b"&")))


def _escaped(text: bytes) -> bytes:
    return quote_from_bytes(text, safe=_KEPT_AS_IT_IS).encode("ascii")


def _unescaped(text: bytes) -> bytes:
    """`text` percent-decoded until nothing is left to decode, in one pass: %25252541 takes no longer than %41."""
    if b"%" not in text:
        return text
    if b"%" not in (once := unquote_to_bytes(text)):
        return once
    done = bytearray()
    for byte in once:
        done.append(byte)
        while len(done) > 2 and done[-3] == 0x25 and _is_hex(done[-2:]):
            done[-3:] = bytes.fromhex(done[-2:].decode("ascii"))
    return bytes(done)


def _is_hex(pair: bytearray) -> bool:
    return all(digit in b"0123456789abcdefABCDEF" for digit in pair)
