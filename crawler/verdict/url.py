"""First step, the URL: repaired as people and pages spoil it, or the verdict that it is none (pure)."""

from __future__ import annotations

import re
from functools import lru_cache

from archive.model import Reason
from archive.references import LeftReason, resolve
from archive.verdicts import Verdict, VerdictState
from crawler.guard import url_refusal
from crawler.verdict.answer import Answer, Match
from crawler.verdict.ruling import ruled

_AROUND = "".join(map(chr, range(0x21))) + "\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.?)", re.DOTALL)
_ONE_SLASH = re.compile(r"(https?):/(?=[^/\\])", re.IGNORECASE)
_HOST = re.compile(r"https?:[/\\]{2}(?P<authority>[^/\\?#]*)", re.IGNORECASE)
_ENCODED_SPOIL = re.compile(r"%(?:[01][0-9a-f]|20|23|2f|3[acef]|40|5[bcd]|7f)", re.IGNORECASE)


@lru_cache(maxsize=2048)  # a check asks three times
def repair(text: str) -> str | VerdictState:
    """The URL that is meant, canonical; or the state of one that cannot be meant.

    Blanks around it go, `&amp;` is read once, `http:/host` gets its slash, blanks and what is not ASCII are
    percent-encoded, the host is put in its ASCII form (UTS 46). One with a user name or password is not asked for.
    """
    url = text.strip(_AROUND).replace("&amp;", "&")
    scheme = _SCHEME.match(url)
    if scheme is None:
        return VerdictState.MALFORMED_URL
    if scheme[1].lower() not in ("http", "https"):
        no_scheme = scheme[2].isdigit() and ("." in scheme[1] or scheme[1].lower() == "localhost")  # host:port
        return VerdictState.MALFORMED_URL if no_scheme else VerdictState.UNSUPPORTED_SCHEME
    url = _ONE_SLASH.sub(r"\1://", url, count=1)
    host = _HOST.match(url)
    if host is None or not host["authority"] or "@" in host["authority"] or _spoilt(host["authority"]):
        return VerdictState.MALFORMED_URL
    return _spelled(url)


def _spoilt(authority: str) -> bool:
    """Whether blanks stand in the host, encoded ones too; browsers would drop some."""
    return any(c.isspace() for c in authority) or _ENCODED_SPOIL.search(authority.rpartition("@")[2]) is not None


def _spelled(url: str) -> str | VerdictState:
    found = resolve(url, None)
    if found is None or isinstance(found, LeftReason):
        return VerdictState.MALFORMED_URL
    match url_refusal(found):
        case None:
            return found
        case Reason.UNSUPPORTED_SCHEME:
            return VerdictState.UNSUPPORTED_SCHEME
        case _:
            return VerdictState.MALFORMED_URL


def not_a_url(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Invalid: nothing that could be asked for."""
    found = repair(answer.url)
    return ruled(found, "not_a_url", answer, words=(answer.url,)) if isinstance(found, VerdictState) else None


RULES = (not_a_url,)
