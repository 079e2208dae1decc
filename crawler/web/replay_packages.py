"""WACZ files made for ReplayWeb.page when a copy is looked at, and kept while they are wanted.

What goes in is what `export wacz --url` takes, without what the access rules withhold. The files lie in the
collection's folder `cache` (or, where that cannot be written, in the system's temporary folder), and go when there are
too many of them, and with the server.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from archive.wacz import export
from archive.wacz_selection import Selection, choose
from crawler import __version__
from crawler.web.allowed import allowed
from crawler.web.supply import Supply

_MOST_FILES = 50
_MOST_BYTES = 4 << 30
_PREFIX = "replay-"
_FOLDER = "cache"


class ReplayPackages:
    """The packages made so far. Any thread may ask; one is made at a time."""

    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._made: OrderedDict[str, Path] = OrderedDict()  # the one asked for last comes last
        self._folder: Path | None = None

    def of(self, name: str, url: str) -> Path:
        """The file with the copies of `url` and what they need; `name` tells one from another.

        Raises UsageError, NothingKept, StorageError.
        """
        path = self._found(name)
        if path is None:
            with self._making:
                path = self._found(name) or self._make(name, url)
        return path

    def _found(self, name: str) -> Path | None:
        with self._lock:
            path = self._made.get(name)
            if path is None or not path.is_file():
                return None
            self._made.move_to_end(name)
            return path

    def close(self) -> None:
        """Remove all of them."""
        with self._making, self._lock:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                with suppress(OSError):
                    self._folder.parent.rmdir()  # the folder `cache`, if nothing else is in it
                self._folder = None
            self._made.clear()

    def _make(self, name: str, url: str) -> Path:
        self._folder = self._folder or _new_folder(self._supply.collection.root)
        target = self._folder / f"{name}.wacz"
        selection = Selection(url=url)
        with self._supply.catalogue.reading() as connection:
            chosen = allowed(self._supply, connection, choose(connection, selection))
            export(
                connection,
                self._supply.collection,
                selection,
                target,
                now=self._supply.now(),
                software=f"sourcekeep {__version__}",
                chosen=chosen,
            )
        with self._lock:
            self._made[name] = target
            self._shrink()
        return target

    def _shrink(self) -> None:
        sizes = {name: _size(path) for name, path in self._made.items()}
        while len(sizes) > 1 and (len(sizes) > _MOST_FILES or sum(sizes.values()) > _MOST_BYTES):
            oldest = next(iter(self._made))
            self._made.pop(oldest).unlink(missing_ok=True)  # who reads it still has it open
            del sizes[oldest]


def _new_folder(root: Path) -> Path:
    """A folder of this server's own; what servers left that were killed goes."""
    cache = root / _FOLDER
    try:
        if cache.is_symlink():
            raise OSError
        cache.mkdir(exist_ok=True)
        for left in cache.glob(f"{_PREFIX}*"):
            _clear(left)
        return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=cache))
    except OSError:
        return Path(tempfile.mkdtemp(prefix="sourcekeep-replay-"))


def _clear(left: Path) -> None:
    number = left.name.removeprefix(_PREFIX).partition("-")[0]
    if number.isascii() and number.isdigit() and not left.is_symlink() and not Path(f"/proc/{number}").exists():
        shutil.rmtree(left, ignore_errors=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
