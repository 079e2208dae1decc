"""What a capture needs to be shown: which kind it is, what comes of hostile ones, and that nothing is ever raised."""

from __future__ import annotations

from archive.model import Role
from archive.needs import read
from archive.requisites import Kind


def test_a_page_names_what_it_needs_in_its_own_order() -> None:
    """Each address once, in page order, relative to the page, the favicon last."""
    page = b"<html><link rel=stylesheet href=a.css><img src=b.png><script src=/c.js></script><img src=b.png></html>"
    reading = read(page, url="http://site.test/news/1", content_type="text/html")
    assert reading.kind is Kind.HTML
    assert [(need.url, need.role, need.how) for need in reading.needs] == [
        ("http://site.test/news/a.css", Role.STYLE, "link/@href"),
        ("http://site.test/news/b.png", Role.IMAGE, "img/@src"),
        ("http://site.test/c.js", Role.SCRIPT, "script/@src"),
        ("http://site.test/favicon.ico", Role.ICON, "favicon"),
    ]
