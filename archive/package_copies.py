"""The WARCs of a package filled: records copied out of the collection's, and the few that the package alone has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from archive import cdxj
from archive.check_records import MARKS, MIME, PREFIX, Fact, fact_json, facts_payload
from archive.checks import Mark
from archive.event_document import Json, document_bytes, event_document
from archive.event_states import event_states
from archive.link_rows import chunks
from archive.model import Resource
from archive.package_bag import BagFile
from archive.package_notes import METADATA
from archive.package_records import (
    SourceWarc,
    Texts,
    Wanted,
    all_records,
    begins_with,
    belongs_to,
    chosen_records,
    source_warcs,
)
from archive.package_warcs import MadeWarc, PackageWarcs, Places, lines_of
from archive.package_work import Origin, Work
from archive.premis import WarcFacts, premis_xml
from archive.reader import Record
from archive.rebuild_documents import PREFIX as EVENT
from archive.records import metadata_record
from archive.table_rows import event_ids, facts_of

_DOCUMENTS = 100  # at once
_FACTS = 1000  # in a record


def add_warcs(work: Work, max_size: int) -> list[MadeWarc]:
    """The WARCs of a package, their index and their PREMIS files. Raises OSError, StorageError."""
    lines = work.scratch / "lines.cdxj"
    about = {
        "software": work.origin.software,
        "description": f"A package of sourcekeep: {work.selection.title}. Records are copied as they are; before those "
        "of each WARC they come from stands its own warcinfo record.",
    }
    with lines.open("w", encoding="ascii", newline="\n") as out:
        warcs = PackageWarcs(work.bag, work.places, out, about=about, now=work.origin.now, max_size=max_size)
        try:
            _copy_records(work, warcs)
            _write_documents(work, warcs)
            _write_facts(work, warcs)
        finally:
            warcs.close()
    index = work.bag.root / "data/indexes"
    index.mkdir()
    cdxj.write_sorted(index / cdxj.INDEX, lines_of([lines]))
    work.bag.take_in(f"data/indexes/{cdxj.INDEX}")
    for each in warcs.made:
        if each.file is not None:
            work.bag.add(f"data/premis/{each.name}.xml", [premis_xml(_facts(each, each.file, work.origin))])
    return warcs.made


def _facts(made: MadeWarc, file: BagFile, origin: Origin) -> WarcFacts:
    return WarcFacts(
        identifier=f"urn:uuid:{uuid5(NAMESPACE_URL, file.digests['sha256'])}",
        path=file.path,
        length=file.length,
        digests=file.digests,
        records=made.records,
        captures=made.captures,
        first=made.first,
        last=made.last,
        sources=made.sources,
        made_at=origin.now,
        software=origin.software,
    )


def _copy_records(work: Work, warcs: PackageWarcs) -> None:
    wanted = Wanted(folder=work.origin.collection.warcs, chosen=work.chosen, is_all=work.selection.is_all)
    texts = None if wanted.is_all else Texts(work.origin.connection, work.chosen)
    for source in source_warcs(work.origin.connection, wanted, work.problems.append):
        warcs.begin(source, begins_with(source))
        main = ""
        for record in _records(work, wanted, source, texts):
            alone = not belongs_to(record, main)
            main = record.record_id if alone else main
            warcs.take(record, alone=alone)
            work.done += record.where.length
            work.progress("copying the records", work.done, work.total)


def _records(work: Work, wanted: Wanted, source: SourceWarc, texts: Texts | None) -> Iterator[Record]:
    if texts is None:
        return all_records(source, work.problems.append)
    return chosen_records(work.origin.connection, wanted, source, texts, work.problems.append)


def _write_documents(work: Work, warcs: PackageWarcs) -> None:
    """The events' documents: as records of the package, and as lines of events.jsonl."""
    with work.bag.writing(f"{METADATA}/events.jsonl") as out:
        for some in chunks(event_ids(work.origin.connection, work.chosen), _DOCUMENTS):
            for state in event_states(work.origin.connection, some, work.origin.now):
                document = {name: _placed(value, work.places) for name, value in event_document(state).items()}
                data = document_bytes(document)
                uri = EVENT + quote(state.event.path, safe="/")
                text = Resource(uri=uri, mime="application/json", payload=data, at=work.origin.now)
                about = state.page.record_id if state.page is not None else None
                warcs.write(metadata_record(text, record_id=work.record_id(uri), about=about))
                out.write(json.dumps(json.loads(data)).encode("ascii") + b"\n")


def _placed(value: Json, places: Places) -> Json:
    """A part of a document with the places its records have in the package."""
    if isinstance(value, list):
        return [_placed(each, places) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _placed(each, places) for name, each in value.items()}
    if "warc" in found:
        where = places.of(str(found["record_id"])) if found["record_id"] is not None else None
        found |= {
            "warc": where.warc if where else None,
            "offset": where.offset if where else None,
            "length": where.length if where else None,
        }
    return found


def _write_facts(work: Work, warcs: PackageWarcs) -> None:
    """checks.jsonl; and as records what lies in records together with what was not chosen, or in none yet."""
    facts = facts_of(work.origin.connection, work.chosen)
    number = 0
    with work.bag.writing(f"{METADATA}/checks.jsonl") as out:
        while some := list(islice(facts, _FACTS)):
            out.writelines((json.dumps(fact_json(each)) + "\n").encode("ascii") for each in some)
            for uri, part in _told(some, work):
                number += 1
                text = Resource(uri=uri, mime=MIME, payload=facts_payload(part), at=work.origin.now)
                warcs.write(metadata_record(text, record_id=work.record_id(f"{uri} {number}"), about=None))


def _told(facts: list[Fact], work: Work) -> Iterator[tuple[str, list[Fact]]]:
    marks: list[Fact] = [each for each in facts if isinstance(each, Mark)]
    others: list[Fact] = [each for each in facts if not isinstance(each, Mark)]
    if marks:
        yield MARKS, marks
    if others and not work.selection.is_all:  # of everything the records are copied
        yield f"{PREFIX}package", others
