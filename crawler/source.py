"""What a crawl is pointed at, checked at the door: an address, a folder, a page."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from archive.errors import UsageError
from archive.urls import canonical
from crawler.guard import url_refusal

_ADDRESS = re.compile(r"https?:", re.IGNORECASE)


def is_address(source: str) -> bool:
    """Whether `source` is an http(s) address, not a path."""
    return _ADDRESS.match(source) is not None


def source_of(text: str) -> str:
    """The canonical address, or the absolute path, that `text` means. Raises `UsageError` for what is neither."""
    if is_address(text):
        return _address(text)
    if "://" in text:
        raise UsageError(f"{text} is no archive that can be walked; give an http(s) address, a folder or a page")
    path = Path(text).expanduser()
    if not path.exists():
        raise UsageError(f"{text} does not exist; give an http(s) address, a folder of event pages, or one page")
    return str(path.absolute())


def _address(text: str) -> str:
    try:
        if "@" in urlsplit(text).netloc:
            raise UsageError("the address holds a user name or password, which would end up in records; leave them out")
        address = canonical(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no address ({error}); write it like https://site.example/index.md") from error
    if url_refusal(address) is not None:
        raise UsageError(f"{text!r} is no address that can be asked; write it like https://site.example/index.md")
    return address
