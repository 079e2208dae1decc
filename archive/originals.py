"""Which capture an answer may be kept as a revisit of: its payload is on the disk already, whole and readable.

An archive that stores the same payload once and points at it afterwards stands and falls with that one record. So the
catalogue is only asked where to look; the record itself is opened before anything refers to it. What is truncated,
blocked, not committed yet or gone from the disk never becomes an original.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive.catalogue import Catalogue
from archive.errors import SourcekeepError
from archive.http_message import parse_head
from archive.model import Capture, Exchange, Via
from archive.reader import open_record


def originals(catalogue: Catalogue, folder: Path, exchanges: Sequence[Exchange]) -> list[Capture | None]:
    """For each exchange the capture whose payload it may refer to: of a 304 the latest good one of its URL, of another
    whole 2xx answer the first with the same payload. None where there is none. `folder` holds the WARCs.

    Raises CatalogueUnavailable.
    """
    digests = {each.payload_sha256 for each in exchanges if each.payload_sha256 is not None and _may_refer(each)}
    same = catalogue.same_payloads(digests)
    return [_original(catalogue, folder, each, same.get(each.payload_sha256 or "", ())) for each in exchanges]


def _may_refer(exchange: Exchange) -> bool:
    good = exchange.status is not None and 200 <= exchange.status < 300 and exchange.status != 206
    if exchange.via is Via.MEMENTO:  # it stands by itself: what an archive sent is no copy of ours, nor one of its own
        return False
    return good and exchange.payload_length > 0 and exchange.truncated is None and exchange.error is None


def _original(catalogue: Catalogue, folder: Path, exchange: Exchange, same: Sequence[Capture]) -> Capture | None:
    if exchange.status == 304:
        return catalogue.latest_capture(exchange.url)
    if not _may_refer(exchange):
        return None
    return next((each for each in same if _is_there(folder, each, exchange)), None)


def _is_there(folder: Path, original: Capture, exchange: Exchange) -> bool:
    """Whether the record lies where the catalogue says, and is framed as the answer is.

    Replay tools read the payload of the original by the header of the revisit: chunks must not meet a Content-Length.
    """
    try:
        record = open_record(folder, original.where)
        head = record.head()
    except (SourcekeepError, OSError):
        return False
    same = record.record_id == original.record_id and record.header("WARC-Payload-Digest") == exchange.payload_sha1
    return same and head is not None and head.chunked == parse_head(exchange.response_head).chunked
