"""Where patched event pages go: a folder that is laid out like the site, or a diff."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Protocol

from archive.atomic_file import write_atomically
from archive.errors import StorageError
from crawler.unified_diff import unified_diff

# What may name a page's file. Nothing else does: a site could have us write anything, `.git/hooks` or `x.php` too.
_ENDINGS = frozenset({"", ".md", ".markdown", ".html", ".htm", ".xhtml"})
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_LONGEST = 255  # bytes of a name, in most file systems
_IN_THE_WAY = frozenset({errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENOTEMPTY, errno.EEXIST})


class UnfitPath(Exception):
    """A page that cannot have a file of its own: says why."""


Bare = Callable[[bytes], bytes]  # a page without what we added to it


class Sink(Protocol):
    """Takes pages as they are done. Raises UnfitPath for one it has no place for."""

    def put(self, path: str, before: bytes, after: bytes, bare: Bare) -> Path | None:
        """The file that was written, if one was."""


class Tree:
    """A folder of pages. A page that lies there as it should is not written again."""

    def __init__(self, root: Path, *, only_changed: bool) -> None:
        self._root = root
        self._only_changed = only_changed

    def put(self, path: str, before: bytes, after: bytes, bare: Bare) -> Path | None:
        """See `Sink`. With `only_changed` also what an earlier run changed and is no longer to be."""
        file = self._root / file_of(path)
        there = _content(file)
        if there == after or (self._only_changed and before == after and (there is None or bare(there) != before)):
            return None
        try:
            write_atomically(file, after, within=self._root)
        except StorageError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in _IN_THE_WAY:
                raise UnfitPath(f"something else lies in its place: {error}") from error
            raise
        return file


class Diff:
    """A unified diff of all pages that change, handed on page by page."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take

    def put(self, path: str, before: bytes, after: bytes, bare: Bare) -> Path | None:  # noqa: ARG002
        """See `Sink`."""
        if before != after:
            self._take(unified_diff(file_of(path).as_posix(), before, after))
        return None


def file_of(path: str) -> PurePosixPath:
    """The file of the page at a site path, relative; raises UnfitPath where such a name could do harm (pure).

    What is served for a folder is its index.html.
    """
    parts = (path + "index.html" if path.endswith("/") else path).split("/")
    for part in parts:
        if not part or part.startswith(".") or _UNSAFE.search(part) or len(_bytes(part)) > _LONGEST - 5:
            raise UnfitPath(f"its path makes no safe file name: {path[:200]!r}")
    file = PurePosixPath(*parts)
    if file.suffix.lower() not in _ENDINGS:
        raise UnfitPath(f"its name is none of a page (.md, .html): {path[:200]!r}")
    return file


def _bytes(part: str) -> bytes:
    return part.encode("utf-8", "surrogateescape")


def _content(file: Path) -> bytes | None:
    """What lies there; None if it is no file of its own."""
    try:
        return None if file.is_symlink() else file.read_bytes()
    except OSError:
        return None
