"""A BagIt 1.0 bag (RFC 8493) being written: every file is digested while it is written, and never read again.

The bagit library makes bags of folders that are there already, reads each file once more for its digests, and writes
version 0.97; so the manifests are written here, and the library has the last word on what came of it.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from archive.errors import UsageError
from archive.warc_files import sync_folder

if TYPE_CHECKING:
    from types import ModuleType

VERSION = "1.0"
PAYLOAD = "data/"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BagFile:
    """A file of the bag."""

    path: str  # in the bag, with "/"
    length: int  # bytes
    digests: Mapping[str, str]  # "sha256" to hex


class _Digested(io.RawIOBase):
    """A file whose bytes pass the digests on their way to the disk."""

    def __init__(self, path: Path, algorithms: Iterable[str]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o644)
        self._digests = {name: hashlib.new(name) for name in algorithms}
        self.length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        count = os.write(self._fd, data)
        written = memoryview(data)[:count]
        for digest in self._digests.values():
            digest.update(written)
        self.length += count
        return count

    def close(self) -> None:
        if not self.closed:
            try:
                os.fsync(self._fd)
            finally:
                os.close(self._fd)
                super().close()

    def made(self, path: str) -> BagFile:
        digests = {name: digest.hexdigest() for name, digest in self._digests.items()}
        return BagFile(path=path, length=self.length, digests=digests)


class Bag:
    """A bag in a folder of its own. Everything raises OSError."""

    def __init__(self, root: Path, *, algorithms: Sequence[str] = ("sha256",)) -> None:
        self.root = root
        self.files: list[BagFile] = []
        self._algorithms = tuple(algorithms)

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """A new file of the bag, open to be written; in the manifest when it is closed."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        raw = _Digested(target, self._algorithms)
        with raw, io.BufferedWriter(cast("io.FileIO", raw), _PIECE) as file:
            yield cast("BinaryIO", file)
        self.files.append(raw.made(path))

    def add(self, path: str, pieces: Iterable[bytes]) -> BagFile:
        """A file of these pieces."""
        with self.writing(path) as file:
            file.writelines(pieces)
        return self.files[-1]

    def take_in(self, path: str) -> BagFile:
        """A file that somebody else put into the bag's folder: it is read for its digests."""
        digests = {name: hashlib.new(name) for name in self._algorithms}
        length = 0
        with (self.root / path).open("rb") as file:
            while piece := file.read(_PIECE):
                length += len(piece)
                for digest in digests.values():
                    digest.update(piece)
        found = {name: digest.hexdigest() for name, digest in digests.items()}
        self.files.append(BagFile(path=path, length=length, digests=found))
        return self.files[-1]

    def payload(self) -> list[BagFile]:
        """The files below data/, by path."""
        return sorted((each for each in self.files if each.path.startswith(PAYLOAD)), key=lambda each: each.path)

    def oxum(self) -> str:
        """Payload-Oxum (section 2.2.2): bytes and files."""
        files = self.payload()
        return f"{sum(each.length for each in files)}.{len(files)}"

    def manifest(self, algorithm: str) -> bytes:
        """The payload manifest (section 2.1.3)."""
        return b"".join(_line(each, algorithm) for each in self.payload())

    def finish(self, info: Sequence[tuple[str, str]]) -> None:
        """Write manifests, bag-info.txt, bagit.txt and the manifests of all these; then nothing may be added."""
        for algorithm in self._algorithms:
            self.add(f"manifest-{algorithm}.txt", [self.manifest(algorithm)])
        self.add("bag-info.txt", [f"{name}: {_one_line(value)}\n".encode() for name, value in info])
        self.add("bagit.txt", [f"BagIt-Version: {VERSION}\nTag-File-Character-Encoding: UTF-8\n".encode()])
        tags = sorted((each for each in self.files if not each.path.startswith(PAYLOAD)), key=lambda each: each.path)
        for algorithm in self._algorithms:
            self.add(f"tagmanifest-{algorithm}.txt", [_line(each, algorithm) for each in tags])
        for folder in (*(path for path in self.root.rglob("*") if path.is_dir()), self.root):
            sync_folder(folder)


def _line(file: BagFile, algorithm: str) -> bytes:
    path = file.path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
    return f"{file.digests[algorithm]}  {path}\n".encode()


def _one_line(value: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in value).split())


def bagit() -> ModuleType:
    """The bagit library. Raises UsageError where it is not installed."""
    try:
        import bagit as library  # noqa: PLC0415 - of the [handover] extra
    except ImportError as error:
        raise UsageError("packages need the bagit library: pip install 'sourcekeep[handover]'") from error
    return library  # type: ignore[no-any-return]


def check_bag(root: Path, *, digests: bool) -> dict[str, str]:
    """What bag-info.txt says of the bag in a folder, if bagit finds the bag valid; `digests`: with every file read.

    Raises UsageError for what is no valid bag, and for one that holds a symbolic link: that could lead anywhere.
    """
    library = bagit()
    for path in root.rglob("*"):
        if path.is_symlink():
            raise UsageError(f"{path} is a symbolic link; a package holds none")
    with suppress_logs():
        try:
            bag = library.Bag(str(root))
            bag.validate(processes=1, fast=False, completeness_only=not digests)
        except (library.BagError, OSError, ValueError) as error:
            raise UsageError(f"{root} is no valid bag: {error}") from error
    return {str(name): str(value) for name, value in bag.info.items()}


@contextmanager
def suppress_logs() -> Iterator[None]:
    """bagit logs each file that is wrong, and raises as well: once is enough."""
    import logging  # noqa: PLC0415

    logger = logging.getLogger("bagit")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        with suppress(AttributeError):
            logger.disabled = before
