"""PREMIS files against what the standard's schema says of each element: which children it has, in which order."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from archive.premis import NAMESPACE, WarcFacts, premis_xml

AT = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"

# Of each element its children in their order: "?" at most once, "*" any number, "+" at least once, else once.
# premis.xsd of PREMIS 3.0, as far as we use it.
SCHEMA = {
    "premis": "object+ event* agent* rights*",
    "object": "objectIdentifier+ preservationLevel* significantProperties* objectCharacteristics+ originalName? "
    "storage* signatureInformation* relationship* linkingEventIdentifier* linkingRightsStatementIdentifier*",
    "objectIdentifier": "objectIdentifierType objectIdentifierValue",
    "objectCharacteristics": "compositionLevel? fixity* size? format+ creatingApplication* inhibitors* "
    "objectCharacteristicsExtension*",
    "fixity": "messageDigestAlgorithm messageDigest messageDigestOriginator?",
    "format": "formatDesignation formatRegistry? formatNote*",
    "formatDesignation": "formatName formatVersion?",
    "formatRegistry": "formatRegistryName formatRegistryKey formatRegistryRole?",
    "creatingApplication": "creatingApplicationName creatingApplicationVersion? dateCreatedByApplication? "
    "creatingApplicationExtension*",
    "storage": "contentLocation? storageMedium?",
    "contentLocation": "contentLocationType contentLocationValue",
    "relationship": "relationshipType relationshipSubType relatedObjectIdentifier+ relatedEventIdentifier*",
    "relatedObjectIdentifier": "relatedObjectIdentifierType relatedObjectIdentifierValue relatedObjectSequence?",
    "linkingEventIdentifier": "linkingEventIdentifierType linkingEventIdentifierValue",
    "event": "eventIdentifier eventType eventDateTime eventDetailInformation* eventOutcomeInformation* "
    "linkingAgentIdentifier* linkingObjectIdentifier*",
    "eventIdentifier": "eventIdentifierType eventIdentifierValue",
    "eventDetailInformation": "eventDetail? eventDetailExtension*",
    "eventOutcomeInformation": "eventOutcome eventOutcomeDetail*",
    "linkingAgentIdentifier": "linkingAgentIdentifierType linkingAgentIdentifierValue linkingAgentRole*",
    "linkingObjectIdentifier": "linkingObjectIdentifierType linkingObjectIdentifierValue linkingObjectRole*",
    "agent": "agentIdentifier+ agentName* agentType? agentVersion? agentNote* agentExtension*",
    "agentIdentifier": "agentIdentifierType agentIdentifierValue",
}


def facts(**changed: object) -> WarcFacts:
    """What is said of a WARC."""
    known: dict[str, object] = {
        "identifier": "urn:uuid:1", "path": "data/warcs/x.warc.gz", "length": 12, "records": 3, "captures": 1,
        "digests": {"sha256": "ab", "sha512": "cd"}, "first": AT, "last": AT, "sources": ["a.warc.gz", "b.warc.gz"],
        "made_at": AT, "software": "sourcekeep 1.2",
    }  # fmt: skip
    return WarcFacts(**(known | changed))  # type: ignore[arg-type]


def wrong_in(element: ET.Element) -> list[str]:
    """What contradicts the schema, in and below an element."""
    name, children = _name(element), [_name(each) for each in element]
    if name not in SCHEMA:
        return [f"{name} has children"] if children else ([] if element.text else [f"{name} is empty"])
    rest = list(children)
    wrong = []
    for allowed in SCHEMA[name].split():
        child, times = allowed.rstrip("?*+"), 0
        while rest and rest[0] == child:
            del rest[0]
            times += 1
        least, most = {"?": (0, 1), "*": (0, 99), "+": (1, 99)}.get(allowed[-1], (1, 1))
        wrong += [] if least <= times <= most else [f"{times} {child} in {name}"]
    return wrong + [f"{each} in {name}" for each in rest] + [each for child in element for each in wrong_in(child)]


def _name(element: ET.Element) -> str:
    namespace, _, name = element.tag.removeprefix("{").partition("}")
    assert namespace == NAMESPACE
    return name


@pytest.mark.parametrize("changed", [{}, {"sources": [], "first": None, "last": None, "digests": {"sha256": "ab"}}])
def test_elements_are_where_the_schema_has_them(changed: dict[str, object]) -> None:
    """None is missing, none too many, none in the wrong place; its version and category are told."""
    root = ET.fromstring(premis_xml(facts(**changed)))
    assert wrong_in(root) == []
    assert root.attrib["version"] == "3.0"
    assert root[0].attrib[XSI] == "file"


def test_what_is_named_is_there() -> None:
    """Every event the object names, the object and the agent that events name."""
    root = ET.fromstring(premis_xml(facts()))
    values = {kind: {each.text for each in root.iter(f"{{{NAMESPACE}}}{kind}IdentifierValue")} for kind in
              ("event", "linkingEvent", "object", "linkingObject", "agent", "linkingAgent")}  # fmt: skip
    assert values["event"] == values["linkingEvent"] != set()
    assert values["object"] == values["linkingObject"] == {"urn:uuid:1"}
    assert values["agent"] == values["linkingAgent"] == {"sourcekeep 1.2"}
    assert [each.text for each in root.iter(f"{{{NAMESPACE}}}messageDigest")] == ["ab", "cd"]


def test_names_are_text() -> None:
    """Markup and what XML cannot hold do no harm."""
    root = ET.fromstring(premis_xml(facts(sources=["<a>&\x00\x1b\ud800"])))
    (found,) = root.iter(f"{{{NAMESPACE}}}relatedObjectIdentifierValue")
    assert found.text == "<a>&\ufffd\ufffd\ufffd"
