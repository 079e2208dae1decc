"""The steps of a job as commands: checked by the verbs' own command lines, the file's sites filled in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from crawler.cli import cli
from crawler.configuration import Configuration, ConfigurationMistaken, JobPlan, Mistake, Step

REPORTING = frozenset({"crawl", "recheck", "recover", "verify", "extract", "status"})  # with --json, a report
GROUPS = frozenset({"links", "export"})  # -c belongs to their parts; the environment names the collection to all


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A verb with its arguments, the collection apart."""

    verb: str
    arguments: tuple[str, ...]

    @property
    def text(self) -> str:
        """As it is typed."""
        return shlex.join([self.verb, *self.arguments])

    @property
    def output_name(self) -> str:
        """What the file with its output is called, behind its number."""
        return f"{self.verb}.{'json' if self.verb in REPORTING else 'txt'}"

    def typed(self, collection: Path, *, quiet: bool) -> list[str]:
        """All that follows the program's name."""
        place = [] if self.verb in GROUPS else ["-c", str(collection)]
        flags = [*(["--json"] if self.verb in REPORTING else []), *(["-q"] if quiet else [])]
        return [self.verb, *place, *flags, *self.arguments]


def commands_of(job: JobPlan, sites: Sequence[str], name: str) -> tuple[Command, ...]:
    """The commands of a job of the file `name`. A crawl that names no site is one for each of `sites`.

    Raises `ConfigurationMistaken` for steps whose verbs do not take what they are given.
    """
    mistakes: list[Mistake] = []
    commands: list[Command] = []
    for step in job.steps:
        try:
            commands.extend(_commands(step, sites))
        except ValueError as error:
            mistakes.append(Mistake(step.place, f"{step.command!r}: {error}"))
    if mistakes:
        raise ConfigurationMistaken(name, mistakes)
    return tuple(commands)


def check_jobs(configuration: Configuration, sites: Sequence[str], name: str) -> None:
    """Raises `ConfigurationMistaken` for the first job that has such steps."""
    for job in configuration.jobs.values():
        commands_of(job, sites, name)


def _commands(step: Step, sites: Sequence[str]) -> Iterator[Command]:
    given = _parsed(step)
    if step.verb != "crawl" or given.get("site") is not None:
        yield Command(verb=step.verb, arguments=step.arguments)
        return
    if not sites:
        raise ValueError('which archive? name it here, or at the top of the file: site = "https://..."')
    for site in sites:
        yield Command(verb="crawl", arguments=(*step.arguments, site))


def _parsed(step: Step) -> dict[str, object]:
    """What the verb makes of its arguments. Raises ValueError with what it says against them."""
    command = cli.get_command(click.Context(cli), step.verb)
    assert command is not None, step.verb  # the configuration knows the verbs there are
    name, *arguments = step.verb, *step.arguments
    if isinstance(command, click.Group) and arguments[:1] and arguments[0] in command.commands:
        command, (name, *arguments) = command.commands[arguments[0]], arguments
    try:
        with command.make_context(name, arguments) as context:
            return dict(context.params)
    except click.exceptions.NoArgsIsHelpError:
        raise ValueError(f"which of {', '.join(getattr(command, 'commands', ()))}?") from None
    except click.exceptions.Exit:
        raise ValueError("it asks for help, which no job needs") from None
    except click.ClickException as error:
        raise ValueError(error.format_message().strip().rstrip(".")) from None
