"""Save Page Now: has links that are alive saved by the Wayback Machine, before they die.

With the keys of an account, out of the environment. One link at a time: asked for, then its job's status until it is
over. What was archived within 30 days is not archived again, by us nor by the archive.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import requests

from archive.checks import Standing
from archive.errors import UsageError
from archive.keeper import Submission
from archive.mementos import Recovery, RecoveryOutcome
from archive.recoveries import last_asked
from archive.state_rows import state_of, states
from archive.workers import line_of
from crawler.guard import AddressGuard, allowed_networks
from crawler.memento.asking import LONGEST_WAIT, MOST_BYTES, TIMEOUTS, Pacer, retry_after
from crawler.memento.choosing import moment
from crawler.memento.guarded import Directory, RefusedAddress, session

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from crawler.jobs import Job

NAME = "Save Page Now"
ACCESS, SECRET = "SOURCEKEEP_SPN_ACCESS", "SOURCEKEEP_SPN_SECRET"
NOT_AGAIN = timedelta(days=30)
MOST_SECONDS = 180.0  # for one job
_OVER = ("error:too-many-daily-captures", "error:user-session-limit", "error:blocked-client-ip", "error:no-access")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Of an account with the Internet Archive. Their values stand in no message."""

    access: str
    secret: str

    @property
    def header(self) -> str:
        """The Authorization header's value."""
        return f"LOW {self.access}:{self.secret}"

    def __repr__(self) -> str:
        return "Keys(...)"


class NotSaved(Exception):
    """This link was not saved."""


class Refused(Exception):
    """Nothing will be saved in this run: wrong keys, a limit reached, the archive out of reach."""


def keys_from_environment() -> Keys:
    """The keys. Raises UsageError where there are none."""
    access, secret = os.environ.get(ACCESS, "").strip(), os.environ.get(SECRET, "").strip()
    if not access or not secret:
        raise UsageError(f"--save needs the keys of an account with the Internet Archive: set {ACCESS} and {SECRET}")
    if not (access + secret).isascii() or not (access + secret).isprintable():
        raise UsageError(f"{ACCESS} and {SECRET} hold what no header can carry")
    return Keys(access=access, secret=secret)


class Saver:
    """Asks Save Page Now (its second version) for one link at a time."""

    def __init__(
        self, base: str, asking: requests.Session, keys: Keys, *, pause: float, stopped: threading.Event
    ) -> None:
        self._base = base.rstrip("/")
        self._asking = asking
        self._keys = keys
        self._pacer = Pacer(pause)
        self._stopped = stopped

    def save(self, url: str) -> tuple[str, datetime | None]:
        """The memento's address and time. Raises NotSaved, Refused."""
        asked = {"url": url, "if_not_archived_within": f"{NOT_AGAIN.days}d", "skip_first_archive": "1"}
        begun = self._json("POST", "/save", data=asked)
        job = begun.get("job_id")
        if not isinstance(job, str) or not job.replace("-", "").replace("_", "").isalnum():
            raise _failure(begun)
        until = time.monotonic() + MOST_SECONDS
        while time.monotonic() < until and not self._stopped.is_set():
            status = self._json("GET", f"/save/status/{job}")
            match status.get("status"):
                case "pending":
                    continue
                case "success":
                    stamp, original = str(status.get("timestamp", "")), str(status.get("original_url") or url)
                    return f"{self._base}/web/{stamp}/{original}", moment(stamp)
                case _:
                    raise _failure(status)
        raise NotSaved("it is not done yet")

    def _json(self, method: str, path: str, data: dict[str, str] | None = None) -> dict[str, object]:
        self._pacer.take(self._stopped)
        if self._stopped.is_set():
            raise Refused("stopped")
        headers = {"Authorization": self._keys.header, "Accept": "application/json"}
        try:
            with self._asking.request(
                method,
                self._base + path,
                data=data,
                headers=headers,
                timeout=TIMEOUTS,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return self._read(answer)
        except requests.RequestException as error:
            raise Refused(line_of(f"{type(error).__name__}: {error}")) from error
        except RefusedAddress as error:
            raise Refused(f"we never connect to it: {error}") from error

    def _read(self, answer: requests.Response) -> dict[str, object]:
        if answer.status_code in (401, 403):
            raise Refused(f"it does not accept the keys ({answer.status_code})")
        if answer.status_code == 429 or answer.status_code >= 500:
            wait = retry_after(answer.headers.get("Retry-After"), datetime.now().astimezone())
            if wait is None or wait > LONGEST_WAIT:
                raise Refused(f"it says {answer.status_code}")
            self._pacer.hold(wait)
            raise NotSaved(f"it says {answer.status_code}, and to come back in {wait:.0f} s")
        text = next(answer.iter_content(MOST_BYTES), b"").decode("utf-8", "replace")
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Refused(f"it says {answer.status_code}, and nothing that can be read")
        return found


def _failure(said: dict[str, object]) -> Exception:
    code = str(said.get("status_ext") or "")
    text = line_of(str(said.get("message") or code or "it says neither yes nor no"))
    return Refused(text) if code in _OVER else NotSaved(text)


def save_links(
    job: Job,
    settings: BaseSettings,
    keys: Keys,
    *,
    url: str | None,
    limit: int | None,
    tell: Callable[[Recovery], object],
) -> int:
    """Have the links of the collection that are alive saved; how many were. What stops it is a problem of the job's."""
    stopped = threading.Event()
    guard = AddressGuard(allowed_networks(job.options.allow_networks))
    asking = session(Directory(guard, settings.getdict("SOURCEKEEP_RESOLVE")), job.options.user_agent)
    pause = settings.getfloat("SOURCEKEEP_SAVE_PAUSE")
    saver = Saver(str(settings["SOURCEKEEP_SAVE_BASE"]), asking, keys, pause=pause, stopped=stopped)
    saved = failed = 0
    for each in _alive(job, url):
        if job.interrupted or (limit is not None and saved + failed >= limit):
            break
        try:
            recovery = _saved(job, saver, each)
        except Refused as error:
            job.problem(f"{NAME}: {error}; nothing more is saved in this run")
            break
        job.keeper.put(Submission(recovery=recovery))
        saved += recovery.outcome is RecoveryOutcome.SAVED
        failed += recovery.outcome is not RecoveryOutcome.SAVED
        tell(recovery)
    if failed:
        job.problem(f"{NAME}: {failed} links were not saved; run the same command again later")
    return saved


def _saved(job: Job, saver: Saver, url: str) -> Recovery:
    try:
        memento, at = saver.save(url)
    except NotSaved as error:
        return Recovery(
            url=url,
            archive=NAME,
            asked_at=job.now(),
            outcome=RecoveryOutcome.ARCHIVE_UNAVAILABLE,
            why=str(error),
        )
    return Recovery(
        url=url,
        archive=NAME,
        asked_at=job.now(),
        outcome=RecoveryOutcome.SAVED,
        memento_url=memento,
        captured_at=at,
    )


def _alive(job: Job, url: str | None) -> Iterator[str]:
    """Links to be saved: alive, and not saved lately."""
    with job.catalogue.reading() as connection:
        if url is None:
            urls = [state.url for state in states(connection, state=Standing.ALIVE)]
        else:
            state = state_of(connection, url)
            if state is None or state.state is not Standing.ALIVE:
                raise UsageError(f"{url} is not known to be alive; run recheck --url first")
            urls = [url]
    for each in urls:
        with job.catalogue.reading() as connection:
            last = last_asked(connection, each, since=job.now() - NOT_AGAIN).get(NAME)
        if last is None or last.outcome is not RecoveryOutcome.SAVED:
            yield each
