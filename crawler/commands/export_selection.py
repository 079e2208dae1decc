"""What of a collection is exported: the options all parts of `export` have, and what they spell."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from archive.errors import UsageError
from crawler.commands import Verb
from crawler.commands.listing import STATES

if TYPE_CHECKING:
    from archive.wacz_selection import Selection

_DAY = click.DateTime(["%Y-%m-%d"])
_OPTIONS = (
    click.option("--event", metavar="PATH", help="An event: its page and all that it cites."),
    click.option("--since", type=_DAY, help="Events of that day and later."),
    click.option("--until", type=_DAY, help="Events of that day and before."),
    click.option("--url", help="A link, by any of its addresses."),
    click.option("--host", help="All cited links of this host (or host:port)."),
    click.option("--state", type=click.Choice(STATES), help="All links in this state."),
    click.option("--all", "everything", is_flag=True, help="Every record of the collection."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options as they were given."""

    event: str | None
    since: datetime | None
    until: datetime | None
    url: str | None
    host: str | None
    state: str | None
    everything: bool

    def selection(self, *, otherwise_all: bool = False) -> Selection:
        """What they spell. Raises UsageError for none (unless that means all) or several, and for days with none
        between them."""
        from archive.checks import Standing  # noqa: PLC0415 - not for help
        from archive.wacz_selection import Selection  # noqa: PLC0415

        given = [self.event, self.since or self.until, self.url, self.host, self.state, self.everything or None]
        number = sum(each is not None for each in given)
        if number > 1 or (number == 0 and not otherwise_all):
            raise UsageError(
                "what? say one of --event PATH, --since DAY and --until DAY, --url URL, --host HOST, --state STATE, "
                "--all"
            )
        first, last = _day(self.since), _day(self.until)
        if first and last and first > last:
            raise UsageError(f"--since {first} is after --until {last}: no day is between them")
        return Selection(
            event=None if self.event is None else self.event.lstrip("/"),
            since=first,
            until=last,
            url=None if self.url is None else _address(self.url),
            host=None if self.host is None else _host(self.host),
            state=None if self.state is None else Standing(self.state),
        )


def selection_options(function: Verb) -> Verb:
    """Gives a verb the options, as one argument `asked`."""

    @functools.wraps(function)
    def made(*arguments: Any, **options: Any) -> int:
        asked = Asked(**{name: options.pop(name) for name in Asked.__slots__})
        return function(*arguments, asked=asked, **options)

    wrapped: Verb = made
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _address(url: str) -> str:
    from archive.urls import canonical  # noqa: PLC0415

    try:
        return canonical(url)
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of a link: {error}") from error


def _host(host: str) -> str:
    """The key under which the catalogue knows a host."""
    from archive.urls import host_key  # noqa: PLC0415

    try:
        return host_key(f"http://{host}/")
    except ValueError as error:
        raise UsageError(f"{host!r} is no host: {error}") from error


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
