"""A run's record: its row in the catalogue, its folder, and crawl.log in it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue, Run
from archive.keeper import Kept
from archive.warc_files import storage_error
from crawler import __version__
from crawler.crawl_log import crawl_log_line
from crawler.options import Options, described


class RunRecord:
    """One run as it stands on the disk, from its beginning. The caller holds the collection's lock."""

    def __init__(
        self, catalogue: Catalogue, runs: Path, options: Options, *, job: str, site: str, started_at: datetime
    ) -> None:
        run = Run(
            job=job,
            site=site,
            started_at=started_at,
            pid=os.getpid(),
            host=socket.gethostname(),
            version=__version__,
            configuration=described(options),
        )
        self.id = catalogue.start_run(run)
        self.name = f"{started_at:%Y%m%dT%H%M%SZ}-{self.id}"
        self.folder = runs / self.name
        self.folder.mkdir(parents=True)  # a run's name is never given twice
        self._crawl_log = (self.folder / "crawl.log").open("x", encoding="utf-8")  # "x" follows no link

    def log(self, group: Sequence[Kept]) -> None:
        """Add what was kept to crawl.log. Raises StorageError."""
        lines = (crawl_log_line(kept, url=kept.submission.url) for kept in group)
        try:
            self._crawl_log.writelines(f"{line}\n" for line in lines if line is not None)
            self._crawl_log.flush()
        except OSError as error:
            raise storage_error(error, self.folder / "crawl.log", "writing") from error

    def close(self) -> None:
        """Let go of crawl.log."""
        with contextlib.suppress(OSError):  # lines that found no room before find none now
            self._crawl_log.close()
