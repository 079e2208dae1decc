"""What style sheets ask for: the addresses in them, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.css_rules import rules_with_addresses
from archive.model import Role
from archive.needs import read
from archive.requisites import Kind, Need

URL = "http://site.test/css/a.css"


def needs(css: str | bytes, content_type: str = "text/css") -> tuple[Need, ...]:
    """The needs of a style sheet at URL."""
    data = css if isinstance(css, bytes) else css.encode()
    reading = read(data, url=URL, content_type=content_type)
    assert reading.kind is Kind.CSS
    return reading.needs


def named(css: str | bytes) -> list[str]:
    """The same as paths."""
    return [need.url.removeprefix("http://site.test") for need in needs(css)]


@pytest.mark.parametrize(
    ("css", "paths"),
    [
        ("a{background:url(x.png)}", ["/css/x.png"]),
        ("a{background:url( 'x.png' )}", ["/css/x.png"]),
        ('a{background:URL("../x.png")}', ["/x.png"]),
        ("a{background:u\\72l(x.png)}", ["/css/x.png"]),
        ("a{background:url(x\\.p\\6e g)}", ["/css/x.png"]),
        ("a{background:url('two words.png')}", ["/css/two%20words.png"]),
        ("a{background:url(x.png),url(y.png) no-repeat}", ["/css/x.png", "/css/y.png"]),
        ("a{background:image-set('x.png' 1x, url(y.png) 2x)}", ["/css/x.png", "/css/y.png"]),
        ("a{background:-webkit-image-set(url(x.png) 1x)}", ["/css/x.png"]),
        ("a{background:image-set('x.avif' type('image/avif'))}", ["/css/x.avif"]),
        ("a{background:linear-gradient(red,blue),url(x.png)}", ["/css/x.png"]),
        ("@media print{@supports (display:grid){a{background:url(x.png)}}}", ["/css/x.png"]),
        ("a{b{c{background:url(x.png)}}}", ["/css/x.png"]),
        ("a{background:url(x.png", ["/css/x.png"]),
        ("a{--logo:url(x.svg#part)}", ["/css/x.svg"]),
        ("@import 'x.css';", ["/css/x.css"]),
        ("@IMPORT url(x.css);", ["/css/x.css"]),
        ("@import url('x.css') layer(base) supports(display:grid) screen;", ["/css/x.css"]),
        ("@import 'x.css' layer;@import 'y.css' print", ["/css/x.css", "/css/y.css"]),
        ("@charset 'utf-8';@import/**/'x.css';", ["/css/x.css"]),
        ("@font-face{src:local('No'),url(x.woff2)format('woff2')}", ["/css/x.woff2"]),
        ("\ufeff@import 'x.css';", ["/css/x.css"]),
        # none
        ("@namespace svg url(http://www.w3.org/2000/svg);@namespace 'http://x.test/';", []),
        ("/* url(x.png) @import 'x.css'; */", []),
        ("a{content:'url(x.png)'}", []),
        ("a[href='x.png']{}", []),
        ("a{background:url()}", []),
        ("a{background:url(data:image/png;base64,AAAA)}", []),
        ("a{filter:url(#shadow)}", []),
        ("a{background:url(x y.png)}", []),
        ("a{background:url('x\n.png')}", []),
    ],
)  # fmt: skip
def test_addresses_are_found_where_css_has_them(css: str, paths: list[str]) -> None:
    """Quoted or not, escaped, nested, unclosed; not in comments, strings, namespaces and broken tokens."""
    assert named(css) == paths


@pytest.mark.parametrize(
    ("css", "role", "how"),
    [
        ("@import 'x'", Role.STYLE, "@import"),
        ("a{background:url(x)}", Role.IMAGE, "url()"),
        ("a{background:image-set('x' 1x)}", Role.IMAGE, "image-set()"),
        ("@font-face{src:url(x)}", Role.FONT, "@font-face/url()"),
        ("@media all{@font-face{src:url(x)}}", Role.FONT, "@font-face/url()"),
        ("a{behavior:url(x)}", Role.OTHER, "behavior/url()"),
        ("a{color:red;behavior:url(y)} b{cursor:url(x),auto}", Role.IMAGE, "url()"),
    ],
)
def test_an_address_has_its_role(css: str, role: Role, how: str) -> None:
    """What an address is for follows from the rule it stands in, and does not leak into the next."""
    found = {need.url: need for need in needs(css)}[URL.replace("a.css", "x")]
    assert (found.role, found.how) == (role, how)


_PARTS = (
    "{", "}", "(", ")", "[", "]", ";", ",", ":", " ", "\n", "\r\n", "\f", "a", "é", "url(", "URL(", "src(", "myurl(",
    "2url(", "image-set(", "@import ", "@font-face", "@namespace ", "@media x", "supports(", "layer", "background:",
    "behavior:", "url(x.png)", 'url( "c.png" )', "url(data:a;b,{c})", '"', "'", '"a.png"', "'b.png'", '"\\a\n"', "/*",
    "*/", "/* x */", "\\", "\\66 ", "\\:", "\\(", '\\"', "\\\n", "u\\72l(", "@\\69mport ", "<!--", "-->", "U+0?", "{}",
    "a{b:url(q.png)}",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PARTS), max_size=14).map("".join))
@example("a{content:'}'}b{background:url(x.png)}")
def test_rules_without_addresses_are_passed_over_unseen(css: str) -> None:
    """Whatever the text is: as much is found as where an escaped letter in front has all of it read."""
    assert needs(css) == needs("\\66 {}" + css)


def test_only_rules_with_addresses_are_read() -> None:
    """Tokens are dear: of a sheet with one picture one rule is read, whatever the escapes, strings and comments."""
    sheet = "a{color:red}.md\\:b{content:'\\f101;}'}/*}*/@media print{c{x:y}}d{background:url(x.png)}" + "e{f:g}" * 99
    assert list(rules_with_addresses(sheet)) == ["d{background:url(x.png)}"]
    assert list(rules_with_addresses("a{b:c}" * 99)) == []


def test_the_charset_rule_is_believed_as_a_header_is() -> None:
    """A style sheet in GBK names its images in Chinese; the address goes out as UTF-8."""
    css = '@charset "gbk";\na{background:url(老桥.png)}'.encode("gbk")
    assert named(css) == ["/css/%E8%80%81%E6%A1%A5.png"]


@pytest.mark.parametrize(
    "css",
    [b"{" * 100_000, b"(" * 100_000, b"a(" * 100_000, b"url(" * 100_000, b'"\n' * 100_000, b"/*" * 100_000,
     b"\\" * 200_000, b"@import " * 50_000, b"}" * 100_000, b"url(" + b" " * 200_000, b"image-set(" * 50_000],
)  # fmt: skip
def test_no_style_sheet_keeps_the_reader_busy(css: bytes) -> None:
    """Bombs of nesting and of unfinished tokens take no longer than honest text, and do not end the stack."""
    before = time.process_time()
    needs(css)
    assert time.process_time() - before < 3


def test_half_a_megabyte_of_css_is_read_within_its_time() -> None:
    """The size of the largest honest style sheets."""
    css = b"".join(
        b'.a%d > .b:hover{color:#f0%d;margin:0 auto;background:url("/i/%d.png") no-repeat 0 0/cover}\n' % (n, n, n % 50)
        for n in range(6_000)
    )
    before = time.process_time()
    assert len(needs(css)) == 50
    assert time.process_time() - before < 4
