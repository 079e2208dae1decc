"""Printing in a thread of its own."""

from __future__ import annotations

import os
import threading
from functools import partial

import pytest

from crawler.printing import Printer


def test_a_reader_that_waits_holds_nobody_up() -> None:
    """More than a pipe holds is taken at once, and arrives whole and in order when somebody reads."""
    out, into = os.pipe()
    printer = Printer(lambda: None)
    lines = [b"%06d\n" % number * 10 for number in range(5000)]
    for line in lines:
        printer.put(partial(os.write, into, line))
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.extend(iter(partial(os.read, out, 1 << 16), b"")))
    reader.start()
    printer.close()
    os.close(into)
    reader.join()
    os.close(out)
    assert b"".join(found) == b"".join(lines)


def test_a_reader_that_has_gone_is_told_of_once() -> None:
    """The first failure is said at once and raised at the end; nothing more is printed."""
    out, into = os.pipe()
    os.close(out)
    gone = threading.Semaphore(0)
    printer = Printer(gone.release)
    done: list[int] = []
    printer.put(partial(os.write, into, b"x"))
    assert gone.acquire(timeout=10)
    printer.put(partial(done.append, 1))
    with pytest.raises(BrokenPipeError):
        printer.close()
    os.close(into)
    assert done == []
    assert not gone.acquire(blocking=False)
