"""The run's crawl.log (pure): a line for each attempt.

Its columns are those of Heritrix 3 (`org.archive.crawler.io.UriProcessingFormatter`), so tools for those logs read it:

    2026-11-22T14:00:00.123Z   200       5120 http://courier.test/a.html PC http://archive.test/news/2016/02/3/x.md
    text/html #000 20261122135959667+456 sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ - ok,warcFile:w.warc.gz,...

(one line): time it was over, status, size, URL, discovery path, referrer, type, worker, beginning + milliseconds,
digest of the payload, source tag, annotations. No field holds a blank, none is empty. Discovery path: P page of the
site, C citation, R redirect, E requisite. What never got an answer has one of Heritrix's negative statuses
(`org.archive.modules.fetcher.FetchStatusCodes`). Our reason is the first annotation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from archive.model import Capture, Exchange, LinkStage, Outcome, Reason, RecordKind, Settlement

if TYPE_CHECKING:
    from archive.keeper import Kept

_STATUS_OF = {
    Reason.DNS_GONE: -1,  # S_DOMAIN_UNRESOLVABLE
    Reason.DNS_TEMP: -1,
    Reason.UNREACHABLE: -2,
    Reason.CONN_REFUSED: -2,  # S_CONNECT_FAILED
    Reason.TLS_ERROR: -2,
    Reason.CONN_RESET: -3,  # S_CONNECT_LOST
    Reason.PROTOCOL_ERROR: -3,
    Reason.TRUNCATED: -3,
    Reason.TIMEOUT: -4,  # S_TIMEOUT
    Reason.INTERNAL_ERROR: -5,  # S_RUNTIME_EXCEPTION
    Reason.UNSUPPORTED_SCHEME: -7,  # S_UNFETCHABLE_URI
    Reason.MALFORMED_URL: -7,
    Reason.TEMPLATE: -7,
    Reason.DASHES: -7,
    Reason.NO_BASE: -7,
    Reason.NO_HREF: -7,
    Reason.REDIRECT_LOOP: -4001,  # S_TOO_MANY_LINK_HOPS
    Reason.REFUSED_ADDRESS: -5001,  # S_BLOCKED_BY_USER
    Reason.ROBOTS_EXCLUDED: -9998,  # S_ROBOTS_PRECLUDED
}
_ROBOTS_UNREACHABLE = -61  # S_ROBOTS_PREREQUISITE_FAILURE


def crawl_log_line(kept: Kept, *, url: str | None = None) -> str | None:
    """One attempt as a line of crawl.log, without line end; None for what is none (a page from disk, a text).

    `url` is needed where there is no exchange: a link that was refused before anything was sent.
    """
    submission = kept.submission
    exchange, settlement = submission.exchange, submission.settlement
    if exchange is not None:
        head = _fetched(exchange)
    elif settlement is not None and url is not None:
        head = _not_fetched(settlement, url)
    else:
        return None
    context = submission.context
    return " ".join(
        (
            *head[:4],
            _field(context.hops),
            _field(context.via),
            _field(exchange.mime if exchange else None),
            "#000",  # the worker; one process has no others
            _began(exchange) if exchange else "-",
            _field(exchange.payload_sha1 if exchange else None),
            "-",  # source tag
            _annotations(exchange, kept.capture, settlement),
        )
    )


def _fetched(exchange: Exchange) -> tuple[str, str, str, str]:
    over = _began_at(exchange) + timedelta(milliseconds=exchange.duration_ms)
    status = exchange.status if exchange.status is not None else _STATUS_OF.get(exchange.error or Reason.TIMEOUT, 0)
    size = str(exchange.body_length) if exchange.response_head else "-"
    return stamp(over), f"{status:>5}", f"{size:>10}", _field(exchange.url)


def _not_fetched(settlement: Settlement, url: str) -> tuple[str, str, str, str]:
    reason = settlement.reason
    status = _ROBOTS_UNREACHABLE if reason.outcome is Outcome.FAILED else _STATUS_OF.get(reason, 0)
    if reason is Reason.INTERNAL_ERROR:
        status = _STATUS_OF[reason]
    return stamp(settlement.at), f"{status:>5}", f"{'-':>10}", _field(url)


def stamp(at: datetime) -> str:
    """`at` as ISO 8601 to the millisecond: 2026-11-22T14:00:00.123Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _began(exchange: Exchange) -> str:
    """20261122140000123+456: when it began, and milliseconds to its end."""
    began = _began_at(exchange).astimezone(UTC)
    return f"{began:%Y%m%d%H%M%S}{began.microsecond // 1000:03}+{max(0, exchange.duration_ms)}"


def _began_at(exchange: Exchange) -> datetime:
    """When we began to fetch it; a memento's own time is another."""
    return exchange.started_at if exchange.source is None else exchange.source.fetched_at


def _field(text: str | None) -> str:
    """`text` as one field: blanks, line ends and whatever else is no visible character percent-encoded."""
    if not text:
        return "-"
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return "".join(_encoded(character) for character in text)


def _encoded(character: str) -> str:
    if character.isprintable() and not character.isspace():
        return character
    return "".join(f"%{octet:02X}" for octet in character.encode("utf-8", "surrogatepass"))


def _annotations(exchange: Exchange | None, capture: Capture | None, settlement: Settlement | None) -> str:
    """Comma-separated: what else is to be said. `-` if nothing."""
    return ",".join(_notes(exchange, capture, settlement)) or "-"


def _notes(exchange: Exchange | None, capture: Capture | None, settlement: Settlement | None) -> Iterator[str]:
    if settlement is not None:
        yield settlement.reason.value
        if settlement.stage is LinkStage.PENDING:
            yield "tryAgain"
        if settlement.redirect_to is not None:
            yield f"to:{_field(settlement.redirect_to.url).replace(',', '%2C')}"
    if exchange is not None:
        if exchange.truncated is not None:
            yield f"truncated:{exchange.truncated.value}"
        if exchange.error is not None and (settlement is None or settlement.reason is not exchange.error):
            yield exchange.error.value
        if exchange.tls is not None and exchange.tls.verified is False:
            yield "unverifiedCertificate"
        if exchange.source is not None:
            yield f"memento:{_field(exchange.source.url).replace(',', '%2C')}"
        if exchange.ip:
            yield f"ip:{_field(exchange.ip)}"
    if capture is not None:
        if capture.kind is RecordKind.REVISIT:
            yield "duplicate:digest" if exchange is None or exchange.status != 304 else "notModified"
        yield f"warcFile:{capture.where.warc}"
        yield f"warcFileOffset:{capture.where.offset}"
