"""What a robots.txt answer means (RFC 9309), as a value (pure).

2xx: its rules, read to 500 KiB (section 2.5). 4xx: everything is allowed (2.3.1.3). 5xx: nothing is (2.3.1.4).
That is a fault of the moment, not a rule: like an answer that never came, the link shares it and is tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from protego import Protego

PRODUCT = "sourcekeep"
MOST_BYTES = 500 * 1024


class _Rules(Protocol):
    def can_fetch(self, url: str, user_agent: str) -> bool: ...
    def crawl_delay(self, user_agent: str) -> float | None: ...


@dataclass(frozen=True, slots=True)
class RobotsPolicy:
    """What one host allows. `rules` is None where there is no rules file: then everything is allowed."""

    rules: _Rules | None

    def allows(self, url: str) -> bool:
        """Whether `url` may be fetched by us."""
        return self.rules is None or self.rules.can_fetch(url, PRODUCT)

    @property
    def crawl_delay(self) -> float | None:
        """Seconds the host asks us to leave between requests, if it does."""
        delay = self.rules.crawl_delay(PRODUCT) if self.rules is not None else None
        return float(delay) if delay is not None and 0 <= delay < float("inf") else None


def robots_policy(status: int, body: bytes) -> RobotsPolicy | None:
    """The policy that an answer to GET /robots.txt gives; None for a 5xx: nothing is allowed until it answers.

    `body` is content-decoded.
    """
    if status >= 500:
        return None
    if 200 <= status < 300:
        return RobotsPolicy(Protego.parse(body[:MOST_BYTES].decode("utf-8", "replace").lstrip("\ufeff")))
    return RobotsPolicy(None)
