"""One verb of the command line a file, and what all of them have in common: options, help, exit codes.

Only click is imported here. A verb's module imports what it works with when it works, so that help costs nothing.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from crawler.terminal import printable

EXIT_CODES = {
    0: "done",
    1: "failed, or part of it could not be read or written: the messages say what",
    2: "problems found, or links found dead",
    3: "the disk is full or refused a write: see to it, the same command goes on",
    4: "wrong usage or configuration",
    5: "another run holds the collection",
    8: "the catalogue is out of reach or damaged; of recheck and check: this machine's network is down",
    11: "stopped by a signal, cleanly: the same command goes on from there",
    14: "size limit reached",
    15: "time limit reached",
}

Verb = Callable[..., int]

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_COMMON = (
    click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text for people."),
    click.option("-v", "--verbose", count=True, help="Say more; twice: still more."),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and what was asked for."),
)

collection_option = click.option(
    "-c",
    "--collection",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("collection"),
    envvar="SOURCEKEEP_COLLECTION",
    show_default="./collection",
    show_envvar=True,
    help="The collection's folder.",
)


def verb(
    *, examples: Sequence[str], exits: Sequence[int], name: str | None = None, group: bool = False
) -> Callable[[Verb], click.Command]:
    """Makes a verb of a function that returns its exit code. It is given `as_json`, `verbose` and `quiet` as well.

    `examples` and the meanings of `exits` stand at the end of its help. A `group` does its own work unless one of its
    parts is named; its function runs in either case.
    """

    def made(function: Verb) -> click.Command:
        for option in reversed(_COMMON):
            function = option(function)
        epilog = _epilog(examples, exits)
        if group:
            grouped = click.group(name, epilog=epilog, context_settings=_SETTINGS, invoke_without_command=True)
            return grouped(function)
        return click.command(name, epilog=epilog, context_settings=_SETTINGS)(function)

    return made


def _epilog(examples: Sequence[str], exits: Sequence[int]) -> str:
    """click rewraps a paragraph unless it begins with a backspace."""
    shown = "\n".join(f"  {example}" for example in examples)
    codes = "\n".join(f"  {code:>2}  {EXIT_CODES[code]}" for code in exits)
    return f"\b\n{'Example' if len(examples) == 1 else 'Examples'}:\n{shown}\n\n\b\nExit codes:\n{codes}"


def program() -> str:
    """What to type to run this command again: its name where the shell finds it, else the way to it."""
    called = Path(sys.argv[0])
    if called.name != "sourcekeep":
        return f"{Path(sys.executable).name} -m crawler"
    if shutil.which("sourcekeep") is not None:
        return "sourcekeep"
    with contextlib.suppress(ValueError):
        return str(called.absolute().relative_to(Path.cwd()))
    return str(called)


def say(text: str) -> None:
    """A message to people, on standard error."""
    click.echo(f"sourcekeep: {printable(text)}", file=sys.stderr)
