"""Timers for the jobs of a collection: systemd's units and cron's lines, as text (pure).

A unit may write the collection's folder, and what the job names besides, and nothing else; it gains no rights, sees no
foreign /tmp, and a job that takes too much memory is ended by the kernel without taking others with it. After
systemd.service(5), systemd.exec(5), systemd.timer(5) and crontab(5).
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from archive.errors import UsageError
from crawler.configuration import JobPlan

PREFIX = "sourcekeep-"
PERCENT = "\\%"  # a bare one is the end of a line to cron
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - what PrivateTmp hides


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and as whom jobs run. `user` is for the system's manager; None: it is the user's own."""

    collection: PurePath  # absolute
    program: tuple[str, ...]  # what is typed for `sourcekeep`
    python_path: str | None = None  # where its packages lie, if Python does not know
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A job's two units, by their file names."""

    job: str
    name: str  # without its ending

    @property
    def timer(self) -> str:
        """The unit that is enabled."""
        return f"{self.name}.timer"

    @property
    def service(self) -> str:
        """The unit that the timer starts."""
        return f"{self.name}.service"


def family(collection: PurePath) -> str:
    """What the names of all units of a collection begin with: its folder's name, and a digest of the whole path."""
    plain = re.sub(r"[^a-z0-9]+", "-", collection.name.lower()).strip("-")[:24] or "collection"
    return f"{PREFIX}{plain}-{hashlib.sha256(str(collection).encode(errors='surrogateescape')).hexdigest()[:8]}-"


def timer_of(collection: PurePath, job: str) -> Timer:
    """The names of a job's units."""
    return Timer(job=job, name=family(collection) + job)


def scheduled(jobs: Mapping[str, JobPlan]) -> list[JobPlan]:
    """The jobs that run by themselves."""
    return [job for job in jobs.values() if job.schedule is not None]


def unit_files(jobs: Mapping[str, JobPlan], place: Place) -> dict[str, str]:
    """The text of each unit, by its file name. Raises UsageError for a path that no unit can name."""
    files: dict[str, str] = {}
    for job in scheduled(jobs):
        names = timer_of(place.collection, job.name)
        files[names.service] = service(job, place)
        files[names.timer] = timer(job, place)
    return files


def mark(collection: PurePath) -> str:
    """The first line of each of our files; what does not begin with it is not ours."""
    return f"# Made by sourcekeep from {_printable(str(collection / 'sourcekeep.toml'))}: change it there."


def service(job: JobPlan, place: Place) -> str:
    """The unit that runs a job once."""
    folder = str(place.collection)
    online = ["Wants=network-online.target", "After=network-online.target"] if place.user is not None else []
    words = [*place.program, "run", job.name, "-c", folder]
    writable = [folder, *(str(place.collection / path) for path in job.writes)]
    return _unit(
        mark(place.collection),
        "[Unit]",
        f"Description=sourcekeep: {job.name} of {_specifiers(folder)}",
        *online,
        "",
        "[Service]",
        "Type=oneshot",
        *([f"User={place.user}"] if place.user is not None else []),
        *([f"Environment={_quoted('PYTHONPATH=' + place.python_path)}"] if place.python_path else []),
        f"ExecStart={' '.join(_quoted(word).replace('$', '$$') for word in words)}",
        "# dead links found, a limit reached, stopped by a signal: all as it should be",
        "SuccessExitStatus=2 11 14 15",
        "TimeoutStartSec=infinity",
        "KillMode=mixed",
        "TimeoutStopSec=10min",
        "Nice=10",
        f"MemoryMax={job.memory_max}",
        "NoNewPrivileges=true",
        *(["PrivateTmp=true"] if not _is_temporary(writable) else []),
        "ProtectSystem=strict",
        "ProtectHome=read-only",
        f"ReadWritePaths={' '.join(map(_quoted, writable))}",
        "ProtectControlGroups=true",
        "ProtectKernelTunables=true",
        "ProtectKernelModules=true",
        "RestrictSUIDSGID=true",
        "RestrictRealtime=true",
        "LockPersonality=true",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        "UMask=0027",
    )


def _is_temporary(folders: Iterable[str]) -> bool:
    """Whether any of them would be hidden by a /tmp of the unit's own."""
    return any(PurePath(folder).is_relative_to(parent) for folder in folders for parent in _TEMPORARY)


def timer(job: JobPlan, place: Place) -> str:
    """The unit that starts it, and makes up once for runs that were missed."""
    assert job.schedule is not None
    return _unit(
        mark(place.collection),
        "[Unit]",
        f"Description=sourcekeep: when {job.name} of {_specifiers(str(place.collection))} runs",
        "",
        "[Timer]",
        *(f"OnCalendar={calendar}" for calendar in job.schedule.calendar),
        "Persistent=true",
        f"RandomizedDelaySec={job.random_delay}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    )


def _unit(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _specifiers(text: str) -> str:
    return _printable(text).replace("%", "%%")


def _quoted(text: str) -> str:
    """A word of a unit, after "Quoting" in systemd.syntax(7)."""
    escaped = _specifiers(text).replace("\\", "\\\\").replace('"', '\\"')
    return escaped if re.fullmatch(r"[\w./:=%+@,\-]+", escaped, re.ASCII) else f'"{escaped}"'


def _printable(text: str) -> str:
    if not text.isprintable():
        raise UsageError(f"{text!r} holds characters that no timer's file can name; give the folder another name")
    return text


# --- cron ---


def cron_block(jobs: Mapping[str, JobPlan], place: Place) -> str:
    """The lines of a crontab, the user's name in each if `place` has one. Raises UsageError.

    Unlike a timer, cron makes up for no run that was missed, and waits for no random while.
    """
    lines = [mark(place.collection)]
    for job in scheduled(jobs):
        assert job.schedule is not None
        if job.schedule.cron is None:
            raise UsageError(
                f"the schedule {job.schedule.written!r} of the job {job.name} has no words in cron; "
                'write it in five fields, like "15 3 * * *", or use systemd'
            )
        environment = ["env", f"PYTHONPATH={place.python_path}"] if place.python_path else []
        command = [*environment, *place.program, "run", job.name, "-q", "-c", str(place.collection)]
        who = f"{place.user} " if place.user is not None else ""
        lines.append(f"{job.schedule.cron} {who}{_printable(shlex.join(command)).replace('%', PERCENT)}")
    return _unit(*lines) if len(lines) > 1 else ""


def with_block(crontab: str, block: str, collection: PurePath) -> str:
    """A user's crontab with our lines for this collection in the place of those it had; without, for an empty block."""
    begin, end = f"# BEGIN {family(collection)[:-1]}", f"# END {family(collection)[:-1]}"
    kept, ours = [], False
    for line in crontab.splitlines():
        ours = ours or line == begin
        if not ours:
            kept.append(line)
        ours = ours and line != end
    added = [begin, *block.splitlines(), end] if block else []
    return "".join(f"{line}\n" for line in (*kept, *added))


def leftovers(names: Iterable[str], wanted: Iterable[str], collection: PurePath) -> list[str]:
    """Of the files in a folder of units, those of this collection that no job has any more."""
    ours = re.compile(re.escape(family(collection)) + r"[a-z][a-z0-9_-]*\.(?:service|timer)")
    kept = frozenset(wanted)
    return sorted(name for name in names if ours.fullmatch(name) and name not in kept)
