"""Lists of links to check, read."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import UsageError
from crawler.checklists import MOST_BYTES, Asked, by_url, expectations, read_list
from crawler.verdict.answer import ContentKind

A, B = "http://a.test/", "http://b.test/x"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", []),
        ("\n# all of them\n\n", []),
        (f"{A}\n  {B} \r\n#{A}\n\n", [Asked(url=A), Asked(url=B)]),
        (f"\ufeff{A}", [Asked(url=A)]),
        ("not a url\nftp://x.test/", [Asked(url="not a url"), Asked(url="ftp://x.test/")]),
        (f'{A}\n{{"url": "{B}"}}', [Asked(url=A), Asked(url=f'{{"url": "{B}"}}')]),
        (f'# ids\n{{"id": "7", "url": "{A}"}}\n\n{{"id": 8, "url": " {B} ", "note": 1}}\n"{A}"',
         [Asked(url=A, id="7"), Asked(url=B, id=8), Asked(url=A)]),
        (f'\n [\n{{"id": null, "url": "{A}", "expect_type": "image"}},\n"{B}"]',
         [Asked(url=A, expected=ContentKind.IMAGE), Asked(url=B)]),
        ("[]", []),
    ],
)  # fmt: skip
def test_three_kinds_of_lists(text: str, asked: list[Asked]) -> None:
    """A URL a line, objects a line, one array; comments, blanks and a byte-order mark are passed over."""
    assert read_list(text.encode(), "links.txt") == asked


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("html", ContentKind.HTML), ("Text/HTML; charset=utf-8", ContentKind.HTML), ("pdf", ContentKind.PDF),
        ("application/pdf", ContentKind.PDF), ("image/jpeg", ContentKind.IMAGE), ("IMAGE", ContentKind.IMAGE),
        ("text/plain", ContentKind.TEXT), ("video/mp4", ContentKind.OTHER), ("application/zip", ContentKind.OTHER),
    ],
)  # fmt: skip
def test_what_a_link_is_expected_to_give(said: str, kind: ContentKind) -> None:
    """A word of ours or a media type."""
    [asked] = read_list(json.dumps([{"url": A, "expect_type": said}]).encode(), "-")
    assert asked.expected is kind


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"http://a.test/\n\n\xff\xfe", "links.txt, line 3: not UTF-8"),
        (b'[\n{"url": "http://a.test/"},\n{"url"}]', "links.txt, line 3: no JSON"),
        (b"[" * 100_000, "links.txt: no list"),
        (b'[{"url": "http://a.test/", "id": ' + b"7" * 5000 + b"}]", "links.txt: no list"),
        (b'{"url":' * 100_000, "links.txt, line 1: no link"),
        (b"x" * (MOST_BYTES + 1), "64 MiB"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, named: str) -> None:
    """The list, its line or member, and what is wrong with it."""
    with pytest.raises(UsageError) as raised:
        read_list(data, "links.txt")
    assert named in str(raised.value)


@pytest.mark.parametrize(
    ("data", "faulty"),
    [
        (b'{"url": "http://a.test/"}\n\n{"url": 7, "id": 3}', ("links.txt, line 3: its url is no text", "", 3)),
        (b'{"url": "http://a.test/"}\n{"id": 1}', ("links.txt, line 2: has no url", "", 1)),
        (b'{"url": "http://a.test/"}\nhttp://b.test/x', ("links.txt, line 2: no JSON", B, None)),
        (b'{"url": "http://a.test/"}\n{"id": ' + b"7" * 5000 + b"}", ("links.txt, line 2: no link", None, None)),
        (b'["http://a.test/", 7]', ("links.txt, member 2: not an object", "", None)),
        (b'["http://a.test/", null, "http://a.test/"]', ("links.txt, member 2: not an object", "", None)),
        (b'["http://a.test/", {"url": "http://b.test/x", "id": 1.5}]', ("links.txt, member 2: its id", B, None)),
        (b'["http://a.test/", {"url": "http://b.test/x", "id": true}]', ("links.txt, member 2: its id", B, None)),
        (b'["http://a.test/", {"url": "http://b.test/x", "id": "7", "expect_type": "picture"}]',
         ("links.txt, member 2: expect_type is 'picture'", B, "7")),
        (b'["http://a.test/", {"url": "http://b.test/x", "expect_type": 1}]',
         ("links.txt, member 2: expect_type", B, None)),
    ],
)  # fmt: skip
def test_one_member_that_is_no_link_costs_no_other(data: bytes, faulty: tuple[str, str | None, object]) -> None:
    """It is told with its line or number, its id and what there is of its URL, and is not asked for."""
    first, second, *_ = found = read_list(data, "links.txt")
    assert first == Asked(url=A)
    assert str(second.fault).startswith(faulty[0])
    assert faulty[1] is None or second.url == faulty[1]
    assert second.id == faulty[2]
    assert list(by_url(found)) == [A]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_a_message(data: bytes) -> None:
    """Nothing else is raised, and every line asks for at most one link."""
    with contextlib.suppress(UsageError):
        assert data.lstrip().startswith(b"[") or len(read_list(data, "-")) <= data.count(b"\n") + 1


def test_a_url_is_asked_once_however_it_is_spelled() -> None:
    """All that asked are remembered, in their order; the first expectation counts; what is no URL stands for itself."""
    asked = [
        Asked(url="http://A.test", id=1), Asked(url="nonsense", id=2),
        Asked(url="http://a.test/#part", id=3, expected=ContentKind.PDF),
        Asked(url=A, id=4, expected=ContentKind.HTML),
    ]  # fmt: skip
    found = by_url(asked)
    assert {url: [each.id for each in some] for url, some in found.items()} == {A: [1, 3, 4], "nonsense": [2]}
    assert expectations(found) == {A: ContentKind.PDF}
