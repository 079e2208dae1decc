"""Measures the recording download handler: CPU a page, and the peak memory of a very large body.

    python benchmarks/recorder.py [--pages 5000] [--size 30000] [--rounds 5] [--loop uvloop|asyncio] [--gib 2]

The server is a bare asyncio one in another process, so that its CPU is not counted. What is counted is all the CPU of
this process between the first and the last page: handler, hashing, event loop, system calls. The requests are made
beforehand. The floor is the same exchange by a bare asyncio protocol that does nothing but read to the end.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import multiprocessing
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from archive.model import Exchange
from crawler.recorder import RecordingDownloadHandler

PIECE = b"x" * (1 << 18)


class Page(asyncio.Protocol):
    """Answers /SIZE with as many bytes, in pieces as the transport takes them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        assert hasattr(transport, "write")
        self.transport = transport
        self.left = 0

    def data_received(self, data: bytes) -> None:
        """One request a read is all the client below sends."""
        self.left = int(data.split(b" ", 2)[1].strip(b"/"))
        head = b"HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
        head += b'Content-Type: text/html; charset=utf-8\r\nCache-Control: max-age=60\r\nETag: "x"\r\n'
        first = b"x" * min(self.left, 1 << 16)
        self.transport.write(head + b"Content-Length: %d\r\n\r\n" % self.left + first)
        self.left -= len(first)
        self.paused = False
        self.resume_writing()

    def pause_writing(self) -> None:
        """The buffer is full."""
        self.paused = True

    def resume_writing(self) -> None:
        """There is room again."""
        self.paused = False
        while self.left and not self.paused:
            piece = PIECE[: self.left]
            self.left -= len(piece)
            self.transport.write(piece)


def serve(pipe: multiprocessing.connection.Connection) -> None:
    """The server process."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Page, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class Reader(asyncio.Protocol):
    """The floor: reads a page of known length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Count."""
        if self.due is None:
            self.due = data.index(b"\r\n\r\n") + 4 + self.size
        self.due -= len(data)
        if not self.due:
            self.done.set_result(None)

    async def get(self, request: bytes, size: int) -> None:
        """One page."""
        self.due: int | None = None
        self.size, self.done = size, asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        await self.done


class Spent(NamedTuple):
    """CPU a page, in milliseconds: our own, and the kernel's on our behalf (which is mostly waking the server)."""

    user: float
    system: float

    def __str__(self) -> str:
        return f"{self.user + self.system:.3f} ms ({self.user:.3f} user, {self.system:.3f} system)"


async def spread(count: int, in_flight: int, one: Callable[[int], Awaitable[None]]) -> Spent:
    """CPU for `count` calls, some at a time."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await one(number)

    before = resource.getrusage(resource.RUSAGE_SELF)
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work())
    after = resource.getrusage(resource.RUSAGE_SELF)
    scale = 1000 / count
    return Spent((after.ru_utime - before.ru_utime) * scale, (after.ru_stime - before.ru_stime) * scale)


async def floor(port: int, options: argparse.Namespace) -> Spent:
    """The same pages by a bare protocol."""
    loop = asyncio.get_running_loop()
    readers = [(await loop.create_connection(Reader, "127.0.0.1", port))[1] for _ in range(options.in_flight)]
    free = list(readers)
    request = b"GET /%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % options.size

    async def one(_: int) -> None:
        reader = free.pop()
        await reader.get(request, options.size)
        free.append(reader)

    spent = await spread(options.pages, options.in_flight, one)
    for reader in readers:
        reader.transport.close()
    return spent


def handler() -> RecordingDownloadHandler:
    """A recording handler as a crawl has it."""
    settings = {"SOURCEKEEP_RECORD": True, "SOURCEKEEP_ALLOW_NETWORKS": ["127.0.0.0/8"], "DOWNLOAD_MAXSIZE": 1 << 40}
    crawler = get_crawler(Spider, settings)
    crawler.spider = crawler._create_spider("bench")  # noqa: SLF001
    return RecordingDownloadHandler.from_crawler(crawler)


def drop(exchange: Exchange) -> None:
    """Takes an exchange and keeps nothing."""
    if exchange.body is not None:
        exchange.body.close()


async def pages(port: int, options: argparse.Namespace) -> Spent:
    """Pages through the handler."""
    ours = handler()
    url, meta = f"http://127.0.0.1:{port}/{options.size}", {"sourcekeep_exchange": drop, "download_timeout": 60}
    requests = [Request(url, headers={"User-Agent": "bench"}, meta=dict(meta)) for _ in range(options.pages)]

    async def one(number: int) -> None:
        response = await ours.download_request(requests[number])
        assert len(response.body) == options.size

    spent = await spread(options.pages, options.in_flight, one)
    await ours.close()
    return spent


def hashing(size: int) -> float:
    """Milliseconds for the three digests of a body."""
    body, started = b"x" * size, time.process_time()
    for _ in range(1000):
        for algorithm in (hashlib.sha1, hashlib.sha1, hashlib.sha256):
            algorithm(body, usedforsecurity=False)
    return time.process_time() - started  # seconds for a thousand: milliseconds for one


async def large(port: int, size: int) -> tuple[float, float]:
    """One very large body: wall seconds, and this process's peak memory in MiB."""
    ours = handler()
    started = time.monotonic()
    meta = {"sourcekeep_exchange": drop, "download_timeout": 600}
    response = await ours.download_request(Request(f"http://127.0.0.1:{port}/{size}", meta=meta))
    assert response.flags == ["body_spooled"]
    await ours.close()
    return time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="CPU a page and peak memory of the recording handler.")
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--size", type=int, default=30_000)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--gib", type=float, default=0.0, help="also fetch one body of this size")
    options = parser.parse_args()
    factory = None
    if options.loop == "uvloop":
        import uvloop  # noqa: PLC0415

        factory = uvloop.new_event_loop
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port = ours.recv()
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            bare = min(runner.run(floor(port, options)) for _ in range(options.rounds))
            spent = min(runner.run(pages(port, options)) for _ in range(options.rounds))
            print(f"{options.loop}, {options.size} bytes a page, best of {options.rounds}: CPU a page {spent}")
            print(f"bare reader {bare}; hashing alone {hashing(options.size):.3f} ms")
            if options.gib:
                seconds, peak = runner.run(large(port, int(options.gib * (1 << 30))))
                print(f"a body of {options.gib} GiB: {seconds:.1f} s, peak memory {peak:.0f} MiB")
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
