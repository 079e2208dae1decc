"""How gently a host is treated: pauses, Retry-After, retries (pure).

The pause after an answer grows with the time the answer took (a slow server is a busy one), between a floor and a
ceiling; a Crawl-delay of robots.txt raises the floor up to a bound of its own. Retry-After (RFC 9110 section 10.2.3)
is obeyed to the second, for the whole host.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from archive.urls import host_key

# A Retry-After beyond this is a mistake of the server's; it is cut to it rather than believed or ignored.
LONGEST_RETRY_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """The operator's limits. All times in seconds."""

    delay: float = 1.0  # floor of the pause between the end of one request to a host and the start of the next
    max_delay: float = 30.0  # ceiling of the pause that a slow server earns
    delay_factor: float = 2.0  # pause = duration of the last request times this, within floor and ceiling
    crawl_delay_max: float = 60.0  # a Crawl-delay above this counts as this
    per_host: int = 1  # requests in flight per host
    tries: int = 3  # attempts per link and run
    retry_wait: float = 5.0  # before the second attempt; doubles with each further one
    hosts: Mapping[str, Politeness] = field(default_factory=dict, hash=False)  # those with pauses of their own

    def at(self, host: str) -> Politeness:
        """What holds for `host` (name, or name:port as `host_key` has it): its own, or that of its name, or this."""
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return self.hosts.get(host) or self.hosts.get(name) or self


PAUSES = ("delay", "max_delay", "delay_factor", "crawl_delay_max")  # what a host may have of its own


def with_hosts(policy: Politeness, table: object) -> Politeness:
    """`policy` with the pauses that `table` (host to some of `PAUSES`) gives single hosts. Raises ValueError."""
    if not isinstance(table, Mapping):
        raise ValueError('hosts with their pauses, like { "news.example" = { delay = 5.0 } }')
    return replace(policy, hosts=dict(_host(policy, str(name), row) for name, row in table.items()))


def _host(policy: Politeness, name: str, row: object) -> tuple[str, Politeness]:
    if not isinstance(row, Mapping):
        raise ValueError(f"a table of pauses for {name!r}, like {{ delay = 5.0 }}")
    for key, value in row.items():
        if key not in PAUSES:
            raise ValueError(f"{', '.join(PAUSES)} for {name!r}, and {key!r} is none of these")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"a number of at least 0 for {key} of {name!r}, not {value!r}")
    try:
        host = host_key(f"http://{name}/")
    except ValueError:
        host = ""
    if not host or "/" in name or "@" in name:
        raise ValueError(f"names of hosts, like news.example, and {name!r} is none")
    own = {key: float(row.get(key, getattr(policy, key))) for key in PAUSES}
    return host, replace(
        policy,
        delay=own["delay"],
        max_delay=own["max_delay"],
        delay_factor=own["delay_factor"],
        crawl_delay_max=own["crawl_delay_max"],
    )


def pause_after(policy: Politeness, *, duration: float, crawl_delay: float | None = None) -> float:
    """Seconds to leave a host alone after a request that took `duration` seconds."""
    adaptive = min(policy.max_delay, duration * policy.delay_factor) if policy.delay else 0.0
    asked = min(crawl_delay or 0.0, policy.crawl_delay_max)
    return max(policy.delay, adaptive, asked)


def retry_wait(policy: Politeness, *, tries: int) -> timedelta:
    """The wait before attempt number `tries` + 1 at the same link, `tries` of them made already."""
    return timedelta(seconds=policy.retry_wait * 2 ** min(max(tries - 1, 0), 10))


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """When the server wants to be asked again: Retry-After as seconds or HTTP-date; None if absent or unreadable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return now + min(LONGEST_RETRY_AFTER, timedelta(seconds=int(text[:9])))
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return min(max(when, now), now + LONGEST_RETRY_AFTER)
