"""A crawler of asyncio's streams and nothing else: how fast the network alone could go.

    python -m benchmarks.peers URLS [--concurrency N]

One request at a time per host over one kept connection, N hosts at once. It reads each answer to its Content-Length and
forgets it: no robots.txt, no retries, no redirects, no disk. Prints how many answers came and their bytes.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit


async def fetch_all(urls: Sequence[str], concurrency: int) -> tuple[int, int]:
    """Answers and bytes of bodies."""
    hosts: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        parts = urlsplit(url)
        hosts[parts.netloc].append(parts.path)
    room = asyncio.Semaphore(concurrency)

    async def one(host: str, paths: list[str]) -> int:
        async with room:
            return await _fetch_host(host, paths)

    # The hosts with the most to fetch begin, for they end last.
    longest_first = sorted(hosts.items(), key=lambda item: -len(item[1]))
    sizes = await asyncio.gather(*(one(host, paths) for host, paths in longest_first))
    return len(urls), sum(sizes)


async def _fetch_host(host: str, paths: list[str]) -> int:
    name, _, port = host.partition(":")
    reader, writer = await asyncio.open_connection(name, int(port or 80))
    size = 0
    for path in paths:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        size += len(await reader.readexactly(length))
    writer.close()
    await writer.wait_closed()
    return size


def main() -> None:
    """Fetches."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("urls", type=Path)
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    print(*asyncio.run(fetch_all(options.urls.read_text().split(), options.concurrency)))


if __name__ == "__main__":
    main()
