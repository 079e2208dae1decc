"""PREMIS 3.0 metadata of one WARC of a package (pure).

An object of the category file with its fixity, size and format; what happened to it (its records were captured, the
file was written, its digests were taken); who did so. The elements come in the order of the schema
(http://www.loc.gov/standards/premis/v3/premis.xsd); the words are those of the Library of Congress's vocabularies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://www.loc.gov/premis/v3"
SCHEMA = "https://www.loc.gov/standards/premis/v3/premis.xsd"
PRONOM_WARC_1_1 = "fmt/1355"

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ALGORITHMS = {"sha256": "SHA-256", "sha512": "SHA-512"}
_ID_LOC = "http://id.loc.gov/vocabulary/preservation"
_AUTHORITY = {  # of a word: the vocabulary, and the word's code in it
    "capture": ("eventType", "cap"),
    "creation": ("eventType", "cre"),
    "message digest calculation": ("eventType", "mes"),
    "software": ("agentType", "sof"),
    "derivation": ("relationshipType", "der"),
    "has source": ("relationshipSubType", "hss"),
    "SHA-256": ("cryptographicHashFunctions", "sha256"),
    "SHA-512": ("cryptographicHashFunctions", "sha512"),
}

_Content: TypeAlias = "str | Sequence[_Element]"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFacts:
    """What is to be said of a WARC."""

    identifier: str  # a URI
    path: str  # in the bag
    length: int  # bytes
    digests: Mapping[str, str]  # "sha256" to hex
    records: int
    captures: int
    first: datetime | None  # of the captures
    last: datetime | None
    sources: Sequence[str]  # names of the WARCs its records were copied from
    made_at: datetime
    software: str  # "sourcekeep 0.1.0"


@dataclass(frozen=True, slots=True)
class _Element:
    name: str
    content: _Content
    attributes: tuple[tuple[str, str], ...] = ()


def premis_xml(facts: WarcFacts) -> bytes:
    """The document, UTF-8 with its XML declaration."""
    root = _Element(
        "premis",
        [_object(facts), *_events(facts), _agent(facts.software)],
        (
            ("xmlns", NAMESPACE),
            ("xmlns:xsi", _XSI),
            ("xsi:schemaLocation", f"{NAMESPACE} {SCHEMA}"),
            ("version", "3.0"),
        ),
    )
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_spelled(root, 0))).encode()


# --- the parts ---


def _object(facts: WarcFacts) -> _Element:
    name, _, version = facts.software.partition(" ")
    fixity = [
        _Element("fixity", [_word("messageDigestAlgorithm", _ALGORITHMS[each]), _Element("messageDigest", digest),
                            _Element("messageDigestOriginator", facts.software)])
        for each, digest in facts.digests.items()
    ]  # fmt: skip
    made_by = [_Element("creatingApplicationName", name), _Element("creatingApplicationVersion", version or "unknown"),
               _Element("dateCreatedByApplication", _time(facts.made_at))]  # fmt: skip
    characteristics = [
        _Element("compositionLevel", "0"),
        *fixity,
        _Element("size", str(facts.length)),
        _format(),
        _Element("creatingApplication", made_by),
    ]
    location = [
        _Element("contentLocationType", "path in the bag"),
        _Element("contentLocationValue", facts.path),
    ]
    return _Element(
        "object",
        [
            _identifier("object", "URI", facts.identifier),
            _Element("objectCharacteristics", characteristics),
            _Element("originalName", facts.path.rpartition("/")[2]),
            _Element("storage", [_Element("contentLocation", location)]),
            *_relationship(facts.sources),
            *(_identifier("linkingEvent", "URI", each) for each in _event_ids(facts)),
        ],
        (("xsi:type", "file"),),
    )


def _format() -> _Element:
    registry = [
        _Element("formatRegistryName", "PRONOM"),
        _Element("formatRegistryKey", PRONOM_WARC_1_1),
        _Element("formatRegistryRole", "specification"),
    ]
    return _Element(
        "format",
        [
            _Element("formatDesignation", [_Element("formatName", "WARC"), _Element("formatVersion", "1.1")]),
            _Element("formatRegistry", registry),
            _Element("formatNote", "each record is a gzip member of its own (WARC/1.1, annex D)"),
        ],
    )


def _relationship(sources: Sequence[str]) -> Iterator[_Element]:
    if sources:
        related = [_identifier("relatedObject", "name of a WARC in the source collection", each) for each in sources]
        yield _Element(
            "relationship",
            [_word("relationshipType", "derivation"), _word("relationshipSubType", "has source"), *related],
        )


def _events(facts: WarcFacts) -> Iterator[_Element]:
    captured, made, digested = _event_ids(facts)
    if facts.first is not None and facts.last is not None:
        span = f"{facts.captures} captures from {_time(facts.first)} to {_time(facts.last)}"
    else:
        span = "no captures"
    first = facts.first or facts.made_at
    copied = f"{facts.records} records copied as they are from {', '.join(facts.sources) or 'no other file'}"
    taken = f"{', '.join(_ALGORITHMS[each] for each in facts.digests)} over the whole file, while it was written"
    yield _event(facts, captured, "capture", first, span)
    yield _event(facts, made, "creation", facts.made_at, copied)
    yield _event(facts, digested, "message digest calculation", facts.made_at, taken)


def _event(facts: WarcFacts, identifier: str, kind: str, at: datetime, detail: str) -> _Element:
    return _Element(
        "event",
        [
            _identifier("event", "URI", identifier),
            _word("eventType", kind),
            _Element("eventDateTime", _time(at)),
            _Element("eventDetailInformation", [_Element("eventDetail", detail)]),
            _Element("eventOutcomeInformation", [_Element("eventOutcome", "success")]),
            _identifier("linkingAgent", "name", facts.software),
            _identifier("linkingObject", "URI", facts.identifier),
        ],
    )


def _event_ids(facts: WarcFacts) -> tuple[str, str, str]:
    captured, made, digested = (f"{facts.identifier}#{each}" for each in ("capture", "creation", "digests"))
    return captured, made, digested


def _agent(software: str) -> _Element:
    name, _, version = software.partition(" ")
    return _Element(
        "agent",
        [
            _identifier("agent", "name", software),
            _Element("agentName", name),
            _word("agentType", "software"),
            _Element("agentVersion", version or "unknown"),
        ],
    )


def _identifier(of: str, kind: str, value: str) -> _Element:
    name = f"{of}Identifier"
    return _Element(name, [_Element(f"{name}Type", kind), _Element(f"{name}Value", value)])


def _word(name: str, word: str) -> _Element:
    """A word of a vocabulary, and where it stands there."""
    vocabulary, code = _AUTHORITY[word]
    uri = f"{_ID_LOC}/{vocabulary}"
    return _Element(name, word, (("authority", vocabulary), ("authorityURI", uri), ("valueURI", f"{uri}/{code}")))


# --- spelling ---


def _time(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _spelled(element: _Element, depth: int) -> Iterator[str]:
    indent = "  " * depth
    attributes = "".join(f" {name}={quoteattr(_visible(value))}" for name, value in element.attributes)
    if isinstance(element.content, str):
        yield f"{indent}<{element.name}{attributes}>{escape(_visible(element.content))}</{element.name}>\n"
        return
    yield f"{indent}<{element.name}{attributes}>\n"
    for each in element.content:
        yield from _spelled(each, depth + 1)
    yield f"{indent}</{element.name}>\n"


def _visible(text: str) -> str:
    """Text without what XML 1.0 cannot hold."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)
