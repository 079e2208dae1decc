"""The texts of a package: README.txt for whoever receives it, and its data dictionary (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.package_bag import BagFile
from archive.tables import TABLES

METADATA = "data/metadata"
LEDGER = "data/ledger.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a package holds, in numbers."""

    title: str
    made_at: datetime
    software: str
    warcs: int
    captures: int
    events: int
    citations: int
    links: int
    lost: int
    left_out: int
    has_wacz: bool
    is_of_links: bool


def readme(contents: Contents) -> str:
    """README.txt."""
    title = "".join(each if each.isprintable() else "\ufffd" for each in contents.title)
    shown = "Open data/wacz/*.wacz at https://replayweb.page" if contents.has_wacz else "Any tool that reads WARC:"
    packed = (
        "data/wacz/             all of it as one WACZ file, to be looked at in a browser\n" if contents.has_wacz else ""
    )
    return (
        f"""{title}
{"=" * min(len(title), 72)}

A package of preserved web pages, made by {contents.software} on {_day(contents.made_at)}.
It holds {_count(contents.captures, "capture")} in {_count(contents.warcs, "WARC file")}: {_cited(contents)},
and what these need to be shown.
{_lacking(contents)}
What is in it
-------------
data/warcs/            the captures: WARC/1.1 (ISO 28500), one gzip member per record, each as it was first written
data/indexes/          index.cdxj: where each capture lies, sorted by address and time
data/metadata/         events.jsonl, citations.csv, links.csv, captures.csv, checks.jsonl; datapackage.json says of
                       each column what it means
data/ledger.csv        of every citation what came of it, and the record that shows it
data/premis/           PREMIS 3 metadata, a file for each WARC
data/logs/             what was fetched when, in the columns of Heritrix's crawl.log; not always there
data/configuration/    how the crawls were set up
{packed}manifest-sha256.txt    the digest of every file; bagit.txt and bag-info.txt make this a BagIt bag (RFC 8493)

How to check it
---------------
    bagit.py --validate .            (Python: pip install bagit), or any other BagIt tool
    cd here; sha256sum -c manifest-sha256.txt

How to look at it
-----------------
    {shown}
    pywb:        wb-manager init c; wb-manager add c data/warcs/*.warc.gz; wayback
    tables:      a spreadsheet, Datasette or pandas reads data/metadata/*.csv (UTF-8, RFC 4180)

How to go on with it
--------------------
    sourcekeep import . -c NEW-COLLECTION

makes a collection of it again{_missing(contents)}

A record of the type `revisit` holds no body: it says that the same bytes came as in the record it refers to, which is
in this package too. Values of Authorization, Cookie and Proxy-Authorization in requests are recorded as [removed].
""".rstrip()
        + "\n"
    )


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def _cited(contents: Contents) -> str:
    if contents.is_of_links:
        return f"{_count(contents.citations, 'citation')} of event pages, as they were when they were fetched"
    pages = _count(contents.events, "event page")
    return f"{pages} and the {_count(contents.citations, 'link')} they cite, as they were when they were fetched"


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def _lacking(contents: Contents) -> str:
    parts = []
    if contents.lost:
        parts.append(
            f"{_count(contents.lost, 'capture')} of it lay in WARCs that are missing, and could not be taken along."
        )
    if contents.left_out:
        parts.append(f"{_count(contents.left_out, 'record')} could not be read, and left out.")
    return "".join(f"{part}\n" for part in parts)


def _missing(contents: Contents) -> str:
    if contents.is_of_links:
        return ": captures, checks and states of the links. Events are\nnot in a package of links: see citations.csv."
    return ", with the same events, citations, captures, states of\nlinks, and the same ledger."


# --- datapackage.json ---


def datapackage(contents: Contents, files: Iterable[BagFile]) -> bytes:
    """The data dictionary: a Data Package (specs.frictionlessdata.io) of the files that were written so far."""
    found = {each.path: each for each in files}
    resources = [_table(name, found[path]) for name in TABLES if (path := f"{METADATA}/{name}.csv") in found]
    resources += [
        {
            **_file(found[path]),
            "name": name,
            "type": "file",  # no table: its lines have not the same keys
            "format": "jsonl",
            "mediatype": "application/x-ndjson",
            "description": says,
        }
        for name, says in _LINES.items()
        if (path := f"{METADATA}/{name}.jsonl") in found
    ]
    about = {
        "profile": "data-package",
        "name": "metadata",
        "title": contents.title,
        "description": "What is known of the captures in ../warcs.",
        "created": contents.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "resources": resources,
    }
    return json.dumps(about, indent=2, ensure_ascii=True).encode("ascii") + b"\n"


_LINES = {
    "events": "an event a line: its page, its citations, what came of each, and where every copy lies; "
    "JSON Schema in event.schema.json",
    "checks": "a check of a link (`check`: its address), a person's mark (`mark`), or an incident of a host "
    "(`incident_of`) a line, with the evidence",
}


def _file(file: BagFile) -> dict[str, object]:
    return {
        "path": file.path.rpartition("/")[2],
        "bytes": file.length,
        "hash": f"sha256:{file.digests['sha256']}",
        "encoding": "utf-8",
    }


def _table(name: str, file: BagFile) -> dict[str, object]:
    table = TABLES[name]
    return {
        **_file(file),
        "name": f"{name}-table" if name in _LINES else name,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "description": table.says,
        "dialect": {"lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": table.schema(),
    }


def event_schema() -> bytes:
    """JSON Schema (2020-12) of a line of events.jsonl."""
    text, number = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
    place = {"warc": text, "offset": number, "length": number}
    copy = {
        "url": text,
        "at": text,
        "status": number,
        "mime": text,
        "kind": text,
        "via": text,
        "record_id": text,
        "refers_to": text,
        **place,
        "payload_sha1": text,
        "payload_sha256": text,
        "payload_length": number,
        "article": {"type": ["object", "null"]},
        "requisites": {"type": ["object", "null"]},
    }
    citation = {
        "position": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["source", "cover_image", "inline"]},
        "label": {"type": "string"},
        "href": {"type": "string"},
        "url": text,
        "outcome": {"enum": ["kept", "failed", "excluded", "waiting"]},
        "reason": {"type": "string"},
        "record_id": text,
        "redirects": {"type": "array", "items": _object({"url": text, "status": number, "at": text, **place})},
        "copies": {"type": "array", "items": _object(copy)},
    }
    event = {
        "schema": {"const": 1},
        "path": {"type": "string"},
        "language": {"type": "string"},
        "date": text,
        "title": {"type": "string"},
        "summary": {"type": "string"},
        "topic": text,
        "version": {"type": "integer"},
        "page": _object({"sha256": text, "read_at": text, "record_id": text, **place}),
        "citations": {"type": "array", "items": _object(citation)},
        "related": {"type": "array", "items": {"type": "object"}},
        "changes": {"type": "array", "items": {"type": "object"}},
        "formats": {"type": "array", "items": {"type": "string"}},
        "date_link": text,
    }
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "An event", **_object(event)}
    return json.dumps(about, indent=2).encode("ascii") + b"\n"


def _object(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "required": list(properties), "properties": properties}
