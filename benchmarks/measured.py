"""What a process costs, from its start to its end, and tables of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Of a process with all its threads and the children it waited for. Seconds, bytes."""

    wall: float
    cpu: float
    memory: int  # peak, resident

    @classmethod
    def median_of(cls, usages: Sequence[Self]) -> Usage:
        """The median of each."""
        return Usage(
            wall=median(each.wall for each in usages),
            cpu=median(each.cpu for each in usages),
            memory=round(median(each.memory for each in usages)),
        )


def measured(command: Sequence[str], *, folder: Path, fine: Sequence[int] = (0,)) -> Usage:
    """Runs a command in a folder, with its messages in `messages` there. RuntimeError if it ends with no `fine` code.

    The peak counts what this process holds at the fork, so this process has to stay small.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    with (folder / "messages").open("wb") as messages:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=messages, stderr=messages, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in fine:
        text = (folder / "messages").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
    return Usage(wall=wall, cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss << 10)


def python(module: str, *arguments: object) -> list[str]:
    """The command that runs a module of this project."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def size_of(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def mebibytes(size: float) -> str:
    """A size for a table."""
    return f"{size / (1 << 20):,.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that can also be read as it is: the first column to the left, numbers to the right."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join(cells)} |"

    rule = f"|{'|'.join(('-' * (width + 1)) + (':' if n else '-') for n, width in enumerate(widths))}|"
    return "\n".join([line(head), rule, *map(line, rows)])
