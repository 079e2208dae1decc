"""Markdown lines and links as the generator writes them, and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.blocks import Heading, Item, Link, Rule, Text
from spiders.markdown import read_markdown, scan_links

LINKS = [
    ("[BBC](http://a.test/x)", [("BBC", "http://a.test/x")], ""),
    ("[BBC](http://a.test/x) [IMG](//i.test/y)", [("BBC", "http://a.test/x"), ("IMG", "//i.test/y")], ""),
    ("[A](u)[B](v), [C](w) rest", [("A", "u"), ("B", "v"), ("C", "w")], " rest"),
    ("[a](http://a.test/x(3).jpg)", [("a", "http://a.test/x(3).jpg")], ""),
    ("[a](http://a.test/w(d/p(q)/1.png,0)/2.jpg)", [("a", "http://a.test/w(d/p(q)/1.png,0)/2.jpg")], ""),
    ("[a](http://a.test/x)b.jpg)", [("a", "http://a.test/x)b.jpg")], ""),
    ("[a](http://a.test/x(b)", [("a", "http://a.test/x(b")], ""),
    ("[a](http://a.test/x(b) [IMG](http://i.test/y)", [("a", "http://a.test/x(b"), ("IMG", "http://i.test/y")], ""),
    ("[a](http://a.test/x y.jpg) t", [("a", "http://a.test/x y.jpg")], " t"),
    ("[a](http://a.test/x\r\n&y=1)", [("a", "http://a.test/x\r\n&y=1")], ""),
    ("[[[紐約時報](http://a.test/x)", [("[[紐約時報", "http://a.test/x")], ""),
    ("[新华网(英文](http://a.test/x)", [("新华网(英文", "http://a.test/x")], ""),
    ("[a] b](u)", [("a] b", "u")], ""),
    ("[note] [BBC](u)", [("BBC", "u")], ""),
    ("[t [http:--h-p (BBC)] m](/zh/news/x.md) _消息: A_", [("t [http:--h-p (BBC)] m", "/zh/news/x.md")], " _消息: A_"),
    ("[t [x](y) more](/news/z.md)", [("t [x](y) more", "/news/z.md")], ""),
    ("[url=https://w.test/http://a.test |date= ](u)", [("url=https://w.test/http://a.test |date= ", "u")], ""),
    ("[a]()", [("a", "")], ""),
    ("no link", [], "no link"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "links", "tail"), LINKS)
def test_links(text, links, tail):
    """Labels and hrefs are found as a reader would, whatever brackets they hold."""
    found, rest, whole = scan_links(text)
    assert (list(found), rest, whole) == ([Link(*link) for link in links], tail, True)


def test_a_link_without_end():
    """A link that is never closed keeps its href up to the next blank, and those after it are still found."""
    assert scan_links("[a](http://a.test/x") == ((Link("a", "http://a.test/x"),), "", False)
    links, _, whole = scan_links("[a](http://a.test/x [b](http://b.test/y)")
    assert (links, whole) == ((Link("a", "http://a.test/x"), Link("b", "http://b.test/y")), False)


def test_blocks():
    """Headings, items, text and rules, with CR LF as well as LF."""
    page = "##### \r\n#  T \r\n\r\n#MeToo spreads\r\nand grows\r\n\r\n12. [A](u) _x_\r\n* b\r\n---\r\n"
    assert read_markdown(page) == [
        Heading(5, "", ()),
        Heading(1, "T", ()),
        Text("#MeToo spreads\nand grows", ()),
        Item(12, "12. [A](u) _x_", (Link("A", "u"),), " _x_"),
        Item(0, "* b", (), "b"),
        Rule(),
    ]


def test_a_link_over_two_lines():
    """An item's link that its line does not end goes on, but not into the next item, heading or paragraph."""
    blocks = read_markdown("1. [A](http://a.test/?x=\r\n&y=1)\n2. [B](http://b.test/\n3. [C](v)\n\nt")
    assert [item.links for item in blocks[:3]] == [
        (Link("A", "http://a.test/?x=\r\n&y=1"),),
        (Link("B", "http://b.test/"),),
        (Link("C", "v"),),
    ]
    assert blocks[3] == Text("t", ())


def test_a_label_over_two_lines():
    """So does a label."""
    assert read_markdown("1. [The\nGuardian](u)")[0].links == (Link("The\nGuardian", "u"),)


@given(st.text(alphabet="[]()# 1.\n\r-_*ab!/:", max_size=200))
def test_any_text(text):
    """No text raises, and no link is made of characters that are not there."""
    for block in read_markdown(text):
        if not isinstance(block, Rule):
            assert all(bare(link.label) in bare(text) and bare(link.href) in bare(text) for link in block.links)


def bare(text):
    """Without white space: a line break inside a link is none of its text."""
    return "".join(text.split())
