"""An event survives its way into JSON and back."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from archive.event_codec import event_from_json, event_to_json
from archive.model import Change, Citation, CitationKind, Event, HrefReason, RelatedEvent

TEXT = st.text(max_size=20)
CITATIONS = st.builds(
    Citation,
    kind=st.sampled_from(CitationKind),
    label=TEXT,
    href=TEXT,
    url=st.one_of(st.none(), TEXT),
    reason=st.one_of(st.none(), st.sampled_from(HrefReason)),
    position=st.integers(1, 99),
)
RELATED = st.builds(
    RelatedEvent, title=TEXT, path=TEXT, contexts=st.lists(TEXT, max_size=3).map(tuple), context_raw=TEXT
)
CHANGES = st.builds(Change, number=st.integers(1, 9), title=TEXT, path=TEXT, stamp=TEXT, label=TEXT)
EVENTS = st.builds(
    Event,
    path=TEXT,
    language=TEXT,
    day=st.one_of(st.none(), st.dates()),
    title=TEXT,
    summary=TEXT,
    topic=st.one_of(st.none(), TEXT),
    citations=st.lists(CITATIONS, max_size=3).map(tuple),
    related=st.lists(RELATED, max_size=3).map(tuple),
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    formats=st.lists(TEXT, max_size=3).map(tuple),
    date_link=st.one_of(st.none(), TEXT),
    sha256=TEXT,
)


@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    """Every field, types included."""
    assert event_from_json(event_to_json(event)) == event


def test_json_is_readable() -> None:
    """Other scripts are written as they are, on one line."""
    event = Event(
        path="zh/a.md", language="zh", day=date(2014, 6, 7), title="伊拉克", summary="", topic=None, citations=(),
        related=(), changes=(), formats=(), date_link=None, sha256="",
    )  # fmt: skip
    assert '"title":"伊拉克"' in event_to_json(event)
    assert '"day":"2014-06-07"' in event_to_json(event)
    assert "\n" not in event_to_json(event)
