"""Who is told of what, and how, as sourcekeep.toml says it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit


class Happening(StrEnum):
    """What may be told of."""

    SUCCESS = "success"  # every step was done, and found nothing
    FAILURE = "failure"  # a step failed, verify found problems, the disk or the database was out of reach
    DISK = "disk"  # the disk is full, or has less free than its reserve
    LIMIT = "limit"  # a run ended by a limit
    STOPPED = "stopped"  # by a signal
    LEFT_OUT = "left_out"  # another run held the collection
    NEVER_RUN = "never_run"  # a job that is expected (`expect_every`) has not been done for longer
    NEWLY_DEAD = "newly_dead"  # links died
    REVIVED = "revived"  # dead links live again


USUAL = (Happening.FAILURE, Happening.NEVER_RUN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A POST of the message as JSON. `url` and `sign_with` may be names of secrets."""

    url: str
    sign_with: str | None = None
    ca_file: Path | None = None

    @property
    def where(self) -> str:
        """For people: never the whole of it, for paths of hooks are secrets."""
        try:
            return f"webhook at {_secret_name(self.url) or urlsplit(self.url).hostname}"
        except ValueError:
            return "webhook at no address"


class Tls(StrEnum):
    """How a mail server is spoken to."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail with the report as its text. `login_with` names the secret that is `user`'s password."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    user: str | None = None
    login_with: str | None = None
    ca_file: Path | None = None

    @property
    def where(self) -> str:
        """For people."""
        return f"mail to {', '.join(self.to)} by {self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command that reads the message as JSON from its standard input."""

    command: tuple[str, ...]

    @property
    def where(self) -> str:
        """For people."""
        return f"command {self.command[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to somebody, and what goes there."""

    name: str
    on: frozenset[Happening]
    to: Webhook | Mail | Program
    timeout: float = 20.0  # seconds, of one attempt
    tries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """What came of telling one of them."""

    name: str
    told: bool
    said: str  # what came of it, for people; no secret


def _secret_name(text: str) -> str | None:
    return text if text.startswith(("env:", "file:")) else None
