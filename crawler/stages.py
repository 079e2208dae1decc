"""What a job does after the fetch: read the articles out of the captures, write each event's document.

Both go on where they were stopped: an article that has been read is a row, an event whose document is out of date is
marked so until it is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from archive.atomic_file import write_atomically
from archive.batch import ArticleRead, DocumentWritten
from archive.event_document import document_bytes, event_document
from archive.event_states import dirty_events
from archive.extract import Extracted, Finding, extract
from archive.keeper import Submission, Text
from archive.model import Capture
from archive.payloads import payload_of
from archive.schema import ArticleState
from archive.unread import unread_captures
from archive.workers import Workers

if TYPE_CHECKING:
    from crawler.jobs import Job

EVENTS_AT_ONCE = 200
CAPTURES_AT_ONCE = 500


def write_documents(job: Job) -> int:
    """Write the JSON of every event in which something changed, and keep it in the WARC; how many were written."""
    written = 0
    while True:
        with job.catalogue.reading() as connection:
            states = list(dirty_events(connection, EVENTS_AT_ONCE, job.now()))
        for state in states:
            data = document_bytes(event_document(state))
            path = job.collection.events / state.json_name
            write_atomically(path, data, within=job.collection.root)
            uri = "urn:sourcekeep:event:" + quote(state.event.path, safe="/")
            job.keeper.put(
                Submission(
                    metadata=Text(
                        uri=uri,
                        mime="application/json",
                        payload=data,
                        refers_to=state.page.record_id if state.page is not None else None,
                    ),
                    document=DocumentWritten(event_id=state.event_id, dirty=state.dirty),
                )
            )
        job.keeper.flush()
        written += len(states)
        if len(states) < EVENTS_AT_ONCE:
            return written


def read_articles(job: Job, *, processes: int) -> int:
    """Read title, author, date, language and text of every capture of a source not read yet; how many were."""
    with Workers(processes=processes) as workers:
        summary = extract(
            _unread(job),
            read=partial(payload_of, job.collection.warcs),
            keep=lambda extracted: job.keeper.put(article_submission(extracted, job.now())),
            workers=workers,
            progress=partial(_tell, job),
        )
    job.keeper.flush()
    return summary.total


def _tell(job: Job, extracted: Extracted) -> None:
    if extracted.finding is Finding.OUT_OF_REACH:
        job.problem(f"the record of {extracted.capture.url} cannot be read: {extracted.why}; the next run tries again")


def _unread(job: Job) -> Iterator[Capture]:
    """Captures to read, in slices: a query is not held open while articles are parsed."""
    after = 0
    while True:
        with job.catalogue.reading() as connection:
            found = unread_captures(connection, after=after, limit=CAPTURES_AT_ONCE)
        if not found:
            return
        after = found[-1][0]
        for _, capture in found:
            if job.interrupted:
                return
            yield capture


def article_submission(extracted: Extracted, now: datetime) -> Submission:
    """What was found in a capture, to be kept: the text as a conversion record that refers to it, the rest as a row."""
    capture, article = extracted.capture, extracted.article
    if article is None:
        state = ArticleState.FAILED if extracted.finding.failed else ArticleState.NOTHING
        why = f"{extracted.finding}: {extracted.why}" if extracted.why else str(extracted.finding)
        return Submission(article=ArticleRead(record_id=capture.record_id, state=state, at=now, why=why))
    assert extracted.finding is Finding.READ, "an article was read"
    text = article.text.encode("utf-8", "replace")
    return Submission(
        conversion=Text(
            uri=extracted.text_uri, mime="text/plain; charset=utf-8", payload=text, refers_to=capture.record_id
        ),
        article=ArticleRead(
            record_id=capture.record_id,
            state=ArticleState.READ,
            at=now,
            title=article.title,
            author=article.author,
            published=article.published,
            language=article.language,
            site_name=article.site_name,
            text_sha256=hashlib.sha256(text).hexdigest(),
            text_chars=len(article.text),
        ),
    )
