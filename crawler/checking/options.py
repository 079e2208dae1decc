"""The typed view of the settings that only checks go by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.moments import clock_time

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

MOST_PER_HOST = 2  # checks of one host at once, whatever SOURCEKEEP_PER_HOST says


class Clock:
    """The time of checks, states and dues: the real one, or that of `--now`, from which it goes on."""

    def __init__(self, now: datetime | None) -> None:
        self.moved = now is not None
        self._ahead = timedelta(0) if now is None else now - datetime.now(UTC)

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC) + self._ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What checks go by, beside `Options`."""

    clock: Clock
    control_name: str  # "" for none
    body_max: int  # bytes
    transfers: int  # at once
    per_host: int

    @classmethod
    def of(cls, settings: BaseSettings) -> CheckOptions:
        """The options that `settings` spell; raises `UsageError` naming the setting that makes no sense."""
        now = str(settings.get("SOURCEKEEP_NOW") or "")
        return cls(
            clock=Clock(clock_time(now) if now else None),
            control_name=str(settings.get("SOURCEKEEP_CONTROL_NAME") or "").strip(),
            body_max=settings.getint("SOURCEKEEP_CHECK_BODY_MAX"),
            transfers=max(1, settings.getint("CONCURRENT_REQUESTS")),
            per_host=max(1, min(MOST_PER_HOST, settings.getint("SOURCEKEEP_PER_HOST"))),
        )
