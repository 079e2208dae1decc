"""The flags of runs that fetch: how far they go, and who watches them. Each is the setting of the same name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])
_GIVEN = "crawler.commands.watched"


def _note(context: click.Context, option: click.Parameter, value: object) -> object:
    if value is not None and option.name is not None:
        context.meta.setdefault(_GIVEN, {})[f"SOURCEKEEP_{option.name.upper()}"] = value
    return value


def _flag(name: str, metavar: str, about: str) -> Callable[[F], F]:
    return click.option(name, metavar=metavar, expose_value=False, callback=_note, help=about)


_FLAGS = (
    ("--limit-pages", "N", "End after N answers (exit code 14); the next run fetches the rest."),
    ("--limit-bytes", "SIZE", 'End after so much payload, like "10 GB" (14).'),
    ("--limit-time", "SPAN", 'End after fetching so long, like "2h 30min" (15).'),
    ("--disk-reserve", "SIZE", "End before the disk has less than this free (3) [default: 64 MiB]."),
    ("--metrics-file", "FILE", "Write metrics there while the run goes on, for node_exporter (NAME.prom)."),
    ("--metrics-port", "PORT", "Serve /metrics and /healthz on 127.0.0.1:PORT while the run goes on."),
    ("--json-log", "FILE", "Write the log there as JSON lines, too."),
)


def watched_options(function: F) -> F:
    """Gives a verb these flags; `given_flags` has their values, its function does not."""
    for name, metavar, about in reversed(_FLAGS):
        function = _flag(name, metavar, about)(function)
    return function


def given_flags() -> Mapping[str, object]:
    """The settings that such flags of the verb at work give."""
    context = click.get_current_context(silent=True)
    found: Mapping[str, object] = {} if context is None else context.meta.get(_GIVEN, {})
    return found
