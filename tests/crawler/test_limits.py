"""When a run ends by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.settings import Settings

from archive.errors import DiskFull, UsageError
from crawler.disk_guard import Room, require_room, room_at, room_short
from crawler.intake import Intake, Keeping
from crawler.limits import Limit, Limits, Taken, reached, seconds_of, size_of
from crawler.oversight_options import OversightOptions
from crawler.wire import ResponseFramer


@pytest.mark.parametrize(
    ("written", "size"),
    [
        (0, 0), (7, 7), ("512", 512), ("10 GB", 10_000_000_000), ("2GiB", 2 << 30), ("64M", 64 << 20),
        ("1.5 kB", 1500), ("1_000 b", 1000),
    ],
)  # fmt: skip
def test_sizes_as_people_write_them(written: object, size: int) -> None:
    """Powers of 1000 with a B alone, of 1024 else."""
    assert size_of(written) == size


@pytest.mark.parametrize(
    ("written", "seconds"), [(90, 90), ("90", 90), ("2h 30min", 9000), ("1d", 86_400), ("1.5m", 90), ("20 sec", 20)]
)
def test_spans_as_people_write_them(written: object, seconds: float) -> None:
    """Seconds where no unit is named."""
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["", "much", "-1", "1 XB", True, None, -1, 1.5, "9" * 40, "999999999999 TB"])
def test_what_is_no_size(written: object) -> None:
    """Refused with what it takes."""
    with pytest.raises(ValueError, match="size"):
        size_of(written)


@pytest.mark.parametrize("written", ["", "soon", "-1", "5 weeks", True, None, -1, float("nan"), "1h30x"])
def test_what_is_no_span(written: object) -> None:
    """Refused with what it takes."""
    with pytest.raises(ValueError, match="time span"):
        seconds_of(written)


def test_the_limit_that_is_reached_has_its_exit_code() -> None:
    """14 for pages and bytes, 15 for time; none without a limit or below it."""
    taken = Taken(pages=10, bytes=2000, seconds=60)
    assert reached(Limits(), taken) is None
    assert reached(Limits(pages=11, bytes=2001, seconds=60.5), taken) is None
    codes = {}
    for limits in (Limits(pages=10), Limits(bytes=2000), Limits(seconds=60)):
        found = reached(limits, taken)
        assert found is not None
        codes[found.limit] = found.exit_code
    assert codes == {Limit.PAGES: 14, Limit.BYTES: 14, Limit.TIME: 15}


def test_a_disk_with_less_than_the_reserve(tmp_path: Path) -> None:
    """Says how much is free, how much is to stay so, and how much room to make; exit code 3."""
    short = room_short(Room(free=30_000_000, total=1 << 40), 100_000_000, tmp_path)
    assert short is not None
    assert short.exit_code == 3
    for said in (str(tmp_path), "30.0 MB are free", "100.0 MB are to stay so", "make room for 70.0 MB"):
        assert said in short.why
    assert room_short(Room(free=100_000_000, total=1 << 40), 100_000_000, tmp_path) is None
    assert room_short(Room(free=0, total=1), 0, tmp_path) is None
    found = room_at(tmp_path)
    assert 0 < found.free <= found.total
    with pytest.raises(DiskFull, match="the same command then goes on"):
        require_room(tmp_path, found.total + 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIMIT_PAGES", "-1"), ("LIMIT_PAGES", "1.5"), ("LIMIT_BYTES", "lots"), ("LIMIT_TIME", "soon"),
        ("DISK_RESERVE", "-5"), ("METRICS_PORT", "70000"), ("METRICS_HOST", "localhost"), ("KEEP_REPORTS", "some"),
        ("JSON_LOG_FILES", "0"), ("STALL_AFTER", "x"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused_by_name(name: str, value: str) -> None:
    """Before anything begins."""
    settings = Settings()
    settings.setmodule("crawler.settings")
    assert OversightOptions.of(settings).limits == Limits(reserve=64 << 20)
    settings.set(f"SOURCEKEEP_{name}", value)
    with pytest.raises(UsageError, match=f"SOURCEKEEP_{name} is '{value}'"):
        OversightOptions.of(settings)


async def test_a_long_body_leaves_half_of_the_reserve(tmp_path: Path) -> None:
    """What is in flight when a run ends by its reserve is finished, but not at any price."""

    class Nobody:
        def head(self, framer: ResponseFramer) -> None:
            pass

        def body(self, payload: bytes) -> None:
            pass

    def came(leave_free: int) -> Intake:
        intake = Intake("GET", Keeping(folder=tmp_path, leave_free=leave_free), Nobody())
        intake.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 6000000\r\n\r\n")
        for _ in range(60):
            intake.feed(bytes(100_000))
        intake.close()
        return intake

    assert came(1).failure is None
    assert isinstance(came(1 << 62).failure, DiskFull)
