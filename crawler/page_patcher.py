"""Patches event page after event page, and says what came of each.

What knows pages is a spider's, and loaded by name: the crawler knows no spider.
"""

from __future__ import annotations

import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from archive.dead_citations import DeadCitation
from archive.errors import DamagedRecord
from archive.event_pages import EventPage, page_bytes
from archive.lookup import CopyLink
from crawler.commands import say
from crawler.commands.lookup import choice_json
from crawler.patched_pages import Sink, UnfitPath
from crawler.terminal import count, printable

_NO_COPY = "there is no usable copy"
_READ_OTHERWISE = "the page reads otherwise now than when it was kept; crawl it again"


class _Patched(Protocol):
    @property
    def data(self) -> bytes: ...
    @property
    def carried(self) -> tuple[int, ...]: ...
    @property
    def left(self) -> Mapping[int, str]: ...


class _Patch(Protocol):
    def __call__(
        self, data: bytes, path: str, *, mime: str | None = None, copies: Mapping[str, CopyLink] | None = None
    ) -> _Patched: ...


@dataclass(slots=True)
class Tally:
    """What came of it, for people."""

    counts: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)
    problems: int = 0

    def lines(self, *, most: int | None) -> Iterator[str]:
        """The counts, then the citations that carry no copy."""
        counts = self.counts
        yield (
            f"{count(counts['pages'], 'page')}, {counts['changed']:,} changed, {counts['written']:,} written; "
            f"{count(counts['carried'], 'dead citation')} with a copy, {len(self.left):,} without"
        )
        yield from (f"  {printable(line)}" for line in self.left[:most])
        if most is not None and len(self.left) > most:
            yield f"  ... and {len(self.left) - most:,} more: see them with -v"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patcher:
    """Patches page after page and says what came of each."""

    warcs: Path
    sink: Sink
    dead: Mapping[str, Sequence[DeadCitation]]  # by the path of the event
    tell: Callable[[dict[str, object]], None] | None = None  # takes each page as JSON values
    tally: Tally = field(default_factory=Tally)

    def take(self, page: EventPage) -> None:
        """One page. One that cannot be read or written costs only itself."""
        path = page.event.path
        try:
            before = page_bytes(self.warcs, page)
            patched = _patched(page, before, self._copies(path))
            file = self.sink.put(path, before, patched.data, lambda data: _patched(page, data, {}).data)
        except (DamagedRecord, UnfitPath) as error:
            self.tally.problems += 1
            say(str(error))
            if self.tell is not None:
                self.tell({"path": path, "problem": str(error)})
            return
        dead = [_Told.of(each, patched) for each in self.dead.get(path, ())]
        self._count(path, dead, changed=before != patched.data, file=file)
        if self.tell is not None:
            self.tell(_page_json(path, dead, changed=before != patched.data, file=file))

    def _copies(self, path: str) -> dict[str, CopyLink]:
        return {each.url: each.link for each in self.dead.get(path, ()) if each.link is not None}

    def _count(self, path: str, dead: Sequence[_Told], *, changed: bool, file: Path | None) -> None:
        carried = sum(each.carried for each in dead)
        self.tally.counts.update(pages=1, changed=changed, written=file is not None, carried=carried)
        self.tally.left += [f"{path}: {each.dead.citation.href}: {each.why}" for each in dead if not each.carried]


def _patched(page: EventPage, data: bytes, copies: Mapping[str, CopyLink]) -> _Patched:
    patch: _Patch = pkgutil.resolve_name("spiders.robust_links:patched_page")
    return patch(data, page.event.path, mime=page.capture.mime if page.capture else None, copies=copies)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A dead citation, and whether the page carries its copy; if not, why."""

    dead: DeadCitation
    carried: bool
    why: str

    @classmethod
    def of(cls, dead: DeadCitation, patched: _Patched) -> _Told:
        position = dead.citation.position
        carried = position in patched.carried
        why = "" if carried else _NO_COPY if dead.link is None else patched.left.get(position, _READ_OTHERWISE)
        return cls(dead=dead, carried=carried, why=why)


def _page_json(path: str, dead: Sequence[_Told], *, changed: bool, file: Path | None) -> dict[str, object]:
    return {
        "path": path,
        "changed": changed,
        "written": None if file is None else str(file),
        "dead": [_told_json(each) for each in dead],
    }


def _told_json(told: _Told) -> dict[str, object]:
    dead = told.dead
    return {
        "position": dead.citation.position,
        "kind": dead.citation.kind.value,
        "href": dead.citation.href,
        "url": dead.url,
        "state": dead.state.value,
        "carried": told.carried,
        "why": told.why or None,
        "version_url": dead.link.version_url if dead.link else None,
        "version_date": dead.link.version_day.isoformat() if dead.link else None,
        **choice_json(dead.choice),
    }
