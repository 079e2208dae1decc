"""Where runs of jobs are recorded: `runs/<time>-<job>/job.json`, and what each step printed, beside it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from archive.atomic_file import write_atomically
from archive.collection import Collection
from archive.errors import UsageError
from archive.warc_files import storage_error
from crawler.job_sequence import JobRun, job_json, job_run
from crawler.terminal import json_document

RECORD = "job.json"
_MOST = 1 << 20  # bytes of a record


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The folder of one run of a job."""

    path: Path

    @classmethod
    def new(cls, collection: Collection, run: JobRun) -> JobFolder:
        """A folder for a run that begins. Raises StorageError."""
        name = f"{run.started:%Y%m%dT%H%M%SZ}-{run.job}"
        number = 1
        while True:
            path = collection.runs / (name if number == 1 else f"{name}.{number}")
            try:
                path.mkdir()
            except FileExistsError:
                number += 1  # another one of this second
            except OSError as error:
                raise storage_error(error, path, "making") from error
            else:
                return cls(path)

    def save(self, run: JobRun) -> None:
        """Write the record, whole. Raises StorageError."""
        write_atomically(self.path / RECORD, json_document(job_json(run)).encode())


def last_run(collection: Collection, job: str) -> tuple[JobFolder, JobRun] | None:
    """The newest run of the job that is recorded; None if there is none. What cannot be read is passed over."""
    return next(_recorded(collection, job), None)


def runs_of(collection: Collection, job: str) -> Iterator[JobRun]:
    """The runs of the job that are recorded, the newest first."""
    return (run for _, run in _recorded(collection, job))


def _recorded(collection: Collection, job: str) -> Iterator[tuple[JobFolder, JobRun]]:
    for path in sorted(collection.runs.glob(f"*-{job}*/{RECORD}"), reverse=True):
        if path.parent.is_symlink():  # it may have been planted, and the run would be written through it
            continue
        run = job_of(path.parent)
        if run is not None and run.job == job:
            yield JobFolder(path.parent), run


def job_of(folder: Path) -> JobRun | None:
    """The run of a job that is recorded in `folder`; None if none is, or it cannot be read."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        return job_run(json.loads(_read(folder / RECORD)))
    return None


def _read(path: Path) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return file.read(_MOST)


class JobLock:
    """The kernel's lock that keeps two jobs off one collection; each step takes the collection's own besides."""

    def __init__(self, collection: Collection) -> None:
        self._lock = FileLock(collection.runs / ".job.lock", timeout=0, thread_local=False)

    def take(self, *, seconds: float) -> bool:
        """Whether it is ours after waiting so long. Raises StorageError, UsageError."""
        if Path(self._lock.lock_file).is_symlink():
            raise UsageError(f"{self._lock.lock_file} is a symbolic link, which no run has made; take it away")
        try:
            self._lock.acquire(timeout=seconds)
        except Timeout:
            return False
        except OSError as error:
            raise storage_error(error, Path(self._lock.lock_file), "locking") from error
        return True

    def release(self) -> None:
        """Give it back."""
        with contextlib.suppress(OSError):
            self._lock.release()
