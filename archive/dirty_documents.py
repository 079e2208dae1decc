"""The documents of events in which something changed, written and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from archive.atomic_file import write_atomically
from archive.batch import Batch, DocumentWritten
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.event_document import EventState, document_bytes, event_document
from archive.rebuild_documents import PREFIX
from archive.records import sha1
from archive.writer import WarcWriter

_AT_ONCE = 200  # documents

Held = Callable[[str], str | None]  # given the URI of a document: the payload digest of the version that is kept


def has_dirty_events(catalogue: Catalogue, now: datetime) -> bool:
    """Whether any document is out of date."""
    return bool(catalogue.dirty_events(1, now=now))


def write_dirty_documents(
    catalogue: Catalogue,
    collection: Collection,
    writer: WarcWriter,
    *,
    now: datetime,
    held: Held = lambda _uri: None,
    progress: Callable[[int], object] = lambda _written: None,
) -> int:
    """Write every document that is out of date; how many. One that is not `held` is kept in a WARC first.

    Costs what is out of date, whatever else the collection holds. Raises StorageError, CatalogueUnavailable.
    """
    written = 0
    collection.events.mkdir(exist_ok=True)
    while states := catalogue.dirty_events(_AT_ONCE, now=now):
        for state in states:
            _write(state, collection, held, writer)
        writer.sync()
        position = writer.position
        documents = [DocumentWritten(event_id=state.event_id, dirty=state.dirty) for state in states]
        catalogue.commit(Batch(documents=documents, warcs=dict([position]) if position is not None else {}))
        written += len(states)
        progress(written)
    if finished := writer.close():
        catalogue.commit(Batch(finished_warcs=finished))
    return written


def _write(state: EventState, collection: Collection, held: Held, writer: WarcWriter) -> None:
    data = document_bytes(event_document(state))
    uri = PREFIX + quote(state.event.path, safe="/")
    if held(uri) != sha1(data):
        about = state.page.record_id if state.page is not None else None
        writer.write_metadata(uri, "application/json", data, about=about)
    write_atomically(collection.events / state.json_name, data, within=collection.root)
