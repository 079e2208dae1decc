"""A week of nightly jobs in an hour of nobody's life: the clock is passed in, links rot, move, revive and rate-limit.

The job's steps are run in this process; some are killed, before they do anything or before anybody notes that they are
done, as `kill -9` would leave it. What a kill leaves of WARCs and catalogue is for other tests.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.checks import Standing
from archive.collection import Collection
from archive.state_rows import state_of
from crawler.cli import run as sourcekeep
from crawler.commands.run import begun
from crawler.configuration_file import configured, sites_of
from crawler.job_ending import Teller
from crawler.job_execution import Execution
from crawler.job_folder import JobFolder
from crawler.job_sequence import JobRun
from crawler.job_steps import Command, commands_of
from crawler.oversight_options import OversightOptions
from crawler.report_files import read_json
from tests.crawler.check_bed import story
from tests.end_to_end.test_retry_after import PAGE
from tests.web.byte_server import ByteServer, ok
from tests.web.hook import Hook, hook

NIGHTS = 7
FILE = """
site = "{pages}"
[politeness]
delay = 0
delay_factor = 0
retry_wait = 0.02
[network]
allow_networks = ["127.0.0.0/8"]
[notifications.ops]
on = ["newly_dead", "revived", "failure"]
webhook = "{hook}"
[jobs.nightly]
steps = ["crawl --no-extract --requisites none", "recheck --failed"]
"""
GONE = ok(b"no such page", status=b"404 Not Found")


class Killed(BaseException):
    """The job is no more."""


@dataclass(slots=True)
class Week:
    """A collection, its jobs, and the web that it is about."""

    root: Path
    web: ByteServer
    busy: ByteServer
    hook: Hook
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    night: int = 0
    killed: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(20261123))

    @property
    def now(self) -> datetime:
        """The time that is passed in."""
        return self.began + self.night * timedelta(hours=24, minutes=20)  # timers are late now and then

    def job(self) -> tuple[JobRun, JobFolder]:
        """The night's job, begun again as often as it was killed."""
        while True:
            with contextlib.suppress(Killed):
                return self._job()
            self.killed += 1

    def _job(self) -> tuple[JobRun, JobFolder]:
        place, configuration = Collection(self.root), configured(self.root)
        plan = configuration.jobs["nightly"]
        commands = commands_of(plan, sites_of(configuration, self.root), "sourcekeep.toml")
        execution = Execution(
            place, now=lambda: self.now, tell=lambda _: None, waits=False, quiet=True, perform=self._perform
        )
        run, folder = begun(place, plan, commands, anew=False, now=self.now)
        ended = execution.carry_out(run, commands, folder)
        teller = Teller(place, configuration, OversightOptions(), now=lambda: self.now, tell=lambda _: None)
        return teller.conclude(ended, folder), folder

    def _perform(self, command: Command, output: Path) -> int:
        clock = ["--now", self.now.isoformat()] if command.verb == "recheck" else []
        said = io.StringIO()
        with output.open("x", encoding="utf-8") as file:
            if self.chance.random() < 0.15:
                raise Killed
            with contextlib.redirect_stdout(said):
                code = sourcekeep([*command.typed(self.root, quiet=True), *clock])
            file.write(said.getvalue())
        if self.chance.random() < 0.15:
            raise Killed
        return code

    def event(self, name: str, *urls: str) -> None:
        """An event page that cites these."""
        folder = self.root.parent / "pages" / "news" / "2016" / "02" / "3"
        folder.mkdir(parents=True, exist_ok=True)
        sources = "\n".join(f"{number}. [Courier]({url})" for number, url in enumerate(urls, 1))
        (folder / f"{name}.md").write_text(PAGE.format(sources=sources))

    def standing(self, path: str) -> Standing | None:
        """What is concluded of a link."""
        catalogue = Catalogue.open(self.root / "catalogue.db", create=False)
        with closing(catalogue), catalogue.reading() as connection:
            found = state_of(connection, self.web.url(path))
        return found.state if found is not None else None


@pytest.fixture
def week(tmp_path: Path) -> Iterator[Week]:
    """Monday evening."""
    with ByteServer() as web, ByteServer("127.0.0.2") as busy, hook() as receiver:
        web.on("/robots.txt", ok(b""))
        busy.on("/robots.txt", ok(b""))
        for name in ("steady", "rots", "flickers", "moves", "later"):
            web.on(f"/{name}", story(name))
        web.on("/moved-to", story("moves"))
        busy.on("/busy", ok(b"later", b"Retry-After: 1", status=b"429 Too Many Requests"), story("busy"))
        found = Week(root=tmp_path / "c", web=web, busy=busy, hook=receiver)
        Collection(found.root).prepare()
        found.event("a-bridge-opens", *map(web.url, ("/steady", "/rots", "/flickers", "/moves")), busy.url("/busy"))
        (found.root / "sourcekeep.toml").write_text(FILE.format(hook=receiver.url, pages=tmp_path / "pages"))
        yield found


def test_a_week_of_nights(week: Week) -> None:
    """Codes, states, ledger, reports and who is told are right each night, whatever was killed."""
    moved = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /moved-to\r\nContent-Length: 0\r\n\r\n"
    codes, dead_on = [], []
    for week.night in range(NIGHTS + 1):
        if week.night == 1:
            week.event("a-dam-breaks", week.web.url("/later"))
            week.web.on("/rots", GONE)
            week.web.on("/flickers", GONE)
            week.web.on("/moves", moved)
        if week.night == 4:
            week.web.on("/flickers", story("flickers"))
        if week.night == 1:  # nothing is due so soon: a person wants to know
            with contextlib.redirect_stdout(io.StringIO()):
                clock = ["--now", week.now.isoformat()]
                sourcekeep(["recheck", "--all", "-c", str(week.root), "--json", "-q", *clock])
        run, folder = week.job()
        codes.append(run.exit_code)
        report = read_json(folder.path / run.last_attempts[1].output)
        assert report is not None
        dead_on += [week.night] * len(report["newly_dead"])  # type: ignore[arg-type]
        ledger = read_json(folder.path / run.last_attempts[0].output)
        assert ledger is not None
        assert ledger["citations"]["total"] == (5 if week.night == 0 else 6)  # type: ignore[index]
        assert ledger["citations"]["kept"] == ledger["citations"]["total"]  # type: ignore[index]
        assert (folder.path / "report.html").stat().st_size > 1000
        assert json.loads((folder.path / "job.json").read_text())["complete"]
    assert dead_on == [7]
    assert codes == [0] * 7 + [2]
    assert week.killed > 3
    assert [week.standing(f"/{name}") for name in ("steady", "rots", "flickers", "moves", "later")] == [
        Standing.ALIVE, Standing.DEAD, Standing.ALIVE, Standing.ALIVE, Standing.NEW,
    ]  # fmt: skip
    assert sourcekeep(["verify", "-q", "-c", str(week.root)]) == 0
    assert [json.loads(body)["newly_dead"] for _, body in week.hook.came] == [[week.web.url("/rots")]]
    assert len(week.busy.requests("/busy")) <= 4
