"""Event pages on disk: which files of a folder or checkout are pages of the site."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from spiders.addresses import site_key

MIME_OF = {".md": "text/markdown", ".html": "text/html", ".htm": "text/html"}


def page_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(site path, file) of every page below `folder`, in the order of their paths, each page once.

    Of a page in several formats Markdown is taken, of the twins index.md and README.md the first: they list events, and
    every event is found anyway. Hidden folders (.git) and symbolic links are not followed.
    """
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from _pages_in(folder, Path(parent), files)


def site_path_of(file: Path) -> str:
    """The site path of one page named by itself: from its last `news` folder on, with a `zh` before it."""
    parts = file.absolute().parts
    if "news" not in parts:
        return file.name
    at = len(parts) - 1 - parts[::-1].index("news")
    at -= at > 0 and parts[at - 1] == "zh"
    return "/".join(parts[at:])


def _pages_in(root: Path, parent: Path, names: list[str]) -> Iterator[tuple[str, Path]]:
    seen: set[str] = set()
    for name in sorted(names, key=_preference):
        file = parent / name
        if name.startswith(".") or file.suffix.lower() not in MIME_OF or file.is_symlink() or not file.is_file():
            continue
        path = file.relative_to(root).as_posix()
        key = site_key(path)
        if key not in seen:
            seen.add(key)
            yield path, file


def _preference(name: str) -> tuple[bool, bool, str]:
    return (not name.lower().endswith(".md"), not name.lower().startswith("index."), name)
