"""A collection whose links live on a server of ours, and rechecks of it on moved days."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from archive.catalogue import Catalogue
from archive.checks import Check, LinkState
from archive.errors import SourcekeepError
from archive.state_rows import history, state_of
from crawler.commands.crawl import read_settings
from crawler.rechecking import Selection, recheck
from crawler.verdict.answer import ContentKind
from tests.web.byte_server import ok

FAST = (
    "SOURCEKEEP_DELAY=0",
    "SOURCEKEEP_DELAY_FACTOR=0",
    "SOURCEKEEP_RETRY_WAIT=0.02",
    "DOWNLOAD_TIMEOUT=10",
)
HTML = b"Content-Type: text/html; charset=utf-8"
START = datetime(2026, 3, 1, 3, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=number)


def story(subject: str, *headers: bytes, paragraphs: int = 6, status: bytes = b"200 OK", around: str = "") -> bytes:
    """An article about a subject, of so many paragraphs of its own."""
    words = [f"{subject}{hashlib.sha256(f'{subject}{n}'.encode()).hexdigest()[:5]}" for n in range(40 * paragraphs)]
    text = "".join(f"<p>{' '.join(words[40 * n : 40 * (n + 1)])}.</p>" for n in range(paragraphs))
    page = f"<html><head><title>{subject}</title></head><body><h1>{subject}</h1>{text}{around}</body></html>"
    return ok(page.encode(), HTML, *headers, status=status)


class CheckBed:
    """Rechecks of the collection in a folder. `told` are the checks of the last one."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "collection"
        self.told: list[Check] = []

    def check(
        self,
        *urls: str,
        on: float = 0,
        settings: tuple[str, ...] = (),
        expected: dict[str, ContentKind] | None = None,
        cut_after: int | None = None,
        **chosen: object,
    ) -> dict[str, object]:
        """The report of a recheck on that day: of these links, or of `chosen`; it fails after `cut_after` checks."""
        self.told = []
        selection = Selection(urls=urls, **chosen)  # type: ignore[arg-type]
        return recheck(
            read_settings(self.root, (*FAST, *settings), networks=("127.0.0.0/8",)),
            selection,
            now=day(on),
            on_check=self._tell if cut_after is None else lambda check: self._tell(check, cut_after),
            quiet=True,
            expected=expected,
        )

    def _tell(self, check: Check, cut_after: int | None = None) -> None:
        self.told.append(check)
        if cut_after is not None and len(self.told) >= cut_after:
            raise SourcekeepError("cut off")

    def verdict(self, url: str) -> Check:
        """The check of a link in the last recheck."""
        (found,) = [check for check in self.told if check.url == url]
        return found

    @contextmanager
    def catalogue(self) -> Iterator[Catalogue]:
        """The collection's catalogue."""
        with closing(Catalogue.open(self.root / "catalogue.db", create=False)) as catalogue:
            yield catalogue

    def state(self, url: str) -> LinkState:
        """What the checks of a link come to."""
        with self.catalogue() as catalogue, catalogue.reading() as connection:
            found = state_of(connection, url)
        assert found is not None
        return found

    def history(self, url: str) -> list[Check]:
        """All checks of a link."""
        with self.catalogue() as catalogue, catalogue.reading() as connection:
            return history(connection, url)

    def records(self) -> list[tuple[str, str, str | None, bytes]]:
        """Type, URI, record referred to and block of every record in the WARCs, in order; a type of "response" with its
        record id as the third."""
        found: list[tuple[str, str, str | None, bytes]] = []
        for path in sorted((self.root / "archive").glob("*.warc.gz")):
            with path.open("rb") as file:
                for record in ArchiveIterator(file, no_record_parse=True):
                    headers = record.rec_headers
                    kind = headers.get_header("WARC-Type")
                    about = headers.get_header("WARC-Refers-To")
                    if kind in ("response", "revisit"):
                        about = headers.get_header("WARC-Record-ID")
                    uri = headers.get_header("WARC-Target-URI") or ""
                    found.append((kind, uri, about, record.content_stream().read()))
        return found

    def kept(self, url: str) -> int:
        """How many answers of a URL the WARCs hold."""
        return sum(kind in ("response", "revisit") and uri == url for kind, uri, _, _ in self.records())
