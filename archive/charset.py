"""Bytes of a page -> text, whatever its labels claim (pure).

The WHATWG Encoding Standard (section 6) trusts labels in this order: byte order mark, Content-Type, <meta>. Old news
sites mislabel so often that here the bytes have a say first: a text that is valid UTF-8 beyond ASCII is UTF-8, and a
multi-byte label (Chinese, Japanese, Korean) that fits the bytes beats a single-byte one, which fits any bytes.

Only encodings of the Web are tried. UTF-7 is not one (it smuggles markup), nor are Python's own such as "punycode",
which take quadratic time.
"""

from __future__ import annotations

import codecs
import re

from bs4.dammit import EncodingDetector
from charset_normalizer import from_bytes

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Python's name of a codec -> the one browsers read such pages with (Encoding Standard section 4.2).
_MULTI_BYTE = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "hz": "hz", "big5": "big5hkscs",
    "big5hkscs": "big5hkscs", "cp950": "big5hkscs", "shift_jis": "cp932", "cp932": "cp932", "euc_jp": "euc_jp",
    "iso2022_jp": "iso2022_jp", "euc_kr": "cp949", "cp949": "cp949",
}  # fmt: skip
_SINGLE_BYTE = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "tis-620": "cp874", "iso8859-11": "cp874",
    **{f"iso8859-{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{name: name for name in ("cp866", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "cp874", "cp1250", "cp1251")},
    **{f"cp125{n}": f"cp125{n}" for n in range(2, 9)},
}  # fmt: skip
_SEVEN_BIT = frozenset({"iso2022_jp", "hz"})

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
_HEAD = 8192  # where a <meta> with the charset must stand; browsers look at 1024
_SAMPLE = 32768
_BAD_SHARE = 0.05  # of the characters beyond ASCII: more that cannot be decoded, and the label lies


def decode(data: bytes, content_type: str | None) -> str:
    """The text of a page. Never fails: what cannot be read becomes U+FFFD."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    labels = _labels(data, content_type)
    if data.isascii():
        return _decode_ascii(data, labels)
    if wide := _without_mark(data):
        return data.decode(wide, "replace")
    return _decode_bytes(data, labels)


def _labels(data: bytes, content_type: str | None) -> list[str]:
    """The codecs that Content-Type and the page's own head name, if they are of the Web."""
    header = _CHARSET.search(content_type or "")
    inside = EncodingDetector.find_declared_encoding(data[:_HEAD], is_html=True, search_entire_document=True)
    names = (header and header[1], inside)
    return [codec for name in names if name and (codec := _codec(name))]


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return None
    return _MULTI_BYTE.get(name) or _SINGLE_BYTE.get(name)


def _decode_ascii(data: bytes, labels: list[str]) -> str:
    escaped = [label for label in labels if label in _SEVEN_BIT and (b"\x1b" in data or b"~{" in data)]
    return data.decode(escaped[0] if escaped else "ascii", "replace")


def _without_mark(data: bytes) -> str | None:
    """UTF-16 without its byte order mark: markup is ASCII mostly, so every other byte is NUL."""
    head = data[:_HEAD]
    half = max(len(head) // 2, 1)
    even, odd = head[::2].count(0) / half, head[1::2].count(0) / half
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _decode_bytes(data: bytes, labels: list[str]) -> str:
    multi = [label for label in labels if label in _MULTI_BYTE.values()]
    single = [label for label in labels if label not in multi]
    for label in ["utf-8", *multi, *single]:
        text = data.decode(label, "replace")
        if _bad_share(text) <= _BAD_SHARE:
            return text
    guess = from_bytes(_sample(data)).best()
    return data.decode((guess and _codec(guess.encoding)) or "cp1252", "replace")


def _bad_share(text: str) -> float:
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") / beyond if beyond else 0.0


def _sample(data: bytes) -> bytes:
    """The stretch that begins with the first byte beyond ASCII: guessing by statistics needs no more."""
    first = next((i for i, byte in enumerate(data) if byte > 0x7F), 0)
    return data[max(first - 64, 0) : first + _SAMPLE]
