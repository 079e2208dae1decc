"""Peak memory of a crawl that meets one very large body.

    python -m benchmarks.big_body [MIB]                  measures
    python -m benchmarks.big_body --serve MIB PORTS...   is the server: prints its port, serves until it is ended

The body is random bytes under video/mp4, so nobody can make it small. sourcekeep keeps it as WARC; Scrapy's own handler
only takes it in, and is left out where the memory might not do.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.crawl import Load, bare_scrapy, sourcekeep
from benchmarks.measured import measured, mebibytes, python, size_of, table
from tests.web.many_events import address

PIECE = os.urandom(1 << 20)
ROBOTS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\nConnection: close\r\n\r\nUser-agent: *\n"
)
SCRAPY_NEEDS = 4  # times the body's size, to be safe


def serve(mib: int) -> None:
    """Answers every request with a body of that size, one connection each."""
    listening = socket.create_server((address(0), 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_answer, args=(connection, mib), daemon=True).start()


def _answer(connection: socket.socket, mib: int) -> None:
    with connection:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                return
            request += piece
        if b" /robots.txt " in request:
            connection.sendall(ROBOTS)
            return
        head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {mib << 20}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(mib):
            connection.sendall(PIECE)


@contextmanager
def served(mib: int) -> Iterator[int]:
    """The server in a process of its own; its port."""
    command = python("benchmarks.big_body", "--serve", mib)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def compare(mib: int) -> str:
    """A table: wall, CPU, peak memory, bytes on disk."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary, served(mib) as port:
        base = Path(temporary)
        load = _load(base, f"http://{address(0)}:{port}/film.mp4")
        for name, command, needs in (
            ("sourcekeep, WARC", sourcekeep, 0),
            ("Scrapy 2.19, nothing kept", bare_scrapy, SCRAPY_NEEDS),
        ):
            if needs * mib > _free_memory() >> 20:
                rows.append([name, *["not enough memory"] * 4])
                continue
            work = base / "work"
            usage = measured(command(load, work), folder=work)
            kept = size_of(work)
            if not needs and kept < mib << 20:
                raise RuntimeError(f"the body was not kept: {kept} bytes")
            rows.append([name, f"{usage.wall:.1f}", f"{usage.cpu:.1f}", mebibytes(usage.memory), mebibytes(kept)])
            shutil.rmtree(work)
    return f"One body of {mib:,} MiB\n\n" + table(["", "wall s", "CPU s", "peak MiB", "disk MiB"], rows)


def _load(base: Path, url: str) -> Load:
    page = base / "pages" / "news/2005/01/1/a-film.md"
    page.parent.mkdir(parents=True)
    page.write_text(
        f"### [2005-01-1](/news/2005/01/1/index.md)\n\n##### Isk\n# A film.\n\n\n### Sources:\n\n1. [Film]({url})\n"
    )
    load = Load(pages=base / "pages", urls=base / "urls.txt")
    load.urls.write_text(f"{url}\n")
    return load


def _free_memory() -> int:
    """Bytes; 0 where the system does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]))
    else:
        print(compare(int(sys.argv[1]) if len(sys.argv) > 1 else 2048))
