"""What of the catalogue may be named and shown: copies that the access rules exclude are as if there were none.

Of those that they block it is told that there are such; nothing of what is in them is: no title, no words, and not
where a redirect led.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from archive.access_rules import Access
from archive.aliases import Alias
from archive.capture_rows import captures_by_record
from archive.chains import Chain
from archive.checks import Check
from archive.event_document import CitationState, Copy, EventState
from archive.event_page import EventPage
from archive.judgement import Judgement
from archive.link_list import ListedLink, unknown_of
from archive.link_parts import LinkPage
from archive.lookup import Candidate, choose
from archive.model import Capture, RecordKind
from crawler.web.served import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Of some records, by their ids: those that may not even be named, and those that are not given out."""

    excluded: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()  # the excluded ones too

    def named(self, record_id: str | None) -> str | None:
        """The id, if it may be named."""
        return None if record_id in self.excluded else record_id


def withheld(served: Served, connection: sa.Connection, record_ids: Iterable[str | None]) -> Withheld:
    """What the rules withhold of these records."""
    if not served.supply.rules.restricts:
        return Withheld()
    known = captures_by_record(connection, {each for each in record_ids if each is not None})
    access = {name: _access(served, each) for name, each in known.items()}
    return Withheld(
        excluded=frozenset(name for name, word in access.items() if word is Access.EXCLUDE),
        closed=frozenset(name for name, word in access.items() if word is not Access.ALLOW),
    )


def is_named(served: Served, capture: Capture) -> bool:
    """Whether a capture may be named; what is blocked may, but not be given out."""
    return _access(served, capture) is not Access.EXCLUDE


def named_captures(served: Served, connection: sa.Connection, found: Sequence[Capture]) -> list[Capture]:
    """Those that may be named, without what tells of others that may not."""
    originals = withheld(served, connection, (each.refers_to for each in found))
    return [_plain(served, originals, each) for each in found if is_named(served, each)]


# --- events ---


def named(served: Served, connection: sa.Connection, state: EventState) -> EventState:
    """An event without the copies that may not be named, and without what is in those that are not given out."""
    if not served.supply.rules.restricts:
        return state
    copies = (copy.capture for each in state.citations for copy in each.copies)
    originals = withheld(served, connection, (each.refers_to for each in copies))
    return replace(
        state,
        page=state.page if state.page is None or is_named(served, state.page) else None,
        citations=tuple(_citation(served, originals, each) for each in state.citations),
    )


def named_page(served: Served, connection: sa.Connection, shown: EventPage) -> EventPage:
    """The page of an event whose state is `named` already, with checks that name nothing they may not."""
    kept_back = _of_checks(served, connection, (check for each in shown.cited for check in each.checks))
    return replace(shown, cited=tuple(replace(each, checks=_checks(kept_back, each.checks)) for each in shown.cited))


def named_judgement(served: Served, judgement: Judgement) -> Judgement:
    """What came of a citation stays told: that there was a copy is no secret of the copy's."""
    hidden = judgement.capture is not None and not is_named(served, judgement.capture)
    return replace(judgement, capture=None) if hidden else judgement


def named_chain(served: Served, chain: Chain) -> Chain:
    """A chain as far as copies that are given out tell where it leads."""
    hops = []
    for hop in chain.hops:
        access = Access.ALLOW if hop.capture is None else _access(served, hop.capture)
        hops.append(replace(hop, capture=None, revisited=None) if access is Access.EXCLUDE else hop)
        if access is not Access.ALLOW:
            break
    return replace(chain, hops=tuple(hops))


def _citation(served: Served, originals: Withheld, state: CitationState) -> CitationState:
    return replace(
        state,
        chain=None if state.chain is None else named_chain(served, state.chain),
        judgement=named_judgement(served, state.judgement),
        copies=tuple(_copy(served, originals, copy) for copy in state.copies if is_named(served, copy.capture)),
    )


def _copy(served: Served, originals: Withheld, copy: Copy) -> Copy:
    capture = copy.capture
    is_open = _access(served, capture) is Access.ALLOW and capture.refers_to not in originals.closed
    return replace(copy, capture=_plain(served, originals, capture), article=copy.article if is_open else None)


# --- links ---


def named_link(served: Served, connection: sa.Connection, shown: LinkPage) -> LinkPage:
    """A link without the copies that may not be named: the best one is the best of the others."""
    if not served.supply.rules.restricts:
        return shown
    originals = withheld(served, connection, (each.capture.refers_to for each in shown.copies))
    copies = [_candidate(served, originals, each) for each in shown.copies if is_named(served, each.capture)]
    proofs = withheld(served, connection, (each.proof for each in shown.aliases))
    brought = withheld(served, connection, (each.record_id for each in shown.recoveries))
    return replace(
        shown,
        listed=None if shown.listed is None else _listed(shown.listed, copies),
        checks=_checks(_of_checks(served, connection, shown.checks), shown.checks),
        choice=choose(copies, shown.choice.moment),
        is_known=bool(copies) or not unknown_of(connection, [shown.url]),
        recoveries=tuple(replace(each, record_id=brought.named(each.record_id)) for each in shown.recoveries),
        aliases=tuple(_alias(proofs, each) for each in shown.aliases),
    )


def _listed(listed: ListedLink, copies: Sequence[Candidate]) -> ListedLink:
    answers = [each for each in copies if each.capture.kind is not RecordKind.METADATA]
    mementos = sum(each.is_memento for each in answers)
    return replace(listed, copies=min(listed.copies, len(answers) - mementos), mementos=min(listed.mementos, mementos))


def _candidate(served: Served, originals: Withheld, each: Candidate) -> Candidate:
    hidden = each.original is not None and each.original.record_id in originals.excluded
    return replace(each, capture=_plain(served, originals, each.capture), original=None if hidden else each.original)


def _alias(proofs: Withheld, alias: Alias) -> Alias:
    return replace(alias, proof=None, capture=None) if alias.proof in proofs.excluded else alias


# --- checks ---


def _of_checks(served: Served, connection: sa.Connection, checks: Iterable[Check]) -> Withheld:
    proofs = (each.verdict.evidence for each in checks)
    return withheld(served, connection, (name for each in proofs for name in (each.record_id, each.compared_with)))


def _checks(kept_back: Withheld, checks: Sequence[Check]) -> tuple[Check, ...]:
    return tuple(_check(kept_back, each) for each in checks) if kept_back.closed else tuple(checks)


def _check(kept_back: Withheld, check: Check) -> Check:
    """What it came to stays told; the words it found are the answer's."""
    proof = check.verdict.evidence
    is_closed = proof.record_id in kept_back.closed
    evidence = replace(
        proof,
        record_id=kept_back.named(proof.record_id),
        compared_with=kept_back.named(proof.compared_with),
        words=() if is_closed else proof.words,
    )
    return replace(
        check,
        verdict=replace(check.verdict, evidence=evidence),
        final_url=None if is_closed else check.final_url,
        redirects=() if is_closed else check.redirects,
    )


# --- captures ---


def _access(served: Served, capture: Capture) -> Access:
    return served.supply.access(capture.url, capture.at)


def _plain(served: Served, originals: Withheld, capture: Capture) -> Capture:
    is_open = _access(served, capture) is Access.ALLOW
    return replace(
        capture,
        refers_to=originals.named(capture.refers_to),
        location=capture.location if is_open else None,
    )
