"""Text out of bytes whose labels are missing, wrong or malicious."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.charset import decode

CHINESE = "市议会星期三通过了新的河岸防洪方案,工程将于明年春天开工。" * 4
ENGLISH = "The café’s owner said “no” — twice."


def page(text: str, charset: str, label: str | None = None) -> bytes:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={label}">' if label else ""
    return f"<html><head>{meta}</head><body><p>{text}</p></body></html>".encode(charset)


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        (page(CHINESE, "utf-8"), None, CHINESE),
        (page(CHINESE, "utf-8"), "text/html; charset=ISO-8859-1", CHINESE),
        (page(CHINESE, "utf-8", "gb2312"), None, CHINESE),
        (page(CHINESE, "gb18030", "gb2312"), None, CHINESE),
        (page(CHINESE, "gb18030", "gb2312"), "text/html; charset=iso-8859-1", CHINESE),
        (page(CHINESE, "gb18030"), 'text/html; Charset="GBK"', CHINESE),
        (page(CHINESE, "gb18030"), "text/html; charset=utf-8", CHINESE),
        (page("市議會通過了新的防洪方案" * 9, "big5", "big5"), None, "市議會通過了新的防洪方案"),
        (page("議会は新しい計画を可決した" * 9, "shift_jis", "shift_jis"), None, "議会は新しい計画を可決した"),
        (page("議会は新しい計画を可決した", "iso2022_jp", "iso-2022-jp"), None, "議会は新しい計画を可決した"),
        (page("Совет принял новый план", "cp1251"), "text/html; charset=windows-1251", "Совет принял новый план"),
        (page(ENGLISH, "cp1252"), "text/html; charset=iso-8859-1", ENGLISH),
        (page(ENGLISH, "cp1252"), None, ENGLISH),
        (codecs.BOM_UTF16_LE + page(CHINESE, "utf-16-le"), "text/html; charset=utf-8", CHINESE),
        (page(ENGLISH, "utf-16-be"), "text/html; charset=utf-16", ENGLISH),
        (codecs.BOM_UTF8 + page(ENGLISH, "utf-8", "gbk"), None, ENGLISH),
    ],
)
def test_the_text_is_found_behind_any_label(data: bytes, content_type: str | None, text: str) -> None:
    """Right, missing and lying labels give the same text."""
    assert text in decode(data, content_type)


def test_one_bad_byte_costs_one_character() -> None:
    """A page cut or spliced in mid-character stays in its charset."""
    data = page(CHINESE * 3, "utf-8").replace("河".encode(), b"\xe6\xb2", 1)
    text = decode(data, None)
    assert text.count("\ufffd") == 1
    assert "市议会" in text


def test_utf7_is_never_decoded() -> None:
    """UTF-7 hides markup from everybody who looks for it; browsers dropped it."""
    assert "<script" not in decode(b"+ADw-script+AD4-alert(1)", "text/html; charset=utf-7")


@pytest.mark.parametrize(
    "label", ["punycode", "idna", "unicode_escape", "rot13", "zip", "base64", "mbcs", "\x00", "a" * 99]
)
def test_codecs_that_are_not_of_the_web_are_not_used(label: str) -> None:
    """A label cannot name one of Python's own codecs, some of which take quadratic time."""
    data = b"caf\xc3\xa9 \\u0041"
    assert decode(data, f"text/html; charset={label}") == "café \\u0041"


LABELS = [
    f"text/html; charset={name}" for name in ("gbk", "shift_jis", "iso-2022-jp", "hz", "latin1", "utf-16", "utf-7")
]
CONTENT_TYPES = st.none() | st.sampled_from(LABELS) | st.text(max_size=30).map("text/html; charset={}".format)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), CONTENT_TYPES)
def test_no_bytes_and_no_label_make_it_fail(data: bytes, content_type: str | None) -> None:
    """Any bytes give a text that can be encoded again, and what is plain before them stays as it is."""
    plain = "<p>The bridge is to be repaired. " * 20
    text = decode(plain.encode("ascii") + data, content_type)
    assert text.startswith(plain)
    assert text.encode("utf-8")


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(min_codepoint=0x80, exclude_categories=["Cs"], exclude_characters="\ufffd"), min_size=1),
       CONTENT_TYPES)  # fmt: skip
def test_what_is_utf_8_is_read_so_whatever_the_label(text: str, content_type: str | None) -> None:
    """Beyond ASCII the bytes have the say."""
    assert decode(f"<p>{text}".encode(), content_type) == f"<p>{text}"
