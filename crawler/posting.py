"""From any thread to the loop's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


def post(loop: asyncio.AbstractEventLoop, call: Callable[P, object], *args: P.args, **_: P.kwargs) -> None:
    """Have the loop make the call soon; nothing if it is closed: then nobody is left whom the call could concern."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *args)
