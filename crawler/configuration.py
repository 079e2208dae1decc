"""sourcekeep.toml: what its text says, with the place of everything, and of every mistake (pure).

All mistakes are told at once, each with file, line and column and the nearest right name. Flags win over `-s`, that
over the file, and the file over the defaults; where that happens is `crawler.configuration_file`.
"""

from __future__ import annotations

import difflib
import re
import shlex
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from archive.errors import UsageError
from archive.urls import without_userinfo
from crawler.configuration_keys import KEYS, memory, one_of, span, text, texts
from crawler.configuration_notifications import read_channel
from crawler.limits import seconds_of
from crawler.notifications.channels import Channel
from crawler.timetables import Timetable, timetable
from crawler.toml_places import TOP, Path, Place, Places, places_in

FILE_NAME = "sourcekeep.toml"
STEP_VERBS = ("crawl", "recheck", "recover", "verify", "extract", "pages", "export", "links", "stats", "requisites",
              "aliases", "status")  # fmt: skip
_JOB_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SECRET = re.compile(
    r"passw|secret|token|api_?key|access_?key|spn_access|credential|authorization|cookie", re.IGNORECASE
)
_DECODE_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_NAMES = (
    ("jobs",),
    ("notifications",),
    ("hosts",),
    ("archives",),
    ("network", "resolve"),
)  # tables whose keys name things out there
_WALK = ("site", "languages", "jobs", "notifications")
_JOB_KEYS = (
    "schedule", "overlap", "steps", "memory_max", "random_delay", "writes", "room_wait", "expect_every",
)  # fmt: skip


class Overlap(StrEnum):
    """What a job does while another run holds the collection."""

    SKIP = "skip"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a job."""

    verb: str
    arguments: tuple[str, ...] = ()
    place: Place = TOP

    @property
    def command(self) -> str:
        """As it is typed."""
        return shlex.join([self.verb, *self.arguments])


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """A job of the file."""

    name: str
    steps: tuple[Step, ...]
    schedule: Timetable | None = None
    overlap: Overlap = Overlap.SKIP
    memory_max: str = "2G"
    random_delay: str = "10min"
    writes: tuple[str, ...] = ()  # folders outside the collection that its steps write
    room_wait: float = 0.0  # seconds that it waits for room on a full disk before it halts
    expect_every: float | None = None  # seconds after which it should have been done again
    place: Place = TOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A setting that the file gives, and where."""

    setting: str
    value: object
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a file says. An empty one says nothing."""

    sites: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    settings: tuple[Given, ...] = ()
    jobs: Mapping[str, JobPlan] = field(default_factory=dict)
    notifications: tuple[Channel, ...] = ()
    sites_place: Place = TOP


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """What is wrong, and where."""

    place: Place
    what: str


class ConfigurationMistaken(UsageError):
    """The file cannot be obeyed. `lines` has a line for each mistake."""

    def __init__(self, name: str, mistakes: Iterable[Mistake]) -> None:
        self.lines = tuple(f"{name}:{each.place.line}:{each.place.column}: {each.what}" for each in sorted(mistakes))
        super().__init__("; ".join(self.lines))


def read_configuration(content: str, name: str = FILE_NAME) -> Configuration:
    """What `content` says. Raises `ConfigurationMistaken` with all that is wrong; `name` is what the file is called."""
    try:
        document = tomllib.loads(content)
        reader = _Reader(places_in(content.replace("\r\n", " \n")))
    except ValueError as error:
        raise ConfigurationMistaken(name, [_no_toml(str(error), content)]) from None
    except RecursionError:
        raise ConfigurationMistaken(name, [Mistake(TOP, "its values are nested too deeply")]) from None
    configuration = reader.read(document)
    if reader.mistakes:
        raise ConfigurationMistaken(name, reader.mistakes)
    return configuration


def _no_toml(message: str, content: str) -> Mistake:
    found = _DECODE_PLACE.search(message)
    what = f"this is no TOML: {message[: found.start()] if found else message}"
    if found is not None and found[1] is not None:
        return Mistake(Place(int(found[1]), int(found[2])), what)
    return Mistake(Place(content.count("\n") + 1 if found else 1, 1), what)


def near(name: str, names: Collection[str]) -> str:
    """The name that was meant, as the end of a message; "" where none is near."""
    found = difflib.get_close_matches(name.lower(), sorted(names), n=1)
    return f"; did you mean {found[0]}?" if found else ""


class _Reader:
    """Reads one document, and notes what is wrong with it."""

    def __init__(self, places: Places) -> None:
        self.mistakes: list[Mistake] = []
        self._places = places

    def read(self, document: Mapping[str, object]) -> Configuration:
        self._refuse_secrets(document, ())
        return Configuration(
            sites=self._listed(document, "site", "an address or folder, or a list of them"),
            languages=self._listed(document, "languages", 'languages, like ["en", "zh"]'),
            settings=tuple(self._settings(document)),
            jobs=self._jobs(document.get("jobs", {})),
            notifications=tuple(self._notifications(document.get("notifications", {}))),
            sites_place=self._places.value(("site",)),
        )

    def _wrong(self, place: Place, what: str) -> None:
        if not any(each.place == place for each in self.mistakes):  # a secret is wrong once, whatever else it is
            self.mistakes.append(Mistake(place, what))

    def _refuse_secrets(self, value: object, path: Path) -> None:
        """Files are copied, committed and shown to people; what is secret comes by the environment."""
        last = path[-1] if path else ""
        if isinstance(last, str) and _SECRET.search(last) and path[:-1] not in _NAMES:
            self._wrong(self._places.key(path), f"{last!r} looks like a secret, and {_ELSEWHERE}")
        elif isinstance(value, str) and without_userinfo(value) != value:
            self._wrong(self._places.value(path), f"an address with a user name or password: {_ELSEWHERE}")
        elif isinstance(value, dict | list):
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
                self._refuse_secrets(inner, (*path, key))

    def _listed(self, document: Mapping[str, object], name: str, takes: str) -> tuple[str, ...]:
        value = document.get(name, [])
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list) and all(isinstance(one, str) and one and one.isprintable() for one in values):
            return tuple(values)
        self._wrong(self._places.value((name,)), f"{name} takes {takes}")
        return ()

    def _settings(self, document: Mapping[str, object]) -> Iterator[Given]:
        tables = {key.table for key in KEYS if key.table}
        top = {key.name for key in KEYS if not key.table} | set(_WALK)
        for name, value in document.items():
            if name in tables and isinstance(value, dict):
                yield from self._table(name, value)
            elif name in tables:
                self._wrong(self._places.value((name,)), f"[{name}] is a table: write its keys in lines below [{name}]")
            elif name in top:
                yield from self._setting("", name, value, (name,))
            else:
                self._wrong(self._places.key((name,)), _unknown(name, "", top | tables))

    def _table(self, table: str, values: Mapping[str, object]) -> Iterator[Given]:
        names = {key.name for key in KEYS if key.table == table}
        for name, value in values.items():
            if name in names:
                yield from self._setting(table, name, value, (table, name))
            else:
                self._wrong(self._places.key((table, name)), _unknown(name, table, names))

    def _setting(self, table: str, name: str, value: object, path: Path) -> Iterator[Given]:
        for key in KEYS:
            if (key.table, key.name) == (table, name):
                found = self._read(key.read, value, path)
                if found is not None:
                    yield Given(setting=key.setting, value=found, place=self._places.key(path))

    def _read(self, read: Callable[[object], object], value: object, path: Path) -> object | None:
        """The value; None, and a mistake noted, if it is not what is taken there."""
        try:
            return read(value)
        except ValueError as error:
            self._wrong(self._places.value(path), f"{path[-1]} takes {error}")
        except UsageError as error:
            self._wrong(self._places.value(path), str(error))
        return None

    # --- jobs ---

    def _jobs(self, value: object) -> dict[str, JobPlan]:
        if not isinstance(value, dict) or not all(isinstance(job, dict) for job in value.values()):
            self._wrong(self._places.value(("jobs",)), "jobs are tables: write [jobs.nightly] and its keys below")
            return {}
        return {name: self._job(name, job) for name, job in value.items()}

    def _job(self, name: str, job: Mapping[str, object]) -> JobPlan:
        path = ("jobs", name)
        if not _JOB_NAME.fullmatch(name):
            self._wrong(self._places.key(path), f"{name!r} is no name of a job: letters from a to z, digits, - and _")
        for key in job:
            if key not in _JOB_KEYS:
                self._wrong(self._places.key((*path, key)), _unknown(key, f"jobs.{name}", _JOB_KEYS))
        if "steps" not in job:
            self._wrong(self._places.key(path), f'[jobs.{name}] has no steps: write steps = ["crawl", "recheck"]')
        schedule = self._read(_timetable, job["schedule"], (*path, "schedule")) if "schedule" in job else None
        overlap = self._read(one_of(*Overlap), job.get("overlap", "skip"), (*path, "overlap"))
        writes = self._read(texts, job.get("writes", []), (*path, "writes"))
        return JobPlan(
            name=name,
            steps=tuple(self._steps(job.get("steps", []), (*path, "steps"))),
            schedule=schedule if isinstance(schedule, Timetable) else None,
            overlap=Overlap(str(overlap or "skip")),
            memory_max=str(self._read(memory, job.get("memory_max", "2G"), (*path, "memory_max"))),
            room_wait=self._seconds(job, "room_wait", path) or 0.0,
            expect_every=self._seconds(job, "expect_every", path),
            random_delay=str(self._read(span, job.get("random_delay", "10min"), (*path, "random_delay"))),
            writes=tuple(map(str, writes)) if isinstance(writes, list) else (),
            place=self._places.key(path),
        )

    def _seconds(self, job: Mapping[str, object], key: str, path: Path) -> float | None:
        found = self._read(seconds_of, job[key], (*path, key)) if key in job else None
        return found if isinstance(found, float) else None

    def _notifications(self, value: object) -> Iterator[Channel]:
        if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
            what = "notifications are tables: write [notifications.ops] and its keys below"
            self._wrong(self._places.value(("notifications",)), what)
            return
        for name, table in value.items():
            path = ("notifications", name)
            channel, wrong = read_channel(name, table, near)
            if not _JOB_NAME.fullmatch(name):
                self._wrong(self._places.key(path), f"{name!r} is no name: letters from a to z, digits, - and _")
            for each in wrong:
                place = path if each.key is None else (*path, each.key)
                whole = each.key is None or each.name
                self._wrong(self._places.key(place) if whole else self._places.value(place), each.what)
            if channel is not None:
                yield channel

    def _steps(self, value: object, path: Path) -> Iterator[Step]:
        if not isinstance(value, list):
            self._wrong(self._places.value(path), 'steps takes a list of commands, like ["crawl", "recheck --failed"]')
            return
        for number, written in enumerate(value):
            place = self._places.value((*path, number))
            try:
                yield _step(text(written), place)
            except ValueError as error:
                self._wrong(place, f'a step is a command, like "recheck --failed": {error}')


_ELSEWHERE = (
    "no secret belongs into a file that is copied and shown: give it in the environment "
    "(SOURCEKEEP_SPN_ACCESS and SOURCEKEEP_SPN_SECRET for `recover --save`, http_proxy for a proxy)"
)


def _timetable(value: object) -> object:
    return timetable(str(text(value)))


def _unknown(name: str, table: str, names: Collection[str]) -> str:
    where = f" in [{table}]" if table else ""
    plain = name.lower().removeprefix("sourcekeep_")
    for key in KEYS:
        if key.name == plain and (key.table, key.name) != (table, name):
            right = f"below [{key.table}]" if key.table else "to the top"
            return f"there is no key {name!r}{where}; {key.name} goes {right}"
    return f"there is no key {name!r}{where}{near(name, names)}"


def _step(written: object, place: Place) -> Step:
    """The step that `written` spells. Raises ValueError."""
    words = shlex.split(str(written))
    if words[:1] == ["sourcekeep"]:
        words = words[1:]
    if not words:
        raise ValueError("this one is empty")
    verb, *arguments = words
    if verb not in STEP_VERBS:
        raise ValueError(f"{verb!r} is no verb that a job can take{near(verb, STEP_VERBS)}")
    for word in arguments:
        if word.startswith(("-c", "--collection")):
            raise ValueError(f"{word!r} is not needed: a job works on the collection that its file lies in")
        if word in ("-h", "--help"):
            raise ValueError("it asks for help, which no job needs")
    for name in _settings_in(arguments):
        if _SECRET.search(name):
            raise ValueError(f"{name} looks like a secret, and {_ELSEWHERE}")
    return Step(verb=verb, arguments=tuple(arguments), place=place)


def _settings_in(arguments: list[str]) -> Iterator[str]:
    """Names of the settings that a command's `-s` gives."""
    for before, word in zip(("", *arguments), arguments, strict=False):
        if before in ("-s", "--set"):
            yield word.partition("=")[0]
        elif word.startswith(("-s", "--set=")):
            yield word.removeprefix("--set=").removeprefix("-s").partition("=")[0]
