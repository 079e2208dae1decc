"""The tables [notifications.NAME] of sourcekeep.toml: who is told of what (pure).

A table has `on` and one of `webhook`, `mail_to`, `command`. Secrets are named, never written: `env:NAME`, `file:PATH`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from crawler.configuration_keys import one_of, text, texts, whole
from crawler.limits import seconds_of
from crawler.notifications.channels import USUAL, Channel, Happening, Mail, Program, Tls, Webhook
from crawler.notifications.secrets import KINDS

T = TypeVar("T")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_NAMED = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:[/~].*")
_SERVER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@]+):(\d{1,5})")
_COMMON = ("on", "timeout", "tries")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "webhook": ("sign_with", "ca_file"),
    "mail_to": ("mail_from", "smtp", "smtp_tls", "smtp_user", "login_with", "ca_file"),
    "command": (),
}
KEYS = (*_COMMON, *dict.fromkeys(key for kind, more in _KINDS.items() for key in (kind, *more)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong, and with which key; None: with the table. `name`: it is the key itself that is wrong."""

    key: str | None
    what: str
    name: bool = False


def read_channel(
    name: str, table: Mapping[str, object], near: Callable[[str, Collection[str]], str]
) -> tuple[Channel | None, list[Wrong]]:
    """The channel that a table says; None with what is wrong."""
    reader = _Reader(table)
    kinds = [kind for kind in _KINDS if kind in table]
    if len(kinds) != 1:
        reader.wrong.append(Wrong(key=None, what=f"[notifications.{name}] needs one of webhook, mail_to, command"))
    allowed = (*_COMMON, *kinds, *(key for kind in kinds or _KINDS for key in _KINDS[kind]))
    for key in table:
        if key not in allowed and not (key in KEYS and len(kinds) != 1):
            reader.wrong.append(Wrong(key=key, name=True, what=_unknown(key, name, kinds, near(key, allowed))))
    on = reader.get("on", _happenings, frozenset(USUAL))
    timeout = reader.get("timeout", _positive, 20.0)
    tries = reader.get("tries", _tries, 3)
    to = _TO[kinds[0]](reader) if len(kinds) == 1 else None
    if reader.wrong or to is None:
        return None, reader.wrong
    return Channel(name=name, on=on, to=to, timeout=timeout, tries=tries), []


def _unknown(key: str, name: str, kinds: list[str], near: str) -> str:
    if key in KEYS:
        return f"{key!r} does not go with {kinds[0]!r}"
    return f"there is no key {key!r} in [notifications.{name}]{near}"


class _Reader:
    """Reads the values of one table, and notes what is wrong."""

    def __init__(self, table: Mapping[str, object]) -> None:
        self.wrong: list[Wrong] = []
        self._table = table

    def get(self, key: str, read: Callable[[object], T], default: T) -> T:
        """The value of `key`; `default` if there is none, or it is wrong."""
        if key not in self._table:
            return default
        try:
            return read(self._table[key])
        except ValueError as error:
            self.wrong.append(Wrong(key=key, what=f"{key} takes {error}"))
            return default

    def need(self, key: str, because: str) -> None:
        """Notes that `key` is missing."""
        if key not in self._table:
            self.wrong.append(Wrong(key=None, what=f"{key} is missing: {because}"))


def _webhook(reader: _Reader) -> Webhook:
    return Webhook(
        url=reader.get("webhook", _hook, ""),
        sign_with=reader.get("sign_with", _named, None),
        ca_file=reader.get("ca_file", _file, None),
    )


def _mail(reader: _Reader) -> Mail:
    reader.need("mail_from", "the address that mails come from")
    reader.need("smtp", 'the mail server, like "mail.example:587"')
    host, port = reader.get("smtp", _server, ("", 0))
    user = reader.get("smtp_user", _text, None)
    login_with = reader.get("login_with", _named, None)
    if (user is None) is not (login_with is None):
        reader.wrong.append(Wrong(key=None, what="smtp_user and login_with go together"))
    tls = reader.get("smtp_tls", _tls, Tls.STARTTLS)
    if tls is Tls.NONE and login_with is not None:
        reader.wrong.append(Wrong(key="smtp_tls", what="a password is not sent without TLS: starttls or implicit"))
    return Mail(
        to=reader.get("mail_to", _addresses, ()),
        sender=reader.get("mail_from", _address, ""),
        host=host,
        port=port,
        tls=tls,
        user=user,
        login_with=login_with,
        ca_file=reader.get("ca_file", _file, None),
    )


def _program(reader: _Reader) -> Program:
    return Program(command=reader.get("command", _words, ()))


_TO: Mapping[str, Callable[[_Reader], Webhook | Mail | Program]] = {
    "webhook": _webhook,
    "mail_to": _mail,
    "command": _program,
}


# --- values ---


def _happenings(value: object) -> frozenset[Happening]:
    given = [value] if isinstance(value, str) else value
    names = [str(each).replace("-", "_") for each in given] if isinstance(given, list) else []
    if not names or not set(names) <= set(Happening):
        raise ValueError(f"a list of {', '.join(Happening)}")
    return frozenset(map(Happening, names))


def _positive(value: object) -> float:
    seconds = seconds_of(value)
    if not 0 < seconds <= 3600:
        raise ValueError("a time span up to an hour")
    return seconds


def _tries(value: object) -> int:
    found = whole(1)(value)
    if not isinstance(found, int) or found > 10:
        raise ValueError("a whole number from 1 to 10")
    return found


def _text(value: object) -> str | None:
    return str(text(value))


def _named(value: object) -> str | None:
    if not _NAMED.fullmatch(str(text(value))):
        raise ValueError("where the secret is, never the secret itself: env:NAME or file:/PATH")
    return str(value)


def _hook(value: object) -> str:
    url = str(text(value))
    if url.startswith(KINDS):
        return str(_named(url))
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("an http or https address, or where it is: env:NAME, file:PATH")
    return url


def _address(value: object) -> str:
    if not _ADDRESS.fullmatch(str(text(value))):
        raise ValueError('a mail address, like "ops@site.example"')
    return str(value)


def _addresses(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given:
        raise ValueError("a mail address, or a list of them")
    return tuple(map(_address, given))


def _server(value: object) -> tuple[str, int]:
    found = _SERVER.fullmatch(str(text(value)))
    if found is None or not 0 < int(found[2]) <= 65_535:
        raise ValueError('a mail server with its port, like "mail.example:587"')
    return found[1].strip("[]"), int(found[2])


def _tls(value: object) -> Tls:
    return Tls(str(one_of(*Tls)(value)))


def _file(value: object) -> Path | None:
    path = Path(str(text(value))).expanduser()
    if not path.is_absolute():
        raise ValueError("a path from the root, like /etc/ssl/ours.pem")
    return path


def _words(value: object) -> tuple[str, ...]:
    words = texts(value)
    if not isinstance(words, list) or not words or not words[0]:
        raise ValueError('a list of words, like ["/usr/local/bin/tell", "ops"]')
    return tuple(map(str, words))
