"""A small file written whole or not at all, and never through a link that somebody planted."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, suppress
from pathlib import Path

from archive.errors import DiskFull, StorageError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_atomically(path: Path, payload: bytes, *, within: Path | None = None) -> None:
    """Put `payload` at `path`: readers see the old file or the new one, whatever happens, also after a power failure.

    Folders missing between `within` and the file are made, and none of those there may be a symbolic link. Without
    `within`, the file's folder is there already. A link in the place of the file is replaced, not followed.
    Raises DiskFull, StorageError.
    """
    root = within or path.parent
    try:
        with ExitStack() as stack:
            folder = _open_folder(stack, root, path.parent.relative_to(root).parts)
            _replace(folder, path.name, payload)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(f"{path}: no room left; make room and run the same command again") from error
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise StorageError(f"{path}: a folder on the way is a link or a file; take it away") from error
        raise StorageError(f"{path}: {error.strerror}; see that the folder may be written") from error


def _open_folder(stack: ExitStack, root: Path, parts: tuple[str, ...]) -> int:
    folder = _opened(stack, os.open(root, os.O_RDONLY | os.O_DIRECTORY))
    for part in parts:
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=folder)
            os.fsync(folder)
        folder = _opened(stack, os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder))
    return folder


def _opened(stack: ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor


def _replace(folder: int, name: str, payload: bytes) -> None:
    temporary = f".{name}.tmp"
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)  # a killed run's
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(temporary, flags, 0o644, dir_fd=folder), "wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
