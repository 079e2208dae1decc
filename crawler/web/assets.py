"""ReplayWeb.page's two scripts: which version, what they must be byte for byte, and where they lie.

They are another project's (AGPL) and not part of this one: who wants them fetches them from npm, once. What does not
have the pinned digests is not installed, and not served.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

from archive.atomic_file import write_atomically
from archive.errors import UsageError

PACKAGE, VERSION = "replaywebpage", "2.5.3"
INTEGRITY = "sha512-nCj2PSON3BxeSJKE8AsYPyULv0XPZKJWfy4l9PyQre9SqwLZ+WKZVs/sfLqPOQ4GrH+0YkjbwOhr8cSTH08gsQ=="
FILES = {  # sha256 of each file in the package
    "ui.js": "ad95b260fa467a6c4799e669ad76ac8e7d5abefa71d1a2970ae6b63dc454a3c3",
    "sw.js": "29a833e871e2f9b7f135f5b86bba0476b69ad975c129c2473ff5055f73f5a2d0",
    "LICENSE": "8486a10c4393cee1c25392769ddd3b2d6c242d6ec7928e1414efff7dfb2f07ef",
}
LARGEST = 64 << 20  # bytes of the package


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What a package and its files must be."""

    integrity: str = INTEGRITY  # as npm writes it
    files: tuple[tuple[str, str], ...] = tuple(FILES.items())


def assets_folder() -> Path:
    """Where they lie: in the user's data folder (XDG Base Directory Specification), by their version."""
    given = os.environ.get("XDG_DATA_HOME", "")
    data = Path(given) if given.startswith("/") else Path.home() / ".local" / "share"
    return data / "sourcekeep" / "assets" / f"{PACKAGE}-{VERSION}"


def installed(folder: Path, pinned: Pinned = Pinned()) -> bool:
    """Whether all files lie there as they must be."""
    return all(_sha256(folder / name) == digest for name, digest in pinned.files)


def install(package: bytes, folder: Path, pinned: Pinned = Pinned()) -> tuple[Path, ...]:
    """Put the files of a package (a .tgz as npm has it) into `folder`; where they lie.

    Raises UsageError for a package that is not the pinned one, StorageError.
    """
    digest = "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode("ascii")
    if not hmac.compare_digest(digest, pinned.integrity):
        raise UsageError(
            f"this is not {PACKAGE} {VERSION} as it was published: its digest is {digest}, not {pinned.integrity}; "
            "nothing was installed"
        )
    contents = {name: _member(package, name) for name, _ in pinned.files}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        write_atomically(folder / name, content)
    return tuple(folder / name for name in contents)


def remove(folder: Path) -> bool:
    """Remove them; whether there were any."""
    found = [folder / name for name in FILES if (folder / name).is_file()]
    for path in found:
        path.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return bool(found)


def _member(package: bytes, name: str) -> bytes:
    try:
        with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
            file = archive.extractfile(f"package/{name}")
            content = file.read(LARGEST) if file is not None else None
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise UsageError(f"the package has no {name}: {error}") from error
    if content is None:
        raise UsageError(f"the package has no {name}")
    return content


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
