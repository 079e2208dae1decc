"""`sourcekeep schedule`: the timers that run a collection's jobs, by systemd or cron."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import SourcekeepError, UsageError
from crawler.commands import collection_option, say, verb
from crawler.terminal import json_line, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.configuration import JobPlan
    from crawler.units import Place

_SECONDS = 60
_MOST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was done to a file: `written`, `unchanged`, `removed`; `printed` has its text."""

    what: str
    path: Path
    text: str = ""


@verb(
    examples=(
        "sourcekeep schedule print -c ./collection",
        "sourcekeep schedule install -c ./collection",
        "sudo sourcekeep schedule install --system -c /srv/collection",
        "sourcekeep schedule install --cron -c ./collection",
    ),
    exits=(0, 1, 3, 4),
)
@click.argument("action", type=click.Choice(["print", "install", "remove"]))
@collection_option
@click.option("--system", is_flag=True, help="For the whole machine, as the collection's owner; wants root to install.")
@click.option("--cron", is_flag=True, help="Lines of a crontab instead of systemd's units.")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Write files into FOLDER and tell nobody, instead of where systemd or cron look.",
)  # fmt: skip
def schedule(
    action: str,
    collection: Path,
    *,
    system: bool,
    cron: bool,
    folder: Path | None,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,
) -> int:
    """Print, install or remove the timers of the jobs in the collection's sourcekeep.toml that have a schedule.

    Installing again brings the timers to what the file says now, and takes away those of jobs that are gone. A timer
    may write the collection and nothing else (`writes` of a job names more), and makes up once for missed runs. With
    --cron the lines go into your crontab, or with --system into a file of /etc/cron.d.
    """
    root = collection.expanduser().absolute()
    place = _place(root, system=system)
    jobs = {} if action == "remove" else _jobs(collection)
    work = _cron if cron else _systemd
    changes = list(work(action, jobs, place, folder))
    if as_json:
        click.echo(json_line([{"what": each.what, "path": str(each.path), "text": each.text} for each in changes]))
    elif action == "print":
        click.echo("\n".join(f"# {each.path}\n{each.text}" for each in changes), nl=False)
    elif not quiet:
        for each in changes:
            click.echo(printable(f"{each.what}  {each.path}"))
        if not changes:
            say("there was nothing to do: no job has a schedule" if action == "install" else "nothing was installed")
    return 0


def _jobs(collection: Path) -> Mapping[str, JobPlan]:
    """The jobs of the file, checked to the last flag, for nobody watches them run."""
    from crawler.configuration import FILE_NAME  # noqa: PLC0415
    from crawler.configuration_file import configured, sites_of  # noqa: PLC0415
    from crawler.job_steps import check_jobs  # noqa: PLC0415

    configuration = configured(collection)
    check_jobs(configuration, sites_of(configuration, collection), str(collection / FILE_NAME))
    if not configuration.jobs:
        raise UsageError(f"{collection / FILE_NAME} has no jobs; see: sourcekeep init --help")
    return configuration.jobs


def _place(root: Path, *, system: bool) -> Place:
    from crawler.units import Place  # noqa: PLC0415

    script = Path(sys.executable).with_name("sourcekeep")
    installed = os.access(script, os.X_OK)
    return Place(
        collection=root,
        program=(str(script),) if installed else (sys.executable, "-P", "-m", "crawler"),
        python_path=None if installed else str(Path(__file__).resolve().parents[2]),
        user=_owner(root) if system else None,
    )


def _owner(root: Path) -> str:
    try:
        return pwd.getpwuid(root.stat().st_uid).pw_name
    except (OSError, KeyError) as error:
        raise UsageError(f"{root} belongs to nobody whom this machine knows, or is not there ({error})") from error


# --- systemd ---


def _systemd(action: str, jobs: Mapping[str, JobPlan], place: Place, to: Path | None) -> Iterator[Change]:
    from crawler.units import leftovers, unit_files  # noqa: PLC0415

    folder = to or (Path("/etc/systemd/system") if place.user is not None else _config_home() / "systemd" / "user")
    files = unit_files(jobs, place)
    if action == "print":
        yield from (Change(what="printed", path=folder / name, text=text) for name, text in files.items())
        return
    present = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    gone = leftovers(present, files, place.collection)
    manager = _Manager(system=place.user is not None, silent=to is not None)
    manager.tell("disable", "--now", names=[name for name in gone if name.endswith(".timer")])
    for name in gone:
        (folder / name).unlink(missing_ok=True)
        yield Change(what="removed", path=folder / name)
    changes = [_written(folder / name, text) for name, text in files.items()]
    yield from changes
    if gone or any(each.what == "written" for each in changes):
        manager.tell("daemon-reload")
    manager.tell("enable", "--now", names=[name for name in files if name.endswith(".timer")])


def _config_home() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".config"


def _written(path: Path, text: str) -> Change:
    from archive.atomic_file import write_atomically  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    payload = text.encode(errors="surrogateescape")
    if path.is_file() and path.read_bytes() == payload:
        return Change(what="unchanged", path=path)
    write_atomically(path, payload)
    return Change(what="written", path=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manager:
    """systemd's manager, told by systemctl."""

    system: bool
    silent: bool

    def tell(self, *words: str, names: Sequence[str] | None = None) -> None:
        """Have it do something, to `names` if there are any. Raises SourcekeepError with what is to be typed."""
        if self.silent or names == []:
            return
        command = ["systemctl", *([] if self.system else ["--user"]), *words, *(names or [])]
        _told(command, b"")


def _told(command: Sequence[str], given: bytes) -> bytes:
    """What a tool of the system says. Raises SourcekeepError."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourcekeepError(f"{' '.join(command)}: {error}; see to that, and run the same command again") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise SourcekeepError(f"{' '.join(command)}: {said}; see to that, and run the same command again")
    return done.stdout


# --- cron ---


def _cron(action: str, jobs: Mapping[str, JobPlan], place: Place, to: Path | None) -> Iterator[Change]:
    from crawler.units import cron_block, family  # noqa: PLC0415

    block = cron_block(jobs, place)
    own = place.user is None
    path = (to or Path("/etc/cron.d")) / ("crontab" if own else family(place.collection)[:-1])
    if action == "print":
        yield Change(what="printed", path=path if to or not own else Path("crontab"), text=block)
    elif own:
        yield from _crontab(block, place, path if to is not None else None)
    elif block:
        yield _written(path, block)
    elif path.is_file():
        path.unlink()
        yield Change(what="removed", path=path)


def _crontab(block: str, place: Place, path: Path | None) -> Iterator[Change]:
    """The user's crontab brought to `block`; that at `path`, if one is given."""
    from crawler.units import with_block  # noqa: PLC0415

    before = _crontab_text() if path is None else path.read_text(errors="surrogateescape") if path.is_file() else ""
    after = with_block(before, block, place.collection)
    if after == before:
        if block:
            yield Change(what="unchanged", path=path or Path("crontab"))
        return
    if path is None:
        _told(["crontab", "-"], after.encode(errors="surrogateescape"))
    else:
        _written(path, after)
    yield Change(what="written" if block else "removed", path=path or Path("crontab"))


def _crontab_text() -> str:
    """The user's crontab; "" if there is none."""
    try:
        done = subprocess.run(["crontab", "-l"], capture_output=True, timeout=_SECONDS, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourcekeepError(f"crontab -l: {error}; is cron installed?") from error
    if done.returncode and b"no crontab" not in done.stderr:
        raise SourcekeepError(f"crontab -l: {done.stderr.decode(errors='replace').strip()}")
    return "" if done.returncode else done.stdout.decode(errors="surrogateescape")
