"""TLS for the recorder: contexts after Scrapy's settings, and what is known of each host's certificate.

With verification off an expired, self-signed or misnamed certificate must not cost us the page, but the record shall
say what was wrong. So a host is first met with verification on; if that fails it is met again, as leniently as the
library can (old protocols and ciphers too, where no setting forbids them), and remembered.
"""

from __future__ import annotations

import logging
import os
import ssl
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archive.model import Tls

logger = logging.getLogger(__name__)

_VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
_LEGACY_SERVER = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT; ssl has its name from Python 3.12 on
_MOST_HOSTS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """What Scrapy's settings say of TLS. `judge`: with `verify` off, find out what verification would have said."""

    verify: bool
    judge: bool
    minimum: str | None = None  # DOWNLOAD_TLS_MIN_VERSION, "TLSv1.2"
    maximum: str | None = None
    ciphers: str | None = None
    ca_file: str | None = None  # PEM: authorities to trust besides those of the system


class TlsPolicy:
    """Contexts, made once, and the hosts whose certificates do not hold."""

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self.lax = _lax(settings)
        self._problems: dict[str, str] = {}

    @cached_property
    def _strict(self) -> ssl.SSLContext | None:
        """Made when the first host wants TLS: to read all authorities takes as long as a hundred checks."""
        return _strict(self._settings) if self._settings.verify or self._settings.judge else None

    def context(self, host: str) -> ssl.SSLContext:
        """The context to meet this host with."""
        if self._strict is None or host in self._problems:
            return self.lax
        return self._strict

    @property
    def unjudged(self) -> ssl.SSLContext:
        """The context for a single handshake: as the settings say, with no verdict beyond it."""
        return self._strict if self._strict is not None and self._settings.verify else self.lax

    def try_again(self, host: str, error: ssl.SSLError) -> bool:
        """Whether a failed handshake is worth another one without verification; remembers what was wrong."""
        if self._settings.verify or not self._settings.judge or host in self._problems:
            return False
        if len(self._problems) >= _MOST_HOSTS:
            self._problems.clear()
        self._problems[host] = problem_of(error)
        return True

    def describe(self, host: str, session: ssl.SSLObject) -> Tls:
        """The session as the record has it."""
        cipher = session.cipher()
        version = (session.version() or "").lower().replace("tlsv", "tls/").replace("sslv", "ssl/")
        strict = session.context is self._strict
        problem = None if strict else self._problems.get(host)
        return Tls(
            version=f"{version}.0" if version in ("tls/1", "ssl/3") else version,
            cipher=cipher[0] if cipher else "",
            verified=True if strict else False if problem else None,
            problem=problem,
        )


def problem_of(error: ssl.SSLError) -> str:
    """What a failed handshake says, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".") or "certificate verify failed"
    return (error.reason or str(error) or type(error).__name__).replace("_", " ").lower()


def _strict(settings: TlsSettings) -> ssl.SSLContext:
    context = _context(settings)
    context.load_default_certs()
    if settings.ca_file:
        context.load_verify_locations(settings.ca_file)
    return context


def _lax(settings: TlsSettings) -> ssl.SSLContext:
    context = _context(settings)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if settings.judge:
        context.options |= _LEGACY_SERVER
        if not settings.minimum:
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        if settings.ciphers in (None, "DEFAULT"):
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _context(settings: TlsSettings) -> ssl.SSLContext:
    """A verifying client context after the settings. HTTP/1.1 is all we speak, so it is all we offer."""
    minimum = _version(settings.minimum, "DOWNLOAD_TLS_MIN_VERSION")
    maximum = _version(settings.maximum, "DOWNLOAD_TLS_MAX_VERSION")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF  # HTTP's own framing tells whether a body is whole
    if minimum is not None:
        context.minimum_version = minimum
    if maximum is not None:
        context.maximum_version = maximum
    if settings.ciphers:
        context.set_ciphers(settings.ciphers)
    if keylog := _keylog_file():
        context.keylog_filename = keylog
    return context


def _version(value: str | None, setting: str) -> ssl.TLSVersion | None:
    if value is None:
        return None
    if value not in _VERSIONS:
        raise ValueError(f"Unknown {setting} value: {value}")
    return _VERSIONS[value]


def _keylog_file() -> str | None:
    """The file named by SSLKEYLOGFILE, if it can be written to."""
    name = "" if sys.flags.ignore_environment else os.environ.get("SSLKEYLOGFILE", "")
    if not name:
        return None
    try:
        with Path(name).open("ab"):
            return name
    except OSError as error:
        logger.warning("Cannot write TLS session keys to %s: %s", name, error)
        return None
