"""Redirects and claims that say nothing of a work (pure): home pages, logins, consent forms, error pages."""

from __future__ import annotations

import re
from urllib.parse import unquote

from archive.alias_parts import split
from archive.alias_rules import spelling


def is_home(url: str) -> bool:
    """Whether the address is that of a site's home page, in one of its languages."""
    parts = split(spelling(url).key)
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
    first, second = split(spelling(one).key), split(spelling(other).key)
    if first is None or second is None:
        return False
    a, b = first.host, second.host
    return a == b or a.endswith("." + b) or b.endswith("." + a)


def differ_in_query(one: str, other: str) -> bool:
    """Whether two addresses are alike up to the query, and not in it: `?id=1`, `?id=2`."""
    first, second = split(spelling(one).key), split(spelling(other).key)
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
    parts = split(url)
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
