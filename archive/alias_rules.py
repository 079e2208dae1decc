"""Which spellings of an address may mean one work (pure): tracking, AMP, mobile and print versions, and so on.

A rule only proposes. Two addresses with the same `Spelling.key` are one work if an answer that is kept proves it
(archive.alias_proofs), and nothing else makes them so: `?id=1` and `?id=2` have different keys, and a server that gives
two works under `http:` and `https:` gives two texts. Copies in other archives are no spellings of an address at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote


class Rule(StrEnum):
    """In what two spellings of one address differ."""

    FRAGMENT = "fragment"  # #comments
    VIEWER = "amp_viewer"  # google.example/amp/s/host/path, *.cdn.ampproject.org
    SCHEME = "scheme"  # http, https
    WWW = "www"
    MOBILE = "mobile"  # m.host
    AMP = "amp"  # amp.host, /amp/, ?amp=1
    SESSION = "session"
    TRACKING = "tracking"  # ?utm_source=
    PRINT = "print"  # /print/, ?print=1
    EMPTY_QUERY = "empty_query"  # a "?" or "&" with nothing behind it
    INDEX = "index"  # index.html
    SLASH = "slash"  # at the end of the path


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What is left of an address when all rules are applied. `key` is a URL, though perhaps one that nobody serves."""

    key: str
    rules: frozenset[Rule]  # that changed something


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plainer spelling of an address, and the rules that lead to it."""

    url: str
    rules: frozenset[Rule]


def spelling(url: str) -> Spelling:
    """The plainest spelling of a canonical http(s) URL. Any other text is its own."""
    parts = _split(url)
    return Spelling(key=url, rules=frozenset()) if parts is None else _reduced(parts)


def candidates(url: str) -> tuple[Candidate, ...]:
    """The plainer spellings of a canonical http(s) URL: by each rule alone, then by all of them. Unproven."""
    parts = _split(url)
    if parts is None:
        return ()
    found = [(str(plain), frozenset({rule})) for rule, apply in _RULES if (plain := apply(parts)) != parts]
    whole = _reduced(parts)
    proposed = dict([*found, (whole.key, whole.rules)])
    return tuple(Candidate(url=plain, rules=rules) for plain, rules in proposed.items() if plain != url)


def differing(one: str, other: str) -> tuple[Rule, ...]:
    """The rules that two spellings with the same key differ by, in the order rules are applied; () if keys differ."""
    first, second = spelling(one), spelling(other)
    if first.key != second.key:
        return ()
    rules = first.rules ^ second.rules or first.rules
    return tuple(rule for rule in Rule if rule in rules)


# --- what says nothing of a work ---


def is_home(url: str) -> bool:
    """Whether the address is that of a site's home page, in one of its languages."""
    parts = _split(spelling(url).key)
    if parts is None or parts.query:
        return False
    name = parts.path.strip("/").lower()
    return not name or name in _HOMES or _LANGUAGE.fullmatch(name) is not None


def leads_astray(source: str, target: str) -> bool:
    """Whether a redirect or claim from `source` to `target` says nothing of a work.

    The home page, a login, a consent form, an error page: unless `source` is one itself; or an address that takes the
    source along as a parameter, to return to.
    """
    if is_home(target) and not is_home(source):
        return True
    return _gates(source) != _gates(target) or _takes_along(source, target)


def is_same_site(one: str, other: str) -> bool:
    """Whether two hosts are one, or one is a part of the other, www and mobile hosts aside."""
    first, second = _split(spelling(one).key), _split(spelling(other).key)
    if first is None or second is None:
        return False
    a, b = first.host, second.host
    return a == b or a.endswith("." + b) or b.endswith("." + a)


def differ_in_query(one: str, other: str) -> bool:
    """Whether two addresses are alike up to the query, and not in it: `?id=1`, `?id=2`."""
    first, second = _split(spelling(one).key), _split(spelling(other).key)
    if first is None or second is None:
        return False
    return (first.host, first.path) == (second.host, second.path) and first.query != second.query


_HOMES = frozenset({"home", "homepage", "main", "start", "frontpage", "news"})
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?")
_GATES = frozenset({
    "403", "404", "410", "500", "access-denied", "account", "accounts", "auth", "authenticate", "authorize",
    "blocked", "captcha", "challenge", "consent", "cookie", "cookie-consent", "cookies", "cookiewall", "denied",
    "error", "error404", "errors", "expired", "gdpr", "geoblock", "log-in", "login", "logon", "maintenance",
    "myaccount", "not-found", "not_found", "notfound", "oauth", "oauth2", "page-not-found", "pagenotfound",
    "paywall", "privacy-consent", "privacy-gate", "recaptcha", "register", "registration", "removed", "sign-in",
    "sign-up", "sign_in", "signin", "signup", "sorry", "sso", "subscribe", "subscription", "subscriptions",
    "unavailable", "unsupported",
})  # fmt: skip
_GATE_HOSTS = frozenset({"account", "accounts", "auth", "captcha", "consent", "error", "login", "signin", "sso"})


def _gates(url: str) -> frozenset[str]:
    """The words in host and path that stand for a login, a consent form, an error."""
    parts = _split(url)
    if parts is None:
        return frozenset()
    words = {segment.partition(".")[0] for segment in parts.path.lower().split("/")}
    return frozenset(words & _GATES) | (frozenset(parts.host.split(".")[:-2]) & _GATE_HOSTS)


def _takes_along(source: str, target: str) -> bool:
    asked = target.partition("?")[2]
    if not asked or target == source:
        return False
    place = source.partition("://")[2]
    path = "/" + place.partition("/")[2]
    values = {unquote(pair.partition("=")[2]) for pair in asked.split("&")}
    values |= {unquote(value) for value in values}
    return any(value.partition("://")[2] == place or (value == path != "/") for value in values)


# --- the parts of an address ---

_WEB = re.compile(r"(https?)://([^/?#]+)(/[^?#]*)?(?:\?([^#]*))?(#.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Parts:
    scheme: str
    host: str
    port: str  # with its colon, or ""
    path: str
    query: tuple[str, ...]
    marked: bool  # whether there is a "?"
    fragment: str

    def __str__(self) -> str:
        asked = "?" + "&".join(self.query) if self.marked else ""
        return f"{self.scheme}://{self.host}{self.port}{self.path}{asked}{self.fragment}"


def _split(url: str) -> _Parts | None:
    found = _WEB.fullmatch(url)
    if found is None:
        return None
    scheme, authority, path, asked, fragment = found.groups()
    host, port = _host_and_port(authority)
    query = tuple(asked.split("&")) if asked else ()
    return _Parts(scheme, host, port, path or "/", query, asked is not None, fragment or "")


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.endswith("]"):
        return authority, ""
    host, colon, port = authority.rpartition(":")
    return (host, colon + port) if colon else (authority, "")


def _reduced(parts: _Parts) -> Spelling:
    """All rules applied until nothing changes (a few times at most: a hostile address may stop half way)."""
    used: set[Rule] = set()
    for _ in range(_MOST_ROUNDS):
        before = parts
        for rule, apply in _RULES:
            plain = apply(parts)
            if plain != parts:
                used.add(rule)
                parts = plain
        if parts == before:
            break
    return Spelling(key=str(parts), rules=frozenset(used))


_MOST_ROUNDS = 5

# --- the rules ---


def _without_fragment(parts: _Parts) -> _Parts:
    """A place on the page; but "#!" and "#/" are pages of their own, made by scripts."""
    return parts if parts.fragment.startswith(("#!", "#/")) else replace(parts, fragment="")


_CACHE = ".cdn.ampproject.org"
_CACHED = re.compile(r"/(?:c|v|i|r|wp)/(s/)?([^/]+\.[^/]+)(/.*)?")
_VIEWED = re.compile(r"/amp/(s/)?([^/]+\.[^/]+)(/.*)?")
_VIEWER = re.compile(r"(?:www\.)?google(?:\.[a-z]{2,7}){1,2}")


def _unwrapped(parts: _Parts) -> _Parts:
    """The address that an AMP cache or viewer shows: https with "s/", else http."""
    shape = _CACHED if parts.host.endswith(_CACHE) else _VIEWED if _VIEWER.fullmatch(parts.host) else None
    found = shape.fullmatch(parts.path) if shape else None
    if found is None or not _HOST.fullmatch(found[2]):
        return parts
    scheme = "https" if found[1] else "http"
    return replace(parts, scheme=scheme, host=found[2].lower(), port="", path=found[3] or "/")


_HOST = re.compile(r"[A-Za-z0-9._-]+")


def _secure(parts: _Parts) -> _Parts:
    return parts if parts.port else replace(parts, scheme="https")


_WWW = re.compile(r"www\d*")


def _without_www(parts: _Parts) -> _Parts:
    return _without_labels(parts, lambda label: _WWW.fullmatch(label) is not None)


def _without_mobile(parts: _Parts) -> _Parts:
    return _without_labels(parts, lambda label: label in ("m", "mobile", "mobi", "touch", "wap"))


def _without_labels(parts: _Parts, is_dropped: Callable[[str], bool]) -> _Parts:
    """The host without such labels in front of its last two: `www.test` and addresses stay as they are."""
    labels = parts.host.split(".")
    if len(labels) < 3 or labels[-1].isdigit():
        return parts
    kept = [label for label in labels[:-2] if not is_dropped(label)]
    return replace(parts, host=".".join([*kept, *labels[-2:]]))


def _without_amp(parts: _Parts) -> _Parts:
    parts = _without_labels(parts, lambda label: label == "amp")
    parts = _without_segment(parts, ("amp",))
    parts = replace(parts, path=_AMP_FILE.sub("", parts.path))
    return _without_parameters(parts, _is_amp)


_AMP_FILE = re.compile(r"(?<=[^/])\.amp(?=(?:\.html)?\Z)")


def _is_amp(name: str, value: str) -> bool:
    if name == "amp":
        return value in _YES
    return name in ("amp_js_v", "amp_gsa", "usqp") or (name in _VERSIONS and value == "amp")


def _without_session(parts: _Parts) -> _Parts:
    path = _PATH_SESSION.sub("", parts.path)
    return _without_parameters(replace(parts, path=path), _is_session)


_PATH_SESSION = re.compile(r";jsessionid=[^/;]*|/\((?:[A-Za-z]\([0-9A-Za-z]{24}\))+\)(?=/)", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9a-zA-Z]{20,}")
_HEX = re.compile(r"[0-9a-f]{32}")


def _is_session(name: str, value: str) -> bool:
    if name == "sid":
        return _HEX.fullmatch(value) is not None
    named = name in ("jsessionid", "phpsessid", "cfid", "cftoken") or name.startswith("aspsessionid")
    return named and (_TOKEN.match(value) is not None or name in ("cfid", "cftoken"))


def _without_tracking(parts: _Parts) -> _Parts:
    return _without_parameters(parts, _is_tracking)


def _is_tracking(name: str, value: str) -> bool:
    if name in _TRACKING or name.startswith(_TRACKING_FAMILIES):
        return True
    return value in _TRACKING_VALUES.get(name, ())


def _without_print(parts: _Parts) -> _Parts:
    return _without_parameters(_without_segment(parts, ("print", "printable")), _is_print)


def _is_print(name: str, value: str) -> bool:
    if name in ("print", "printable", "printview", "printerfriendly"):
        return value in _YES
    return (name in _VERSIONS or name == "pagewanted") and value in ("print", "printable")


def _without_empty(parts: _Parts) -> _Parts:
    query = tuple(filter(None, parts.query))
    return replace(parts, query=query, marked=bool(query))


def _without_index(parts: _Parts) -> _Parts:
    folder, _, name = parts.path.rpartition("/")
    return replace(parts, path=folder + "/") if name.lower() in _INDEXES else parts


def _without_slash(parts: _Parts) -> _Parts:
    return replace(parts, path=parts.path.rstrip("/") or "/")


def _without_segment(parts: _Parts, names: tuple[str, ...]) -> _Parts:
    """The path without a first or last segment of such a name, if something else is left."""
    segments = [segment for segment in parts.path.split("/") if segment]
    kept = segments
    if len(kept) > 1 and kept[-1].lower() in names:
        kept = kept[:-1]
    if len(kept) > 1 and kept[0].lower() in names:
        kept = kept[1:]
    if kept == segments:
        return parts
    return replace(parts, path="/" + "/".join(kept))


def _without_parameters(parts: _Parts, is_dropped: Callable[[str, str], bool]) -> _Parts:
    """The query without such parameters; `&amp;name=` is one that was copied out of HTML."""
    if not parts.query:
        return parts
    query = tuple(pair for pair in parts.query if not pair or not is_dropped(*_named(pair)))
    return parts if query == parts.query else replace(parts, query=query, marked=bool(query))


def _named(pair: str) -> tuple[str, str]:
    name, _, value = pair.lower().partition("=")
    return name.removeprefix("amp;"), value


# --- tables ---

_YES = frozenset({"", "1", "true", "yes", "y", "on"})
_VERSIONS = frozenset({"output", "outputtype", "view", "format", "mode"})
_INDEXES = frozenset(
    f"{name}.{kind}" for name in ("index", "default") for kind in ("html", "htm", "shtml", "php", "asp", "aspx", "jsp")
)

# Parameters that no server chooses a work by. One that might name a work anywhere is not here: cid, id, p, ref, source.
_TRACKING_FAMILIES = ("utm_", "mtm_", "pk_", "hsa_", "_hs", "vero_", "oly_", "itm_", "at_custom", "at_bbc_", "wt.")
_TRACKING = frozenset({
    "__tn__", "__twitter_impression", "_ga", "_gl", "at_campaign", "at_link_id", "at_link_origin", "at_link_type",
    "at_medium", "at_ptr_name", "cmpid", "dclid", "fb_action_ids", "fb_action_types", "fb_ref", "fb_source",
    "fbclid", "feedname", "feedtype", "ftag", "gbraid", "gclid", "gclsrc", "guccounter", "guce_referrer",
    "guce_referrer_sig", "icid", "igsh", "igshid", "ito", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid",
    "ncid", "ns_campaign", "ns_fee", "ns_linkname", "ns_mchannel", "ns_source", "ocid", "s_cid", "smid", "smtyp",
    "soc_src", "soc_trk", "spm", "sref", "ttclid", "twclid", "wbraid", "xtor", "yclid", "ysclid",
})  # fmt: skip
_RSS = frozenset({"rss", "feed", "rssfeed", "feedburner", "atom"})
_TRACKING_VALUES = {
    "partner": _RSS,
    "from": _RSS,
    "source": _RSS,
    "src": _RSS,
    "ref": _RSS,
    "mod": _RSS,
    "rss": frozenset({"", "1", "yes", "true"}),
    "emc": frozenset({"rss", "eta1"}),
    "feature": frozenset({"youtu.be", "share", "player_embedded", "emb_title", "emb_logo"}),
}

_RULES: tuple[tuple[Rule, Callable[[_Parts], _Parts]], ...] = (
    (Rule.FRAGMENT, _without_fragment),
    (Rule.VIEWER, _unwrapped),
    (Rule.SCHEME, _secure),
    (Rule.WWW, _without_www),
    (Rule.MOBILE, _without_mobile),
    (Rule.AMP, _without_amp),
    (Rule.SESSION, _without_session),
    (Rule.TRACKING, _without_tracking),
    (Rule.PRINT, _without_print),
    (Rule.EMPTY_QUERY, _without_empty),
    (Rule.INDEX, _without_index),
    (Rule.SLASH, _without_slash),
)
