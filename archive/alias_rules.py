"""Which spellings of an address may mean one work (pure): tracking, AMP, mobile and print versions, and so on.

A rule only proposes. Two addresses with the same `Spelling.key` are one work if an answer that is kept proves it
(archive.alias_proofs), and nothing else makes them so: `?id=1` and `?id=2` have different keys, and a server that gives
two works under `http:` and `https:` gives two texts. Copies in other archives are no spellings of an address at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from archive.alias_parts import Parts, split


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
    parts = split(url)
    return Spelling(key=url, rules=frozenset()) if parts is None else _reduced(parts)


def candidates(url: str) -> tuple[Candidate, ...]:
    """The plainer spellings of a canonical http(s) URL: by each rule alone, then by all of them. Unproven."""
    parts = split(url)
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


# --- all rules together ---


def _reduced(parts: Parts) -> Spelling:
    """All rules applied until nothing changes (a few times at most: a hostile address may stop half way)."""
    used: set[Rule] = set()
    for _ in range(_MOST_ROUNDS):
        before = parts
        for rule, apply in _RULES:
            plain = apply(parts)
            if plain is not parts and plain != parts:
                used.add(rule)
                parts = plain
        if parts == before:
            break
    return Spelling(key=str(parts), rules=frozenset(used))


_MOST_ROUNDS = 5

# --- the rules ---


def _without_fragment(parts: Parts) -> Parts:
    """A place on the page; but "#!" and "#/" are pages of their own, made by scripts."""
    return parts if not parts.fragment or parts.fragment.startswith(("#!", "#/")) else parts._replace(fragment="")


_CACHE = ".cdn.ampproject.org"
_CACHED = re.compile(r"/(?:c|v|i|r|wp)/(s/)?([^/]+\.[^/]+)(/.*)?")
_VIEWED = re.compile(r"/amp/(s/)?([^/]+\.[^/]+)(/.*)?")
_VIEWER = re.compile(r"(?:www\.)?google(?:\.[a-z]{2,7}){1,2}")


def _unwrapped(parts: Parts) -> Parts:
    """The address that an AMP cache or viewer shows: https with "s/", else http."""
    shape = _CACHED if parts.host.endswith(_CACHE) else _VIEWED if _VIEWER.fullmatch(parts.host) else None
    found = shape.fullmatch(parts.path) if shape else None
    if found is None or not _HOST.fullmatch(found[2]):
        return parts
    scheme = "https" if found[1] else "http"
    return parts._replace(scheme=scheme, host=found[2].lower(), port="", path=found[3] or "/")


_HOST = re.compile(r"[A-Za-z0-9._-]+")


def _secure(parts: Parts) -> Parts:
    return parts if parts.port or parts.scheme == "https" else parts._replace(scheme="https")


_WWW = re.compile(r"www\d*")


def _without_www(parts: Parts) -> Parts:
    return _without_labels(parts, lambda label: _WWW.fullmatch(label) is not None)


def _without_mobile(parts: Parts) -> Parts:
    return _without_labels(parts, lambda label: label in ("m", "mobile", "mobi", "touch", "wap"))


def _without_labels(parts: Parts, is_dropped: Callable[[str], bool]) -> Parts:
    """The host without such labels in front of its last two: `www.test` and addresses stay as they are."""
    labels = parts.host.split(".")
    if len(labels) < 3 or labels[-1].isdigit():
        return parts
    kept = [label for label in labels[:-2] if not is_dropped(label)]
    if len(kept) + 2 == len(labels):
        return parts
    return parts._replace(host=".".join([*kept, *labels[-2:]]))


def _without_amp(parts: Parts) -> Parts:
    parts = _without_labels(parts, lambda label: label == "amp")
    parts = _without_segment(parts, ("amp",))
    if "." in parts.path:
        parts = parts._replace(path=_AMP_FILE.sub("", parts.path))
    return _without_parameters(parts, _is_amp)


_AMP_FILE = re.compile(r"(?<=[^/])\.amp(?=(?:\.html)?\Z)")


def _is_amp(name: str, value: str) -> bool:
    if name == "amp":
        return value in _YES
    return name in ("amp_js_v", "amp_gsa", "usqp") or (name in _VERSIONS and value == "amp")


def _without_session(parts: Parts) -> Parts:
    if ";" in parts.path or "(" in parts.path:
        parts = parts._replace(path=_PATH_SESSION.sub("", parts.path))
    return _without_parameters(parts, _is_session)


_PATH_SESSION = re.compile(r";jsessionid=[^/;]*|/\((?:[A-Za-z]\([0-9A-Za-z]{24}\))+\)(?=/)", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9a-zA-Z]{20,}")
_HEX = re.compile(r"[0-9a-f]{32}")


def _is_session(name: str, value: str) -> bool:
    if name == "sid":
        return _HEX.fullmatch(value) is not None
    named = name in ("jsessionid", "phpsessid", "cfid", "cftoken") or name.startswith("aspsessionid")
    return named and (_TOKEN.match(value) is not None or name in ("cfid", "cftoken"))


def _without_tracking(parts: Parts) -> Parts:
    return _without_parameters(parts, _is_tracking)


def _is_tracking(name: str, value: str) -> bool:
    if name in _TRACKING or name.startswith(_TRACKING_FAMILIES):
        return True
    return value in _TRACKING_VALUES.get(name, ())


def _without_print(parts: Parts) -> Parts:
    return _without_parameters(_without_segment(parts, ("print", "printable")), _is_print)


def _is_print(name: str, value: str) -> bool:
    if name in ("print", "printable", "printview", "printerfriendly"):
        return value in _YES
    return (name in _VERSIONS or name == "pagewanted") and value in ("print", "printable")


def _without_empty(parts: Parts) -> Parts:
    if not parts.marked:
        return parts
    query = tuple(filter(None, parts.query))
    return parts._replace(query=query, marked=bool(query))


def _without_index(parts: Parts) -> Parts:
    folder, _, name = parts.path.rpartition("/")
    return parts._replace(path=folder + "/") if name.lower() in _INDEXES else parts


def _without_slash(parts: Parts) -> Parts:
    return parts._replace(path=parts.path.rstrip("/") or "/") if parts.path.endswith("/") else parts


def _without_segment(parts: Parts, names: tuple[str, ...]) -> Parts:
    """The path without a first or last segment of such a name, if something else is left."""
    segments = [segment for segment in parts.path.split("/") if segment]
    kept = segments
    if len(kept) > 1 and kept[-1].lower() in names:
        kept = kept[:-1]
    if len(kept) > 1 and kept[0].lower() in names:
        kept = kept[1:]
    if kept == segments:
        return parts
    return parts._replace(path="/" + "/".join(kept))


def _without_parameters(parts: Parts, is_dropped: Callable[[str, str], bool]) -> Parts:
    """The query without such parameters; `&amp;name=` is one that was copied out of HTML."""
    if not parts.query:
        return parts
    query = tuple(pair for pair in parts.query if not pair or not is_dropped(*_named(pair)))
    return parts if query == parts.query else parts._replace(query=query, marked=bool(query))


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

_RULES: tuple[tuple[Rule, Callable[[Parts], Parts]], ...] = (
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
