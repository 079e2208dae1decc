"""The typed view of the settings. Everything below the command line takes an `Options`, never a settings object."""

from __future__ import annotations

import difflib
import ipaddress
import logging
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.errors import UsageError
from crawler import __version__
from crawler import settings as defaults
from crawler.guard import is_address
from crawler.oversight_options import OversightOptions
from crawler.politeness import Politeness, with_hosts
from crawler.requisites import Budget, Requisites

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_OURS = "SOURCEKEEP_"
_NAMES = frozenset(name for name in vars(defaults) if name.startswith(_OURS))
_BY_SPIDER = 30  # Scrapy's priority of what a spider sets
_SPOKEN = ("http", "https")  # schemes of proxies
_LONG = 1e9  # seconds; longer is for ever, and more than a date can bear
# What others read for themselves, link by link: here it is refused before the first one.
_WHOLE = {"CONCURRENT_REQUESTS": 1, "DOWNLOAD_MAXSIZE": 0, "DOWNLOAD_WARNSIZE": 0, "SOURCEKEEP_RESPONSE_BODY_MAX": 0,
          "SOURCEKEEP_CHECK_BODY_MAX": 0}  # fmt: skip
_SECONDS = {"DOWNLOAD_TIMEOUT": 0.01, "SOURCEKEEP_SLOW_AFTER": 0}
_NEAR = 0.9  # how like another name a slip of the pen is, as difflib counts
_SWITCHES = ("SOURCEKEEP_RECORD", "ROBOTSTXT_OBEY", "HTTPPROXY_ENABLED", "DOWNLOAD_VERIFY_CERTIFICATES")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run goes by."""

    collection: Path
    contact: str
    user_agent: str
    politeness: Politeness
    patience: timedelta
    slice_size: int
    warc_size: int
    warc_prefix: str
    allow_networks: tuple[str, ...]
    requisites: Requisites
    requisite_budget: Budget
    oversight: OversightOptions

    @classmethod
    def of(cls, settings: BaseSettings) -> Options:
        """The options that `settings` spell; raises `UsageError` naming the setting that makes no sense."""
        check_names(_given(settings))
        _check_values(settings)
        contact = str(settings.get("SOURCEKEEP_CONTACT") or "")
        return cls(
            collection=Path(str(settings["SOURCEKEEP_COLLECTION"])).expanduser().absolute(),
            contact=contact,
            user_agent=user_agent(str(settings["USER_AGENT"]), contact),
            politeness=_politeness(settings),
            patience=timedelta(seconds=min(_number(settings, "SOURCEKEEP_PATIENCE"), _LONG)),
            slice_size=int(_number(settings, "SOURCEKEEP_SLICE", least=1)),
            warc_size=int(_number(settings, "SOURCEKEEP_WARC_SIZE", least=1 << 20)),
            warc_prefix=str(settings["SOURCEKEEP_WARC_PREFIX"]),
            allow_networks=tuple(network(each) for each in settings.getlist("SOURCEKEEP_ALLOW_NETWORKS")),
            requisites=_requisites(settings),
            requisite_budget=Budget(
                count=int(_number(settings, "SOURCEKEEP_REQUISITE_COUNT")),
                bytes=int(_number(settings, "SOURCEKEEP_REQUISITE_BYTES")),
                seconds=_number(settings, "SOURCEKEEP_REQUISITE_SECONDS"),
            ),
            oversight=OversightOptions.of(settings),
        )


def _politeness(settings: BaseSettings) -> Politeness:
    policy = Politeness(
        delay=_number(settings, "SOURCEKEEP_DELAY"),
        max_delay=_number(settings, "SOURCEKEEP_MAX_DELAY"),
        delay_factor=_number(settings, "SOURCEKEEP_DELAY_FACTOR"),
        crawl_delay_max=_number(settings, "SOURCEKEEP_CRAWL_DELAY_MAX"),
        per_host=int(_number(settings, "SOURCEKEEP_PER_HOST", least=1)),
        tries=int(_number(settings, "SOURCEKEEP_TRIES", least=1)),
        retry_wait=_number(settings, "SOURCEKEEP_RETRY_WAIT"),
    )
    try:
        return with_hosts(policy, settings.getdict("SOURCEKEEP_HOSTS"))
    except (TypeError, ValueError) as error:
        raise UsageError(f"SOURCEKEEP_HOSTS takes {error}") from None


def check_names(names: Iterable[str]) -> None:
    """Raises `UsageError` for a setting of ours that does not exist: a slip of the pen must not be obeyed silently.

    Others may be anybody's; of one that is nearly one of Scrapy's a warning is logged, once in a process.
    """
    for name in names:
        if name in _NAMES:
            continue
        if name.upper().startswith(_OURS):
            near = difflib.get_close_matches(name.upper(), sorted(_NAMES), n=1)
            raise UsageError(f"there is no setting {name}" + (f"; did you mean {near[0]}?" if near else ""))
        _warn_of(name)


@cache
def _warn_of(name: str) -> None:
    near = difflib.get_close_matches(name.upper(), sorted(_scrapys()), n=1, cutoff=_NEAR)
    if near and name not in _scrapys():
        logger.warning("Scrapy has no setting %s; did you mean %s?", name, near[0])


@cache
def _scrapys() -> frozenset[str]:
    from scrapy.settings import default_settings  # noqa: PLC0415 - `--help` must not wait for Scrapy

    return frozenset(name for space in (default_settings, defaults) for name in vars(space) if name.isupper())


def _given(settings: BaseSettings) -> Iterable[str]:
    """Names that people gave; what a spider sets is how our own parts talk to each other."""
    return (name for name in settings if settings.getpriority(name) != _BY_SPIDER)


def _check_values(settings: BaseSettings) -> None:
    """Raises `UsageError` for what Scrapy would stumble over only when it is read."""
    for name, least in (_SECONDS | _WHOLE).items():
        _number(settings, name, least=least)
    for names, read, taken in ((_WHOLE, settings.getint, "a whole number"), (_SWITCHES, settings.getbool, "0 or 1")):
        for name in names:
            try:
                read(name)
            except (TypeError, ValueError):
                raise UsageError(f"{name} is {settings.get(name)!r}; it takes {taken}") from None
    _check_table(settings)
    _check_authorities(settings)


def _check_authorities(settings: BaseSettings) -> None:
    path = settings.get("SOURCEKEEP_CA_FILE")
    if not path:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(str(path))
    except ssl.SSLError:
        raise UsageError(f"SOURCEKEEP_CA_FILE: {path} holds no certificates in PEM form") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"SOURCEKEEP_CA_FILE: {path} cannot be read ({why})") from None


def _check_table(settings: BaseSettings) -> None:
    try:
        table = settings.getdict("SOURCEKEEP_RESOLVE")
    except (TypeError, ValueError):
        raise UsageError('SOURCEKEEP_RESOLVE takes JSON like {"news.example": "192.0.2.1"}') from None
    for host, value in table.items():
        for address in value if isinstance(value, list | tuple) else (value,):
            if not is_address(str(address)):
                raise UsageError(f"SOURCEKEEP_RESOLVE gives {host} the address {address!r}, which is none")


def check_proxies(proxies: Mapping[str, str]) -> None:
    """Raises `UsageError` where a proxy (by the scheme it is for) cannot be spoken to: each link would fail for it."""
    for kind in _SPOKEN:
        given = proxies.get(kind, "")
        scheme, names_one, _ = given.partition("://")
        if given and not _names_host(given if names_one else f"//{given}"):
            raise UsageError(
                f"{kind}_proxy names no host to connect to, or no port; write it like http://proxy.example:3128, or"
                f" unset {kind}_proxy"
            )
        if names_one and scheme.lower() not in _SPOKEN:
            raise UsageError(
                f"{kind}_proxy names a proxy of the scheme {scheme!r}, and we speak to http and https proxies only;"
                f" name one of those, or unset {kind}_proxy"
            )


def _names_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def user_agent(name: str, contact: str) -> str:
    """The User-Agent header: `name`, with the operator's contact where there is one."""
    if not contact or "+" in name:
        return name
    return f"sourcekeep/{__version__} (news source archiving; +{contact})"


def network(text: str) -> str:
    """`text` as a CIDR in its normal form; raises `UsageError` if it is none, or an address within one."""
    given = str(text).strip()
    try:
        meant = ipaddress.ip_network(given, strict=False)
    except ValueError as error:
        raise UsageError(f"{text!r} is no network; write it like 127.0.0.0/8 or fd00::/8") from error
    if meant.network_address != ipaddress.ip_interface(given).ip:
        raise UsageError(f"{text!r} is an address within a network; write {meant} if you mean all of it")
    return str(meant)


def _requisites(settings: BaseSettings) -> Requisites:
    value = str(settings.get("SOURCEKEEP_REQUISITES"))
    try:
        return Requisites(value)
    except ValueError:
        raise UsageError(f"SOURCEKEEP_REQUISITES is {value!r}; it takes none, page or all") from None


def _number(settings: BaseSettings, name: str, *, least: float = 0) -> float:
    value: object = settings.get(name)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = float("nan")
    if not least <= number < float("inf"):
        raise UsageError(f"{name} is {value!r}; it takes a number of at least {least:g}")
    return number


def described(options: Options) -> Mapping[str, object]:
    """The options as plain values, for the run's record and report. Holds no secret."""
    policy = options.politeness
    return {
        "collection": options.collection.name,
        "contact": options.contact,
        "user_agent": options.user_agent,
        "delay": policy.delay,
        "max_delay": policy.max_delay,
        "crawl_delay_max": policy.crawl_delay_max,
        "per_host": policy.per_host,
        "hosts": {host: own.delay for host, own in policy.hosts.items()},
        "tries": policy.tries,
        "allow_networks": list(options.allow_networks),
        "requisites": options.requisites.value,
        "limit_pages": options.oversight.limits.pages,
        "limit_bytes": options.oversight.limits.bytes,
        "limit_time": options.oversight.limits.seconds,
        "disk_reserve": options.oversight.limits.reserve,
    }
