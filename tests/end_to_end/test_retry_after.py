"""Retry-After: the host is left alone exactly so long, over a restart too; a day ahead is put off, not slept."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.web.byte_server import ByteServer, ok

PAGE = """### [2016-02-3](/news/2016/02/3/index.md)

##### Bridges
# A bridge opens

Summary.


### Sources:

{sources}
"""


def page_with(folder: Path, *urls: str) -> Path:
    """A folder with one event page that cites `urls`."""
    day = folder / "news" / "2016" / "02" / "3"
    day.mkdir(parents=True)
    sources = "\n".join(f"{number}. [Courier]({url})" for number, url in enumerate(urls, 1))
    (day / "a-bridge-opens.md").write_text(PAGE.format(sources=sources))
    return folder


def test_a_day_ahead_is_put_off_and_remembered(tmp_path: Path) -> None:
    """The run ends at once with exit 0 and says so; the next run does not ask that host at all; others go on."""
    wait = ok(b"later", b"Retry-After: 86400", status=b"429 Too Many Requests")
    with ByteServer() as busy, ByteServer("127.0.0.2") as other:
        busy.on("/robots.txt", ok(b""))
        other.on("/robots.txt", ok(b""))
        busy.on("/a", wait)
        busy.on("/b", wait)
        other.on("/c", ok(b"an article"))
        pages = page_with(tmp_path / "pages", busy.url("/a"), busy.url("/b"), other.url("/c"))
        began = time.monotonic()
        first = report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST))
        assert time.monotonic() - began < 20
        assert (first["exit_code"], first["citations"]["reasons"]) == (0, {"rate_limited": 2, "ok": 1})  # type: ignore[index]
        asked = len(busy.log)
        assert asked == 2  # robots.txt, and the one that was told to wait
        second = report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST))
        assert (second["exit_code"], len(busy.log)) == (0, asked)


def test_seconds_are_waited_for_to_the_second(tmp_path: Path) -> None:
    """503 with Retry-After: 2: not before, and not much later, and then it is kept."""
    busy_now = ok(b"busy", b"Retry-After: 2", status=b"503 Service Unavailable")
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/a", busy_now, ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        report = report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST))
    assert report["citations"]["reasons"] == {"ok": 1}  # type: ignore[index]
    log = (next((tmp_path / "c" / "runs").iterdir()) / "crawl.log").read_text().splitlines()
    begun = [fields[8].partition("+")[0] for fields in map(str.split, log) if fields[3].endswith("/a")]
    seconds = [int(each[8:10]) * 3600 + int(each[10:12]) * 60 + int(each[12:]) / 1000 for each in begun]
    assert 2.0 <= seconds[1] - seconds[0] < 4.0


def test_a_wait_outlives_the_run(tmp_path: Path) -> None:
    """A run that will not wait so long ends at once; the next one, begun at once, does not ask before the time."""
    times: list[float] = []

    def busy(_: bytes) -> bytes:
        times.append(time.monotonic())
        return ok(b"busy", b"Retry-After: 6", status=b"503 Service Unavailable") if len(times) == 1 else ok(b"there")

    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/a", busy)
        pages = page_with(tmp_path / "pages", web.url("/a"))
        first = report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST, "-sSOURCEKEEP_PATIENCE=1"))
        assert len(times) == 1
        second = report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST))
    assert first["citations"]["reasons"] == {"rate_limited": 1}  # type: ignore[index]
    assert second["citations"]["reasons"] == {"ok": 1}  # type: ignore[index]
    assert times[1] - times[0] >= 6.0


def test_every_spelling_of_a_wait(tmp_path: Path) -> None:
    """An HTTP date is obeyed as seconds are; one that has passed, a negative number, nonsense and none at all are tried
    again after our own pause; a year is put off like a day. Nobody waits for anybody else."""
    soon = "a date in four seconds"
    values = {
        soon: "ok",
        "Wed, 03 Feb 2016 10:00:00 GMT": "ok",
        "-5": "ok",
        "soon \xff\x01": "ok",
        "1e3": "ok",
        "": "ok",
        "99999999999999999999": "rate_limited",
        "Fri, 31 Dec 9999 23:59:59 GMT": "rate_limited",
    }
    asked: dict[str, list[float]] = {value: [] for value in values}

    def answer(value: str) -> Callable[[bytes], bytes]:
        def busy(_: bytes) -> bytes:
            asked[value].append(time.monotonic())
            date = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
            header = b"Retry-After: " + (date if value == soon else value).encode("latin-1")
            return ok(b"later", header, status=b"429 Too Many") if len(asked[value]) == 1 else ok(b"an article")

        return busy

    with contextlib.ExitStack() as stack:
        urls = []
        for number, value in enumerate(values, 1):
            web = stack.enter_context(ByteServer(f"127.0.1.{number}"))
            web.on("/robots.txt", ok(b""))
            web.on("/a", answer(value))
            urls.append(web.url("/a"))
        pages = page_with(tmp_path / "pages", *urls)
        began = time.monotonic()
        report = report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST))
        assert time.monotonic() - began < 25
    assert (report["exit_code"], report["citations"]["reasons"]) == (0, Counter(values.values()))  # type: ignore[index]
    assert 2.5 < asked[soon][1] - asked[soon][0] < 8
    assert all(len(times) == 1 for value, times in asked.items() if values[value] != "ok")
    others = [times[1] - times[0] for value, times in asked.items() if values[value] == "ok" and value != soon]
    assert max(others) < 4
