"""Event pages by the hundred, that cite articles on many hosts (pure, but for `write`).

Hosts are loopback addresses, 127.0.1.1 and up, so nothing has to be resolved; the pages are the real site's en-4 form.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

PER_DAY = 6


def address(number: int) -> str:
    """The loopback address of a host, 0-based: 127.0.1.1 .. 127.0.1.200, 127.0.2.1 .."""
    return f"127.0.{1 + number // 200}.{1 + number % 200}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManySources:
    """`events` pages on as many days as they need, `sources` citations each at most, all over `hosts` hosts.

    `crowd` is the share of citations that go to host 0; on the real site one host in eight hundred has a fifth.
    """

    events: int = 300
    hosts: int = 40
    seed: int = 1
    sources: int = 4
    crowd: float = 0.0
    covers: float = 0.6  # share of events with a cover image

    def pages(self, port: int) -> Iterator[tuple[str, str]]:
        """(site path, Markdown) of each event, day index (twice, as the site has it) and home page."""
        titles = [self._title(n) for n in range(self.events)]
        for first in range(0, self.events, PER_DAY):
            today = range(first, min(first + PER_DAY, self.events))
            for number in today:
                yield f"news/{_day(number)}/{_slug(titles[number])}.md", self._event(number, titles, port)
            index = _index(today, titles, _day(first - 1) if first else None)
            yield f"news/{_day(first)}/index.md", index
            yield f"news/{_day(first)}/README.md", index
        last = range((self.events - 1) // PER_DAY * PER_DAY, self.events)
        home = f"## [News](/news/{_day(last[0])}/index.md)\n\n{_items(last, titles)}---\n\n"
        yield "index.md", home
        yield "README.md", home

    def write(self, folder: Path, *, port: int) -> None:
        """Writes the pages into `folder`."""
        for path, text in self.pages(port):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")

    def urls(self, port: int) -> list[str]:
        """Every cited URL, event by event, in page order; each is cited once."""
        return [url for number in range(self.events) for _, url in self._citations(number, port)]

    def _citations(self, number: int, port: int) -> list[tuple[str, str]]:
        """(label, URL) of an event's sources, and of its cover image where it has one."""
        chance = random.Random(f"{self.seed}/{number}")
        found = []
        for n in range(chance.randint(1, self.sources)):
            host = 0 if chance.random() < self.crowd else chance.randrange(self.hosts)
            found.append((f"Paper {host}", f"http://{address(host)}:{port}/{_day(number)}/story-{number}-{n}.html"))
        if chance.random() < self.covers:
            host = chance.randrange(self.hosts)
            found.append(("Cover Image", f"http://{address(host)}:{port}/img/{_day(number)}/cover-{number}.jpg"))
        return found

    def _title(self, number: int) -> str:
        chance = random.Random(f"title/{self.seed}/{number}")
        who, what, where = chance.choice(_WHO), chance.choice(_WHAT), chance.choice(_WHERE)
        return f"{who} of {where} {what}, in what is counted as event {number}. "

    def _event(self, number: int, titles: list[str], port: int) -> str:
        stem = f"/news/{_day(number)}/{_slug(titles[number])}"
        sources, at = [], 0
        for label, url in self._citations(number, port):
            at += label != "Cover Image"
            sources.append(f"{at}. [{label}]({url})\n")
        related = [n for n in (number - PER_DAY, number - 1, number - 41, number + 7) if 0 <= n < len(titles)]
        lines = [
            f"{i}. [{titles[n]}]({_path(n, titles)}) _Context: {_WHERE[n % 8]}_\n" for i, n in enumerate(related, 1)
        ]
        return (
            f"\nFormats: [HTML]({stem}.html)  [JSON]({stem}.json)  [XML]({stem}.xml)  \n\n"
            f"### [{_day(number).replace('/', '-')}](/news/{_day(number)}/index.md)\n\n"
            f"##### {_WHERE[number % len(_WHERE)]}\n# {titles[number]}\n\nThe summary of event {number}.\n\n\n"
            f"### Sources:\n\n{''.join(sources)}\n"
            f"### Related:\n\n{''.join(lines)}"
        )


def _day(number: int) -> str:
    day = date(2005, 1, 1) + timedelta(days=number // PER_DAY)
    return f"{day:%Y/%m}/{day.day}"


def _slug(title: str) -> str:
    kept = "".join(char if char.isascii() and char.isalnum() else " " for char in title[:140].lower())
    return "-".join(kept.split())


def _path(number: int, titles: list[str]) -> str:
    return f"/news/{_day(number)}/{_slug(titles[number])}.md"


def _items(numbers: range, titles: list[str]) -> str:
    return "".join(f"### [{titles[n]}]({_path(n, titles)})\nThe summary of event {n}.\n\n" for n in numbers)


def _index(today: range, titles: list[str], before: str | None) -> str:
    day = _day(today[0])
    previous = f"## [Previous Day...](/news/{before}/index.md)\n\n" if before else ""
    return f"## [{day.replace('/', '-')}](/news/{day}/index.md)\n\n{_items(today, titles)}{previous}"


_WHO = ("The council", "The bakers", "The pilots", "A court", "The rowing club", "The lighthouse keepers", "The mayor")
_WHAT = (
    "votes to wait",
    "opens a new pier",
    "asks for rain",
    "finds an old map",
    "mends the bridge",
    "closes the road",
)
_WHERE = ("Averley", "Tarnwick", "Lower Isk", "Vellmark", "Cape Hollow", "Ondel", "Corrin", "Sarnholm")
