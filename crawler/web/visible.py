"""What of the catalogue may be named: copies that the access rules exclude are as if there were none."""

from __future__ import annotations

from dataclasses import replace

from archive.access_rules import Access
from archive.event_document import EventState
from archive.judgement import Judgement
from archive.model import Capture
from crawler.web.served import Served


def is_named(served: Served, capture: Capture) -> bool:
    """Whether a capture may be named; what is blocked may, but not be given out."""
    return served.supply.access(capture.url, capture.at) is not Access.EXCLUDE


def named(served: Served, state: EventState) -> EventState:
    """An event without the copies that may not be named."""
    if not served.supply.rules.restricts:
        return state
    return replace(
        state,
        citations=tuple(
            replace(
                each,
                judgement=_judgement(served, each.judgement),
                copies=tuple(copy for copy in each.copies if is_named(served, copy.capture)),
            )
            for each in state.citations
        ),
    )


def _judgement(served: Served, judgement: Judgement) -> Judgement:
    """What came of a citation stays told: that there was a copy is no secret of the copy's."""
    hidden = judgement.capture is not None and not is_named(served, judgement.capture)
    return replace(judgement, capture=None) if hidden else judgement
