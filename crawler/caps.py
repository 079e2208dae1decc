"""How far a crawl follows what has no end, and what was left out for it.

Calendars that link days for ever, pages that name half a million links, a host with more addresses than a run can ask:
none of them is refused, each is followed so far. The defaults lie well above what an archive has (12,398 pages in one
language, some 60 links to a page); what a cap leaves out is a reason in the ledger or a problem in the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.errors import UsageError
from archive.workers import line_of

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most a run takes of what a site or a host offers. Each is a setting: SOURCEKEEP_MOST_ and its name."""

    pages: int = 100_000  # of the site, read in one run
    links: int = 5_000  # hrefs of one page that are looked at for further pages
    citations: int = 2_000  # of one event that are fetched; the others are in the ledger as over_budget
    empty_days: int = 1_000  # day indexes in a row that name no event
    per_host: int = 50_000  # requests to one host in one run, pages of the site apart
    page_seconds: int = 10  # that the reading of one large page may take

    @classmethod
    def of(cls, settings: BaseSettings) -> Caps:
        """The caps that `settings` spell; raises `UsageError` naming the setting that makes no sense."""
        return cls(**{name: _count(settings, name) for name in cls.__slots__})


def setting_of(name: str) -> str:
    """The setting of the cap `name`."""
    return f"SOURCEKEEP_MOST_{name.upper()}"


def _count(settings: BaseSettings, name: str) -> int:
    value: object = settings.get(setting_of(name), getattr(_DEFAULTS, name))
    if not str(value).isdecimal() or not str(value).isascii() or int(str(value)[:12]) < 1:
        raise UsageError(f"{setting_of(name)} is {value!r}; it takes a number of 1 or more")
    return int(str(value)[:12])


_DEFAULTS = Caps()


class LeftOut:
    """What a crawl left out, by cause: how often, and where first."""

    def __init__(self) -> None:
        self._causes: dict[str, tuple[int, str]] = {}

    def note(self, cause: str, where: str) -> None:
        """Once more for this cause, at an address or file that a stranger may have named."""
        number, first = self._causes.get(cause, (0, where))
        self._causes[cause] = (number + 1, first)

    def lines(self) -> list[str]:
        """A printable line for each cause."""
        return [
            f"{cause}: {line_of(first)}" + (f" and {number - 1:,} more" if number > 1 else "")
            for cause, (number, first) in self._causes.items()
        ]
