"""The keys of sourcekeep.toml: which setting each one is, what it takes, and what stands beside it (pure).

A key bears its setting's name (`SOURCEKEEP_MOST_PAGES` is `most_pages`, `DOWNLOAD_TIMEOUT` `download_timeout`); the
tables only sort them. A key that is not here is refused: there is none that does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from archive.errors import UsageError
from crawler import settings as defaults
from crawler.guard import is_address
from crawler.limits import seconds_of, size_of
from crawler.options import network
from crawler.oversight_options import address, port
from crawler.politeness import Politeness, with_hosts
from crawler.requisites import Requisites

Read = Callable[[object], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key. `read` returns the setting's value, and raises ValueError with what it takes instead."""

    table: str  # "" is the top of the file
    name: str
    setting: str
    read: Read
    about: str

    @property
    def default(self) -> object:
        """The setting's own."""
        return getattr(defaults, self.setting)


def text(value: object) -> object:
    """A string that fits on a line."""
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError('text in quotes, like "news"')
    return value


def number(least: float) -> Read:
    """Reads a number of at least `least`."""

    def read(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < float("inf"):
            raise ValueError(f"a number of at least {least:g}")
        return value

    return read


def whole(least: int) -> Read:
    """Reads a whole number of at least `least`."""

    def read(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"a whole number of at least {least:,}".replace(",", "_"))
        return value

    return read


def one_of(*words: str) -> Read:
    """Reads one of these words."""

    def read(value: object) -> object:
        if value not in words:
            raise ValueError(" or ".join(f'"{word}"' for word in words))
        return value

    return read


def texts(value: object) -> object:
    """A list of strings, each of them on a line."""
    if not isinstance(value, list):
        raise ValueError('a list of texts, like ["one", "two"]')
    return [text(each) for each in value]


def _networks(value: object) -> object:
    if not isinstance(value, list):
        raise ValueError('a list of networks, like ["127.0.0.0/8"]')
    try:
        return [network(str(each)) for each in value]
    except UsageError as error:
        raise ValueError(f'a list of networks, like ["127.0.0.0/8"] ({error})') from None


def _addresses(value: object) -> object:
    if not isinstance(value, dict) or not all(isinstance(one, str) and is_address(one) for one in value.values()):
        raise ValueError('a table of names with their addresses, like { "news.example" = "192.0.2.1" }')
    return value


def _archives(value: object) -> object:
    from crawler.memento.archives import archives_of, table_of  # noqa: PLC0415 - few runs need it

    try:
        archives_of(table_of(value))
    except UsageError as error:
        raise ValueError(f"tables with kind, base and pause ({error})") from None
    for row in value.values() if isinstance(value, dict) else ():
        for name in row:
            if name not in ARCHIVE_KEYS:
                raise ValueError(f"tables with {', '.join(ARCHIVE_KEYS)}; {name!r} is none of these")
    return value


def _hosts(value: object) -> object:
    with_hosts(Politeness(), value)
    return value


ARCHIVE_KEYS = ("kind", "base", "pause", "availability", "timemap")


def _ours(table: str, name: str, read: Read, about: str) -> Key:
    return Key(table=table, name=name, setting=f"SOURCEKEEP_{name.upper()}", read=read, about=about)


def _scrapy_s(table: str, name: str, read: Read, about: str) -> Key:
    return Key(table=table, name=name, setting=name.upper(), read=read, about=about)


_MORE, _MB = number(0), 1 << 20
KEYS = (
    _ours("", "contact", text, "URL or mail address of yours, for the User-Agent: hosts want to know who asks"),
    _ours("politeness", "delay", _MORE, "seconds between two requests to a host, at least"),
    _ours("politeness", "max_delay", _MORE, "seconds, ceiling of the pause that a slow server earns"),
    _ours("politeness", "delay_factor", _MORE, "the pause is the last answer's duration times this"),
    _ours("politeness", "crawl_delay_max", _MORE, "seconds; a longer Crawl-delay of robots.txt counts as this"),
    _ours("politeness", "per_host", whole(1), "requests in flight per host"),
    _ours("politeness", "tries", whole(1), "attempts per link and run"),
    _ours("politeness", "retry_wait", _MORE, "seconds before the second attempt; doubles with each further one"),
    _ours("politeness", "patience", _MORE, "seconds a run waits for links that are put off"),
    _scrapy_s("politeness", "concurrent_requests", whole(1), "transfers at once, over all hosts"),
    _scrapy_s("politeness", "download_timeout", number(1), "seconds after which a body is cut off and marked so"),
    _ours("politeness", "slow_after", _MORE, "seconds after which a transfer gives its place to another"),
    _ours("limits", "limit_pages", whole(0), "answers kept in one run, then it ends (exit code 14); 0: no limit"),
    _ours("limits", "limit_bytes", size_of, 'of their payloads, like "10 GB", then it ends (14)'),
    _ours("limits", "limit_time", seconds_of, 'of fetching in one run, like "2h 30min", then it ends (15)'),
    _ours("limits", "disk_reserve", size_of, "bytes of the disk that stay free: a run ends before it takes them (3)"),
    _ours("limits", "most_pages", whole(1), "pages of the site read in one run; the rest is left to the next"),
    _ours("limits", "most_links", whole(1), "links of one page of the site that are followed"),
    _ours("limits", "most_citations", whole(1), "of one event that are fetched"),
    _ours("limits", "most_empty_days", whole(1), "day indexes in a row without an event"),
    _ours("limits", "most_per_host", whole(1), "requests to one host in one run"),
    _ours("limits", "most_page_seconds", whole(1), "for the reading of one large page"),
    _scrapy_s("limits", "download_maxsize", whole(0), "bytes after which a body is cut off and marked so"),
    _ours("requisites", "requisites", one_of(*(each.value for each in Requisites)), "what sources need to be shown"),
    _ours("requisites", "requisite_count", whole(0), "requisites of one page, over all runs"),
    _ours("requisites", "requisite_bytes", whole(0), "bytes kept of the requisites of one page, over all runs"),
    _ours("requisites", "requisite_seconds", _MORE, "of fetching the requisites of one page, in one run"),
    _ours("network", "allow_networks", _networks, "loopback or private networks that may be fetched from"),
    _ours("network", "ca_file", text, "PEM file of certificate authorities to trust besides those of the system"),
    _ours("network", "resolve", _addresses, "host name to address, asked before DNS"),
    _ours("recheck", "control_name", text, "a host name that always resolves: tells dead names from a dead network"),
    _ours("recheck", "check_body_max", whole(0), "bytes of body that a check takes"),
    _ours("recover", "save_base", text, "of Save Page Now, for `recover --save`"),
    _ours("recover", "save_pause", _MORE, "seconds between two requests to it"),
    _ours("storage", "warc_size", whole(_MB), "bytes after which a WARC is finished and the next one begun"),
    _ours("storage", "warc_prefix", text, "what the names of WARC files begin with"),
    _ours("reports", "keep_reports", whole(0), "runs whose folders under runs/ are kept, the latest; 0: all"),
    _ours("reports", "keep_report_days", whole(0), "days for which they are kept; 0: for ever"),
    _ours("metrics", "metrics_file", text, "file that runs write metrics to (NAME.prom), for node_exporter"),
    _ours("metrics", "metrics_port", port, "where runs serve /metrics and /healthz; 0: no socket is opened"),
    _ours("metrics", "metrics_host", address, "address of this machine for that port"),
    _ours("metrics", "stall_after", seconds_of, "seconds without progress after which /healthz fails"),
    _ours("log", "json_log", text, "file that takes the log as JSON lines"),
    _ours("log", "json_log_size", size_of, "bytes after which the next one is begun"),
    _ours("log", "json_log_files", whole(1), "older ones that are kept"),
    _ours("", "hosts", _hosts, "host to delay, max_delay, delay_factor, crawl_delay_max of its own"),
    _ours("", "archives", _archives, "asked by `recover` in this order, and no others"),
)
BY_SETTING = {key.setting: key for key in KEYS}
# A relative one is meant from the file's folder.
PATHS = frozenset({"SOURCEKEEP_CA_FILE", "SOURCEKEEP_METRICS_FILE", "SOURCEKEEP_JSON_LOG"})

_MEMORY = re.compile(r"\d{1,9}[KMGT]?|\d{1,2}%|infinity")
_SPAN = re.compile(r"\d{1,6} ?(?:s|sec|min|h|d)?(?: \d{1,6} ?(?:s|sec|min|h|d))*")


def memory(value: object) -> object:
    """An amount of memory as systemd spells it."""
    if not isinstance(value, str) or not _MEMORY.fullmatch(value):
        raise ValueError('an amount of memory, like "2G", "80%" or "infinity"')
    return value


def span(value: object) -> object:
    """A time span as systemd spells it."""
    if not isinstance(value, str) or not _SPAN.fullmatch(value):
        raise ValueError('a time span, like "30s", "10min" or "1h 30min"')
    return value
