"""What addresses say by themselves: home pages, log-in pages, and whether a reader was led astray (pure)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.verdict.answer import Answer
from crawler.verdict.guard_words import CONSENT_ADDRESS, LOGIN_ADDRESS, OFFER_ADDRESS, RETURN_PARAMETER

_HOME_NAME = (
    r"(?:index|default|home|main|home-?page|start(?:seite|-?page|site)?|hauptseite|welcome|portal|front-?page|front|site|web|cms|"
    r"accueil|bienvenue|inicio|portada|bienvenid[oa]s?|pagina-?inicial|principal|benvenuto|willkommen|glavnaya|main_page|hauptseite|"
    r"strona_glowna|forsida|etusivu|hoofdpagina|shouye|首页|首頁)"
)
_SCRIPTED = r"(?:\.(?:html?|php\d?|aspx?|jspx?|shtml|cfm|do|cgi|action))?"
_LANGUAGE = r"[a-z]{2}(?:[-_][a-z]{2,4})?"
_HOME_PATH = re.compile(
    rf"/*(?:{_HOME_NAME}{_SCRIPTED})?/*"
    rf"|/{_LANGUAGE}/?(?:{_HOME_NAME}{_SCRIPTED}/?)?"
    rf"|/(?:{_HOME_NAME}|wiki|w|~[\w.-]{{1,40}})/(?:{_HOME_NAME}{_SCRIPTED})?/?"
    r"|/~[\w.-]{1,40}",
    re.IGNORECASE,
)
_MAY_BE_HOME = re.compile(r"(?:/[a-z~]{1,15}){1,2}(?:\.[a-z]{2,5})?/?", re.IGNORECASE)
_ROOT_PATH = re.compile(r"/*(?:(?:index|default|home)\.\w{2,5})?/*", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"utm_\w+|ref|referr?er|from|src|source|error\w*|err|e|status|code|404|not-?_?found|redirect\w*|r|fbclid|gclid|msg|message|reason|"
    r"lang|language|tab(?:id)?|locale|hl|t|ts|time|_|v|sid|jsessionid|cookie\w*|origin\w*|url|u|return\w*|back\w*|path|q|aspxerrorpath",
    re.IGNORECASE,
)
_FRONT_HOST = re.compile(r"(?:www\d?|m|mobile|wap|amp)\.", re.IGNORECASE)
_ROUTE = re.compile(r"#(?:!|/).*\w")


def at_root(url: str) -> bool:
    """Whether the path of an address is the root, whatever its query."""
    return _ROOT_PATH.fullmatch(urlsplit(url).path) is not None


def is_home(url: str) -> bool:
    """Whether an address is a home page under any of the usual names, "/en/" and "/index.html" included."""
    parts = urlsplit(url)
    return (
        _HOME_PATH.fullmatch(unquote(parts.path)) is not None and not _chooses(parts.query) and not _ROUTE.search(url)
    )


def may_be_home(url: str) -> bool:
    """Whether an address is short enough for a home page's name that nobody has thought of: "/fest"."""
    parts = urlsplit(url)
    return _MAY_BE_HOME.fullmatch(parts.path) is not None and not _chooses(parts.query)


def _chooses(query: str) -> bool:
    if query and "=" not in query:
        return _SAYS_NOTHING.fullmatch(unquote(query)[:100]) is None
    return any(value and not _SAYS_NOTHING.fullmatch(name[:100]) for name, value in parse_qsl(query[:2000]))


def site(url: str) -> str:
    """The host without "www." and the like: what redirects between such hosts stay within."""
    return _FRONT_HOST.sub("", urlsplit(url).netloc.lower(), count=1)


def has_route(location: str) -> bool:
    """Whether the fragment of an address chooses the page: "/#/news/5", "/#!article"."""
    return _ROUTE.search(location) is not None


def strayed(answer: Answer) -> bool:
    """Whether the last answer came from another address than a different spelling of the link's."""
    return _spelling(answer.url) != _spelling(answer.end)


def _spelling(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/").casefold()
    return site(url), re.sub(r"/index\.\w{2,5}$", "", path), parts.query


def is_login(url: str) -> bool:
    """Whether an address is where people log in."""
    return LOGIN_ADDRESS.search(url.partition("?")[0][:2000]) is not None


def is_consent(url: str) -> bool:
    """Whether an address is where people are asked for cookies."""
    return CONSENT_ADDRESS.search(url.partition("?")[0][:2000]) is not None


def is_offer(url: str) -> bool:
    """Whether an address is where people are asked to pay for reading."""
    return OFFER_ADDRESS.search(url.partition("?")[0][:2000]) is not None


def wants_back(url: str) -> bool:
    """Whether an address remembers where its reader came from, to send him back there."""
    return RETURN_PARAMETER.search(url[:4000]) is not None


def path_of(url: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")
