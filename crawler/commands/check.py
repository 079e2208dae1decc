"""`sourcekeep check`: any list of links, checked once; no collection needed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import say, verb
from crawler.commands.check_baselines import take_baselines
from crawler.commands.crawl import read_settings
from crawler.commands.listing import default_format, echo, painter
from crawler.moments import clock_time
from crawler.printing import Printer
from crawler.terminal import count

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from archive.checks import Check
    from crawler.checklists import Asked
    from crawler.link_formats import Row, Writer

FORMATS = ("table", "json", "jsonl", "csv", "markdown", "junit", "html", "lychee-json")
DEAD, NOT_MADE = 2, 1


@verb(
    examples=(
        "sourcekeep check http://site.example/story http://other.example/",
        "sourcekeep check -i links.txt --format junit > links.xml",
        "jq -c '{id, url}' articles.json | sourcekeep check -i - --baseline 2019.warc.gz",
        "sourcekeep check -i links.txt -c ./collection",
    ),
    exits=(0, 1, 2, 3, 4, 8, 11),
)
@click.argument("urls", metavar="[URL...]", nargs=-1)
@click.option("-i", "--input", "inputs", multiple=True, metavar="FILE", help="A list of links; - for standard input.")
@click.option(
    "--baseline", "baselines", multiple=True, type=click.Path(path_type=Path), metavar="WARC",
    help="What the links once were: a .warc(.gz) or a folder of them. May be given several times.",
)  # fmt: skip
@click.option(
    "-c", "--collection", type=click.Path(file_okay=False, path_type=Path), help="Compare with its copies; only read."
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="How to print them [default: table, and jsonl when piped]."
)
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Seconds for each answer [default: 60].")
@click.option("--concurrency", type=click.IntRange(min=1), help="Transfers at once, over all hosts [default: 64].")
@click.option(
    "--per-host", type=click.IntRange(min=1, max=2), help="Checks of one host at once, 2 at most [default: 1]."
)
@click.option(
    "--ca-file", type=click.Path(path_type=Path), metavar="PEM", help="Certificate authorities to trust, too."
)
@click.option("--allow-network", multiple=True, metavar="CIDR", help="Allow loopback or private addresses in CIDR.")
@click.option("--contact", help="URL or mail address of yours, for the User-Agent: hosts want to know who asks.")
@click.option("--now", metavar="TIME", help="Take this for the time of the checks (ISO 8601), for replays.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep answers and verdicts, in a new folder; each answer names its record.",
)
@click.option("-s", "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Any setting, Scrapy's too.")
def check(
    urls: tuple[str, ...],
    *,
    inputs: tuple[str, ...],
    baselines: tuple[Path, ...],
    collection: Path | None,
    form: str | None,
    timeout: float | None,
    concurrency: int | None,
    per_host: int | None,
    ca_file: Path | None,
    allow_network: tuple[str, ...],
    contact: str | None,
    now: str | None,
    keep: Path | None,
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Check links, each once, and say what each turned out to be, as soon as it is known.

    A list is a URL a line, JSON lines, or a JSON array of {"id", "url", "expect_type"}. What is asked for twice is
    asked once and answered for each id. One check is no proof of death: a collection's `recheck` takes its time.
    Nothing is kept without --keep.
    """
    from crawler.link_formats import CHECK_FORMATS, Listing  # noqa: PLC0415 - `--help` must not wait for Scrapy

    asked = _asked(urls, inputs)
    at = clock_time(now) if now else None
    with _scratch(keep) as folder:
        settings = read_settings(folder, overrides, contact=contact, networks=allow_network, verbose=verbose)
        chosen = {"DOWNLOAD_TIMEOUT": timeout, "CONCURRENT_REQUESTS": concurrency, "SOURCEKEEP_PER_HOST": per_host}
        _choose(settings, {**chosen, "SOURCEKEEP_CA_FILE": _authorities(ca_file)})
        if at is not None:
            settings.set("SOURCEKEEP_NOW", at.isoformat(), priority="cmdline")
        writer = CHECK_FORMATS[form or default_format(as_json=as_json)](Listing.CHECKS)
        answers = _Answers(asked, writer, at or datetime.now(UTC))
        code = _run(settings, answers, baselines, collection, proven=keep is not None, quiet=quiet)
    if not quiet:
        say(answers.summary())
    return code


def _run(
    settings: Settings,
    answers: _Answers,
    baselines: Sequence[Path],
    collection: Path | None,
    *,
    proven: bool,
    quiet: bool,
) -> int:
    """Check what was asked for; the exit code."""
    from archive.collection import Collection  # noqa: PLC0415
    from crawler.checking.selection import Selection  # noqa: PLC0415
    from crawler.checklists import expectations  # noqa: PLC0415
    from crawler.rechecking import recheck  # noqa: PLC0415
    from crawler.verdict.answer import ContentKind  # noqa: PLC0415

    place = Collection(Path(str(settings["SOURCEKEEP_COLLECTION"])))
    place.prepare()
    covers = take_baselines(place, baselines, collection, answers.by_url)
    answers.begin()
    report = recheck(
        settings,
        Selection(urls=tuple(answers.by_url)),
        on_check=answers.take,
        expected=dict.fromkeys(covers, ContentKind.IMAGE) | expectations(answers.by_url),
        proven=proven,
        quiet=quiet or sys.stdout.isatty(),  # there the answers tell how far it is
    )
    ended = int(str(report["exit_code"]))
    answers.end(str(report["reason"]))
    if ended not in (0, DEAD):  # whether a link of the scratch collection is dead is none of our questions
        say(str(report["reason"]))
        return ended
    return answers.exit_code


class _Answers:
    """Prints the answer to each check for everybody who asked."""

    def __init__(self, asked: Sequence[Asked], writer: Writer, now: datetime) -> None:
        from crawler.checklists import by_url  # noqa: PLC0415
        from crawler.link_formats.table import Table  # noqa: PLC0415

        self.by_url = by_url(asked)
        self._faulty = [each for each in asked if each.fault is not None]
        self._waiting = dict(self.by_url)
        self._writer = writer
        self._now = now
        self._paint: Callable[[Row, str], None] | None = painter() if isinstance(writer, Table) else None
        self._counts: dict[str, int] = {}  # by what they ask of their reader
        self._classes: dict[str, int] = {}
        self._printer = Printer(_stop)

    def begin(self) -> None:
        """What stands before the answers, and what is no link at all."""
        self._printer.put(partial(echo, self._writer.begin()))
        for each in self._faulty:
            self._print(_unfit(each, self._now))

    def take(self, check: Check) -> None:
        """A check was made."""
        from archive.urls import masked_userinfo  # noqa: PLC0415
        from crawler.link_formats import Row  # noqa: PLC0415

        for each in self._waiting.pop(check.url, ()):
            self._print(Row(url=masked_userinfo(each.url), id=each.id, check=check))

    def end(self, reason: str) -> None:
        """What was never checked, and what stands behind the answers. Raises OSError if they could not be printed."""
        from archive.urls import masked_userinfo  # noqa: PLC0415
        from crawler.link_formats import Row  # noqa: PLC0415

        for some in self._waiting.values():
            for each in some:
                self._print(Row(url=masked_userinfo(each.url), id=each.id, why=reason))
        self._waiting.clear()
        self._printer.put(partial(echo, self._writer.end()))
        self._printer.close()

    def _print(self, row: Row) -> None:
        self._counts[row.outcome] = self._counts.get(row.outcome, 0) + 1
        told = row.outcome if row.outcome == "not_made" else row.verdict_class or "not_made"
        self._classes[told] = self._classes.get(told, 0) + 1
        text = self._writer.row(row)
        self._printer.put(partial(echo, text) if self._paint is None else partial(self._paint, row, text))

    @property
    def exit_code(self) -> int:
        """2 if anything is dead, else 1 if a check could not be made, or a member of a list is no link."""
        if self._counts.get("dead"):
            return DEAD
        return NOT_MADE if self._counts.get("not_made") or self._faulty else 0

    def summary(self) -> str:
        """What they came to, in a line."""
        from archive.verdicts import VerdictClass  # noqa: PLC0415

        words = {**{str(each): str(each) for each in VerdictClass}, "invalid": "no URL", "not_made": "not checked"}
        told = [f"{self._classes[each]:,} {word}" for each, word in words.items() if self._classes.get(each)]
        return f"{count(sum(self._counts.values()), 'link')}: {', '.join(told) or 'nothing to check'}"


def _unfit(asked: Asked, now: datetime) -> Row:
    """The answer to a member of a list that is no link."""
    from archive.checks import Check  # noqa: PLC0415
    from archive.urls import masked_userinfo  # noqa: PLC0415
    from archive.verdicts import Evidence, Verdict, VerdictState  # noqa: PLC0415
    from crawler.link_formats import Row  # noqa: PLC0415

    why, url = asked.fault or "", masked_userinfo(asked.url)
    verdict = Verdict(state=VerdictState.MALFORMED_URL, evidence=Evidence(rule="no_link", words=(why,)))
    return Row(url=url, id=asked.id, check=Check(url=url, at=now, verdict=verdict), why=why)


def _stop() -> None:
    """Nobody reads our answers: end as if told to, in order."""
    os.kill(os.getpid(), signal.SIGINT)


# --- what is asked for, and how ---


def _asked(urls: Sequence[str], inputs: Sequence[str]) -> list[Asked]:
    """Raises UsageError for a list that cannot be read, before anything is fetched."""
    from crawler.checklists import Asked, read_list  # noqa: PLC0415

    if not urls and not inputs:
        raise UsageError("nothing to check: give URLs, or a list with -i FILE (- for standard input)")
    found = [Asked(url=url.strip()) for url in urls]
    for name in inputs:
        found += read_list(_read(name), "standard input" if name == "-" else name)
    return found


def _read(name: str) -> bytes:
    from crawler.checklists import MOST_BYTES  # noqa: PLC0415

    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).expanduser().open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error


def _choose(settings: Settings, chosen: Mapping[str, object]) -> None:
    for name, value in chosen.items():
        if value is not None:
            settings.set(name, value, priority="cmdline")


def _authorities(path: Path | None) -> str | None:
    """Raises UsageError for a file that holds no certificates."""
    import ssl  # noqa: PLC0415

    if path is None:
        return None
    place = str(path.expanduser().absolute())
    try:
        ssl.create_default_context().load_verify_locations(place)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(f"{path} gives no certificate authorities: {error.strerror or error}") from error
    return place


@contextlib.contextmanager
def _scratch(keep: Path | None) -> Iterator[Path]:
    """The folder of the collection that is made for this: a new one, or one that goes when all is said."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="sourcekeep-check-") as folder:
            yield Path(folder)
        return
    place = keep.expanduser().absolute()
    if place.exists() and any(place.iterdir()):
        raise UsageError(f"{place} is not empty; name a new folder with --keep")
    yield place
