"""WARC files that are copies of others in the same folder: put there by hand, a backup perhaps, under another name.

Each file of ours begins with a warcinfo record of its own, so two that begin with the same one hold the same records.
One of them counts; nothing is taken from the others, for rows and lines can lead to one place only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from archive.reader import first_record, owner_of
from archive.warc_files import OPEN, SUFFIX, is_warc_name


def copied_warcs(folder: Path, *, known: Iterable[str], named: Iterable[str] = ()) -> dict[str, str]:
    """The copies: final name -> that of the file that counts, which is there as well.

    That is the one that is `known` to the catalogue, else one that is `named` in index and documents, else one that
    has the name it was given as it was begun, else the first by name. Reads the beginning of every file.
    """
    known, named = frozenset(known), frozenset(named)
    groups: dict[str, list[str]] = {}
    paths = dict(_files(folder))
    for name, path in paths.items():
        if identity := owner_of(path):
            groups.setdefault(identity, []).append(name)
    copies: dict[str, str] = {}
    for names in groups.values():
        if len(names) > 1:
            first, *rest = sorted(names, key=lambda name: (
                name not in known, name not in named, not _is_first_name(paths[name], name), name
            ))  # fmt: skip
            copies |= dict.fromkeys(rest, first)
    return copies


def told(name: str, original: str) -> str:
    """What is said of a copy that is left alone."""
    return f"{name} holds the same records as {original}, so nothing is taken from it: move it out of its folder"


def unknown_copies(folder: Path, known: Iterable[str]) -> Mapping[str, str]:
    """As `copied_warcs`, at little cost where every file is known to the catalogue."""
    known = frozenset(known)
    if all(name in known and not path.name.endswith(OPEN) for name, path in _files(folder)):
        return {}
    return copied_warcs(folder, known=known)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files of ours by their final names; of two that would have the same, the one that has it."""
    for path in chain(folder.glob("*" + SUFFIX), folder.glob("*" + SUFFIX + OPEN)):
        name = path.name.removesuffix(OPEN)
        is_ours = is_warc_name(name) and path.is_file() and not path.is_symlink()
        if is_ours and (path.name == name or not (folder / name).exists()):
            yield name, path


def _is_first_name(path: Path, name: str) -> bool:
    record = first_record(path)
    return record is not None and record.header("WARC-Filename") == name
