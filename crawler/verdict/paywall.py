"""Pages that say of themselves that one has to pay (pure)."""

from __future__ import annotations

from archive.verdicts import Verdict, VerdictState
from crawler.verdict.answer import Answer, Match
from crawler.verdict.ruling import ruled


def paywalled(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Alive: JSON-LD says `isAccessibleForFree: false` (schema.org)."""
    if answer.page is None or answer.page.free is not False or answer.tls_verified is False:
        return None
    return ruled(VerdictState.PAYWALLED, "paywalled", answer, words=("isAccessibleForFree: false",))


RULES = (paywalled,)
