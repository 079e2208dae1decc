"""Timers for jobs: units that systemd takes, lines that cron takes, and no more of either than there are jobs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from archive.errors import UsageError
from crawler.cli import run
from crawler.configuration import read_configuration
from crawler.units import Place, cron_block, family, leftovers, timer_of, unit_files, with_block

NASTY = PurePosixPath('/srv/100% "of" $HOME\\it\'s')
JOBS = read_configuration("""
[jobs.nightly]
schedule = "0 4 1,15 * fri"
steps = ["crawl https://a.test/"]
memory_max = "512M"
random_delay = "1h 30min"
writes = ["/srv/patched", "beside"]
[jobs.weekly]
schedule = "Sun *-*-* 12:00"
steps = ["verify"]
[jobs.by-hand]
steps = ["verify"]
""").jobs


def at(collection: PurePosixPath, *, user: str | None = None) -> Place:
    """A place with that collection."""
    return Place(collection=collection, program=("/opt/s k/sourcekeep",), user=user)


def test_every_job_with_a_schedule_has_two_units() -> None:
    """Its words, its bounds, and nothing writable but what it needs."""
    files = unit_files(JOBS, at(PurePosixPath("/srv/news"), user="keeper"))
    nightly = timer_of(PurePosixPath("/srv/news"), "nightly")
    assert len(files) == 4
    assert all(name.startswith("sourcekeep-news-") for name in files)
    timer = files[nightly.timer].splitlines()
    assert [line for line in timer if line.startswith("OnCalendar=")] == [
        "OnCalendar=*-*-01,15 04:00:00",
        "OnCalendar=Fri *-*-* 04:00:00",
    ]
    assert {"Persistent=true", "RandomizedDelaySec=1h 30min", "WantedBy=timers.target"} <= set(timer)
    assert {
        'ExecStart="/opt/s k/sourcekeep" run nightly -c /srv/news',
        "User=keeper",
        "MemoryMax=512M",
        "NoNewPrivileges=true",
        "PrivateTmp=true",
        "ProtectSystem=strict",
        "ReadWritePaths=/srv/news /srv/patched /srv/news/beside",
        "SuccessExitStatus=2 11 14 15",
        "After=network-online.target",
    } <= set(files[nightly.service].splitlines())


def test_two_collections_of_one_name_have_units_of_their_own() -> None:
    """What is taken away for one is never the other's, nor anybody else's."""
    here, there = PurePosixPath("/a/news"), PurePosixPath("/b/news")
    assert family(here) != family(there)
    ours, old = timer_of(here, "nightly").timer, timer_of(here, "gone").service
    names = [ours, old, timer_of(there, "nightly").timer, "ssh.service", f"{family(here)}x.timer.d"]
    assert leftovers(names, [ours], here) == [old]


def test_a_path_that_no_unit_can_name_is_refused() -> None:
    """A line end would begin a line of its own."""
    with pytest.raises(UsageError, match="another name"):
        unit_files(JOBS, at(PurePosixPath("/srv/a\nExecStart=/bin/false")))


def test_no_private_tmp_hides_a_collection_that_lies_there() -> None:
    """The unit would not find it."""
    assert all("PrivateTmp" not in text for text in unit_files(JOBS, at(PurePosixPath("/var/tmp/news"))).values())


def test_cron_gets_the_same_jobs() -> None:
    """Each a line, with the owner's name where cron wants one; a bare % would end the command."""
    jobs = {name: job for name, job in JOBS.items() if name == "weekly"}
    assert cron_block(jobs, at(PurePosixPath("/srv/50%"), user="keeper")).splitlines()[1:] == [
        "0 12 * * 0 keeper '/opt/s k/sourcekeep' run weekly -q -c /srv/50\\%"
    ]
    first_monday = read_configuration("[jobs.n]\nschedule='Mon *-*-1..7 04:00'\nsteps=['verify']\n").jobs
    with pytest.raises(UsageError, match="no words in cron"):
        cron_block(first_monday, at(PurePosixPath("/srv/news")))


def test_a_crontab_keeps_every_line_that_is_not_ours() -> None:
    """Put in, put in again, changed, taken out: the others' lines stand as they stood."""
    here, there = PurePosixPath("/a/news"), PurePosixPath("/b/news")
    theirs = with_block("MAILTO=me\n0 1 * * * true\n", "x\n", there)
    once = with_block(theirs, "y\n", here)
    assert with_block(once, "y\n", here) == once
    assert with_block(with_block(once, "z\n", here), "", here) == theirs


def write(folder: Path, text: str) -> Path:
    """A collection's folder with this file."""
    folder.mkdir(exist_ok=True)
    (folder / "sourcekeep.toml").write_text(text)
    return folder


TWO = '[jobs.a]\nschedule="daily"\nsteps=["verify"]\n[jobs.b]\nschedule="@hourly"\nsteps=["recheck"]\n'


@pytest.mark.parametrize("flags", [[], ["--system"], ["--cron"], ["--system", "--cron"]])
def test_installing_again_changes_nothing_and_removing_takes_all(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For systemd and cron, for a user and for the machine; a job that is gone from the file goes from the folder."""
    collection, to = write(tmp_path / "news", TWO), tmp_path / "to"

    def did(action: str) -> list[str]:
        assert run(["schedule", action, "-c", str(collection), "--to", str(to), "--json", *flags]) == 0
        return [each["what"] for each in json.loads(capsys.readouterr().out)]

    files = 1 if "--cron" in flags else 4
    assert did("install") == ["written"] * files
    assert did("install") == ["unchanged"] * files
    write(collection, TWO.partition("[jobs.b]")[0])
    assert sorted(did("install")) == (["written"] if "--cron" in flags else ["removed"] * 2 + ["unchanged"] * 2)
    (collection / "sourcekeep.toml").write_text("no longer [ TOML")
    assert did("remove") == ["removed"] * (1 if "--cron" in flags else 2)
    assert did("remove") == []
    assert all(each.name == "crontab" and not each.read_text() for each in to.iterdir())


def test_a_job_with_a_wrong_flag_is_never_installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody would see it fail every night."""
    collection = write(tmp_path / "news", '[jobs.a]\nschedule="daily"\nsteps=["verify", "recheck --limt 3"]\n')
    assert run(["schedule", "install", "-c", str(collection), "--to", str(tmp_path / "to")]) == 4
    said = capsys.readouterr().err
    assert "sourcekeep.toml:3:18: 'recheck --limt 3': No such option" in said
    assert "--limit" in said
    assert not (tmp_path / "to").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("user", [None, "root"])
def test_systemd_takes_the_units(user: str | None, tmp_path: Path) -> None:
    """Also with a folder whose name holds all that a unit's syntax makes something of."""
    place = Place(collection=NASTY, program=(sys.executable, "-m", "crawler"), python_path="/a b", user=user)
    for name, text in unit_files(JOBS, place).items():
        (tmp_path / name).write_text(text)
    units = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "sourcekeep-" in line]
    assert (done.returncode, said) == (0, []), done.stderr
