"""How many event and index pages a second are read, on one core.

    python benchmarks/event_pages.py [FOLDER]        the .md and .html pages of a folder, or generated ones without it

Prints pages/s of each form (best of five rounds) and the mean size of a page.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from spiders.page import read_page

Pages = list[tuple[str, bytes]]


def pages_of(folder: Path) -> Pages:
    """(site path, bytes) of every page below a folder."""
    files = (file for ending in ("md", "html") for file in sorted(folder.rglob(f"*.{ending}")))
    return [(file.relative_to(folder).as_posix(), file.read_bytes()) for file in files]


def generated(count: int) -> Pages:
    """Pages with two sources, an image, and ten related events, about as long as the archive's."""
    return [(f"zh/news/2016/02/{n % 28 + 1}/事件-{n}.md", _event(n).encode()) for n in range(count)]


def _event(number: int) -> str:
    day = number % 28 + 1
    title = f"第{number}號事件" + "，有關方面表示將會繼續調查" * 4
    sources = "".join(
        f"{n}. [新聞{n}](http://news{n}.test/world/{number}/story.shtml?id={n}) [IMG](https://img.test/{number}/{n}.jpg)\n"
        for n in (1, 2)
    )
    targets = [f"/zh/news/2015/{month:02}/{day}/{title}.md" for month in range(1, 11)]
    related = "".join(f"{n}. [{title}。]({target}) _消息: 甲, 乙_\n" for n, target in enumerate(targets, 1))
    return (
        f"### [2016-02-{day}](/news/2016/02/{day}/index.md)\n\n##### 話題\n#  {title} \n\n{title * 2}\n\n\n"
        f"### 信息来源:\n\n{sources}\n### 有关:\n\n{related}"
    )


def rate(pages: Pages) -> float:
    """Pages a second of processor time, best of five rounds."""
    best = float("inf")
    for _ in range(5):
        begin = time.process_time()
        for path, data in pages:
            read_page(data, path)
        best = min(best, time.process_time() - begin)
    return len(pages) / best


def main() -> None:
    """Measures each form of page there is."""
    pages = pages_of(Path(sys.argv[1])) if len(sys.argv) > 1 else generated(2000)
    for ending in ("md", "html"):
        form = [(path, data) for path, data in pages if path.endswith(ending)]
        if form:
            size = sum(len(data) for _, data in form) / len(form)
            print(f"{ending}: {rate(form):,.0f} pages/s ({len(form):,} pages, {size:,.0f} B each)")


if __name__ == "__main__":
    main()
