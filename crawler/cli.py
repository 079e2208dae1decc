"""`sourcekeep`: the command line. Each verb is a file of `crawler.commands`, imported when it is asked for.

Help and version load neither Scrapy nor SQLAlchemy nor rich: what a verb does is said here in a line, not asked of it.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from archive.errors import SourcekeepError
from crawler import __version__
from crawler.commands import EXIT_CODES, say
from crawler.terminal import make_logs_visible

USAGE, DISK_FULL, STOPPED = 4, 3, 11

VERBS = {
    "crawl": "Walk an archive of event pages and keep every source they cite.",
    "parse": "Print what we read in event pages; fetches nothing.",
    "status": "Say what a collection holds and what came of every citation.",
    "runs": "List the runs and jobs of a collection, or show the report of one, as a page too.",
    "verify": "Check every record, index line and document of a collection.",
    "check": "Check any list of links, once; no collection needed.",
    "recheck": "Look again at the links that are due, and say which are dead.",
    "links": "List links with their states and proofs, tell what changed, mark what you know better.",
    "stats": "Show the link-rot curve by year, host or topic, as text, CSV or a picture.",
    "requisites": "Show which kept pages lack something they need, what, and why.",
    "aliases": "Show which addresses are one work, and the kept answer that proves it.",
    "lookup": "Show which copy of a link is the best at a date, where it lies, and why no other.",
    "pages": "Write the event pages with a copy beside each dead citation, or a diff of that.",
    "extract": "Read title, author, date and text out of the kept articles.",
    "import": "Take WARC files made by others into a collection.",
    "recover": "Bring dead links back from public web archives.",
    "export": "Write copies for others: an event's, some days', a link's or all, as WACZ.",
    "serve": "Show a collection in the browser, and serve its APIs.",
    "init": "Write a commented sourcekeep.toml for a collection, or say what is new in it.",
    "config": "Show each setting of a collection, and where it comes from.",
    "run": "Run a job of sourcekeep.toml, step after step.",
    "schedule": "Print, install or remove the timers of the jobs.",
    "assets": "Fetch ReplayWeb.page from npm, for copies to be replayed with their scripts.",
    "backup": "Make a second copy of a collection, also while a run is at work on it.",
    "doctor": "Look at machine, collection and network, and say what to do about what is not right.",
    "demo": "Crawl a small invented news archive on this machine, without network.",
}
_SPELLED = {"import": ("import_warc", "import_")}  # file and function of verbs that Python has another use for


class _Verbs(click.Group):
    """The verbs by name, each loaded only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        file, function = _SPELLED.get(cmd_name, (cmd_name, cmd_name))
        command: click.Command = getattr(importlib.import_module(f"crawler.commands.{file}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


_EPILOG = "\b\nExamples:\n" + "\n".join(
    f"  {example}"
    for example in (
        "sourcekeep demo",
        "sourcekeep crawl https://site.example/index.md -c ./collection",
        "sourcekeep status -c ./collection",
        "sourcekeep VERB --help",
    )
)
_EPILOG += "\n\n\b\nExit codes:\n" + "\n".join(f"  {code:>2}  {meaning}" for code, meaning in EXIT_CODES.items())


@click.group(
    cls=_Verbs,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="VERB [OPTIONS]...",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Keep the sources of the news: walk archives of event pages and save every original they cite as WARC."""


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command line. Nothing it prints makes it fail: what a stream cannot spell is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    make_logs_visible()
    try:
        code = cli.main(
            args=None if arguments is None else list(arguments), prog_name="sourcekeep", standalone_mode=False
        )
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        say("stopped")
        return STOPPED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        say(_usage(error))
        return USAGE
    except SourcekeepError as error:
        say(str(error))
        return error.exit_code
    except OSError as error:
        return _refused(error)
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    message = error.format_message().strip().rstrip(".")
    return f"{message}; see: {context.command_path if context else 'sourcekeep'} --help"


def _refused(error: OSError) -> int:
    """The exit code where the system refused something; a reader of our output that went away is no news."""
    if error.errno == errno.EPIPE:
        with contextlib.suppress(OSError):  # what is left in the buffer must not fail again when the process ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        say(f"{where}no room left on the disk; make room and run the same command again")
        return DISK_FULL
    if error.errno in (errno.EIO, errno.EROFS):
        say(f"{where}{error.strerror}; see to the disk and run the same command again")
        return DISK_FULL
    say(f"{where}{error.strerror or error}")
    return 1


if __name__ == "__main__":
    main()
