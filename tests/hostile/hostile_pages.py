"""Event pages that an attacker wrote, and what a crawl of them left behind: all of it, as bytes."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.end_to_end.command import FAST

EAGER = FAST[1:]  # quick, and without leave to go to loopback
QUICK = ("--no-extract", *EAGER)  # where what is in the articles does not matter


def event_page(
    links: Iterable[tuple[str, str]], *, title: str = "A bridge opens", summary: str = "It opened.", related: str = ""
) -> str:
    """An event page in Markdown that cites `links` (label, href)."""
    cited = "\n".join(f"{number}. [{label}]({href})" for number, (label, href) in enumerate(links, 1))
    more = f"\n\n### Related:\n\n{related}\n" if related else ""
    return (
        f"### [2016-02-3](/news/2016/02/3/index.md)\n\n##### Bridges\n# {title}\n\n{summary}\n\n\n"
        f"### Sources:\n\n{cited}\n{more}"
    )


def folder_of(root: Path, *hrefs: str) -> Path:
    """A folder with one event page that cites these."""
    day = root / "pages" / "news" / "2016" / "02" / "3"
    day.mkdir(parents=True)
    links = [(f"Source {number}", href) for number, href in enumerate(hrefs)]
    (day / "a-bridge-opens.md").write_text(event_page(links), encoding="utf-8", newline="")
    return root / "pages"


def reasons(collection: Path) -> dict[str, str]:
    """What came of each citation, by its href: the last run's ledger."""
    run = max((collection / "runs").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
    with (run / "ledger.csv").open(encoding="utf-8", newline="") as file:
        return {row["href"]: row["reason"] for row in csv.DictReader(file)}


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file below a folder, unpacked where it is packed; of links, where they lead."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            yield name, str(path.readlink()).encode()
        elif path.is_file():
            data = path.read_bytes()
            yield name, gzip.decompress(data) if ".gz" in path.suffixes else data


def holders(folder: Path, *secrets: str) -> set[str]:
    """The files below a folder that hold one of these words."""
    wanted = [secret.encode() for secret in secrets]
    return {name for name, data in everything(folder) if any(word in data for word in wanted)}
