"""What came of a citation (pure): one reason of a closed list, drawn from the chain that starts at its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.chains import Chain
from archive.model import Capture, CitationKind, HrefReason, LinkStage, Outcome, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of a citation, and the record that proves it."""

    reason: Reason
    capture: Capture | None = None

    @property
    def outcome(self) -> Outcome:
        """Follows from the reason."""
        return self.reason.outcome


_OF_HREF: Mapping[HrefReason, Reason] = {
    HrefReason.EMPTY: Reason.NO_HREF,
    HrefReason.TEMPLATE: Reason.TEMPLATE,
    HrefReason.DASHES: Reason.DASHES,
    HrefReason.NO_BASE: Reason.NO_BASE,
    HrefReason.UNSUPPORTED_SCHEME: Reason.UNSUPPORTED_SCHEME,
    HrefReason.MALFORMED: Reason.MALFORMED_URL,
    HrefReason.OVER_BUDGET: Reason.OVER_BUDGET,
}


def judge(
    href_reason: HrefReason | None, chain: Chain | None, now: datetime, *, kind: CitationKind | None = None
) -> Judgement:
    """What came of a citation of `kind` whose link starts `chain` (None: it never was a link) (pure).

    A cover image that somebody looked at and that does not decode is no copy of an image.
    """
    judgement = _judge(href_reason, chain, now)
    no_image = chain is not None and chain.end.picture is False
    if kind is CitationKind.COVER_IMAGE and judgement.outcome is Outcome.KEPT and no_image:
        return Judgement(reason=Reason.NOT_AN_IMAGE, capture=judgement.capture)
    return judgement


def _judge(href_reason: HrefReason | None, chain: Chain | None, now: datetime) -> Judgement:
    if href_reason is not None or chain is None:
        return Judgement(reason=_OF_HREF[href_reason or HrefReason.MALFORMED])
    end = chain.end
    if chain.endless:
        return Judgement(reason=Reason.REDIRECT_LOOP, capture=end.capture)
    match end.stage:
        case LinkStage.PENDING if end.not_before is not None and end.not_before > now:
            # Put off until a later run: after a failure, or never tried because its host asked everyone to wait.
            reason = end.reason if end.reason is not None and _has_failed(end.reason) else Reason.RATE_LIMITED
            return Judgement(reason=reason, capture=end.capture)
        case LinkStage.PENDING | LinkStage.LEASED:
            return Judgement(reason=Reason.PENDING)
        case LinkStage.DONE | LinkStage.FAILED:
            return _settled(chain)


def _has_failed(reason: Reason | None) -> bool:
    return reason is not None and reason.outcome is Outcome.FAILED


def _settled(chain: Chain) -> Judgement:
    end = chain.end
    match end.reason:
        case Reason.NOT_MODIFIED:
            reason, capture = Reason.NOT_MODIFIED, end.revisited or end.capture
        case Reason.MOVED:  # and no target is known
            reason, capture = Reason.BAD_REDIRECT, end.capture
        case None:
            reason, capture = Reason.INTERNAL_ERROR, end.capture
        case _:
            reason, capture = end.reason, end.capture
    behind = reason.outcome is Outcome.KEPT and len(chain.hops) > 1
    return Judgement(reason=Reason.MOVED if behind else reason, capture=capture)
