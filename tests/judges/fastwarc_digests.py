"""Run by the judges' Python: what fastwarc makes of every record of the WARCs named, a JSON line each.

`block`: whether the block digest is right. `payload`: the SHA-1 of the payload as fastwarc gives it, without transfer
coding, in base32; null where it cannot take the record apart. Its own `check --verify-payloads` neither undoes chunks
nor judges a payload that is not HTTP, and ends at the first head it cannot read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys

from fastwarc.warc import ArchiveIterator


def main() -> None:
    """One line a record."""
    for path in sys.argv[1:]:
        for record in ArchiveIterator(path, parse_http=False):
            block = record.verify_block_digest() if "WARC-Block-Digest" in record.headers else None
            row = {"id": record.record_id.strip("<>"), "offset": record.stream_pos, "block": block}
            sys.stdout.write(json.dumps(row | {"payload": payload(path, record.stream_pos)}) + "\n")


def payload(path: str, offset: int) -> str | None:
    """The digest of a record's payload. Opened anew: after what fastwarc cannot parse, its iterator is of no use."""
    with open(path, "rb") as file:  # noqa: PTH123 - fastwarc wants to seek in a plain file
        file.seek(offset)
        record = next(iter(ArchiveIterator(file, parse_http=False)))
        try:
            if record.is_http:
                record.parse_http(auto_decode="transfer", max_header_len=1 << 20)
            body = record.reader.read()
        except Exception:  # noqa: BLE001 - whatever it says of a head
            return None
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


if __name__ == "__main__":
    main()
