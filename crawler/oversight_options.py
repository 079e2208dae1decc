"""What watches over a run, as the settings say it: limits, the disk's reserve, metrics, the log file, old reports."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archive.errors import UsageError
from crawler.limits import Limits, seconds_of, size_of

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

T = TypeVar("T")
_MOST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightOptions:
    """How a run is watched over."""

    limits: Limits = field(default_factory=Limits)
    metrics_file: Path | None = None  # for node_exporter's textfile collector
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0  # 0: no socket is opened
    stall_after: float = 600.0  # seconds without progress after which a run is not healthy
    log_file: Path | None = None  # JSON lines
    log_size: int = 10 << 20  # bytes after which a new one is begun
    log_files: int = 5  # old ones that are kept
    keep_reports: int = 0  # runs whose reports are kept; 0: all
    keep_report_days: int = 0  # 0: for ever

    @classmethod
    def of(cls, settings: BaseSettings) -> OversightOptions:
        """The options that `settings` spell; raises `UsageError` naming the setting that makes no sense."""
        whole = _whole

        def read(name: str, reader: Callable[[object], T]) -> T:
            value: object = settings.get(f"SOURCEKEEP_{name}")
            try:
                return reader(_plain(value))
            except ValueError as error:
                raise UsageError(f"SOURCEKEEP_{name} is {value!r}; it takes {error}") from None

        return cls(
            limits=Limits(
                pages=read("LIMIT_PAGES", whole(0)),
                bytes=read("LIMIT_BYTES", size_of),
                seconds=read("LIMIT_TIME", seconds_of),
                reserve=read("DISK_RESERVE", size_of),
            ),
            metrics_file=read("METRICS_FILE", _path),
            metrics_host=read("METRICS_HOST", address),
            metrics_port=read("METRICS_PORT", port),
            stall_after=read("STALL_AFTER", seconds_of),
            log_file=read("JSON_LOG", _path),
            log_size=read("JSON_LOG_SIZE", size_of),
            log_files=read("JSON_LOG_FILES", whole(1)),
            keep_reports=read("KEEP_REPORTS", whole(0)),
            keep_report_days=read("KEEP_REPORT_DAYS", whole(0)),
        )


def _plain(value: object) -> object:
    """A whole number that `-s` spelled."""
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else value


def _whole(least: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"a whole number of at least {least}")
        return value

    return read


def port(value: object) -> int:
    """A port; 0 for none. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_PORT:
        raise ValueError("a port from 1 to 65_535, or 0 for none")
    return value


def address(value: object) -> str:
    """An IP address to listen at. Raises ValueError."""
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise ValueError("an IP address of this machine, like 127.0.0.1") from None


def _path(value: object) -> Path | None:
    text = str(value or "")
    if not text.isprintable():
        raise ValueError("a path")
    return Path(text).expanduser().absolute() if text else None
