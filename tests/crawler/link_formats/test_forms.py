"""Every form: readable by what reads it, whole, and harmless whatever the web put in."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter

import pytest
from bs4 import BeautifulSoup
from lxml import etree
from markdown_it import MarkdownIt

from archive.verdicts import VerdictState
from crawler.link_formats import CHECK_FORMATS, LINK_FORMATS, Listing, Row, written
from crawler.link_formats.markdown import escaped
from crawler.link_formats.table import STYLES, Outcome
from crawler.terminal import printable, width
from tests.crawler.link_formats.rows import HOSTILE, URL, checked, harmless, hostile_rows, listed


def document(form: str, rows: list[Row], listing: Listing = Listing.CHECKS) -> str:
    """All of `rows` in a form."""
    made = (LINK_FORMATS if listing is Listing.LINKS else CHECK_FORMATS)[form](listing)
    return "".join(written(made, rows))


@pytest.mark.parametrize("listing", list(Listing))
@pytest.mark.parametrize("form", sorted(LINK_FORMATS.keys() & CHECK_FORMATS.keys()))
def test_no_form_steers_a_terminal(form: str, listing: Listing) -> None:
    """No escape sequence, no bidi override, no NUL, no lone surrogate, in any form; every form takes every row."""
    text = document(form, hostile_rows(), listing)
    assert len(text) > 100
    assert harmless(text)


def test_csv_cells_are_text() -> None:
    """A spreadsheet finds no formula in any cell, a reader as many cells as there are columns, and the values again."""
    rows = list(csv.DictReader(io.StringIO(document("csv", [*hostile_rows(), checked("moved", id=-3)]))))
    assert all(None not in row and None not in row.values() for row in rows)
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@") and not cell.lstrip("-").isdigit()]
    assert (rows[-1]["id"], rows[-1]["state"], rows[-1]["class"]) == ("-3", "moved", "alive")
    assert (rows[-1]["numbers"], rows[-1]["status"]) == ("containment=0.875", "200")
    [link] = csv.DictReader(io.StringIO(document("csv", [listed("dead")], Listing.LINKS)))
    assert (link["state"], link["since"], link["copies"]) == ("dead", "2026-03-01T03:00:00Z", "2")
    assert link["cited_by"] == "news/2016/02/3/x.md"


def test_a_table_has_straight_columns() -> None:
    """The address begins in the same cell of each line, whatever stands before it; a redirect shows where it leads."""
    rows = [checked("ok", id="安全验证"), checked("content_drifted", id=12), *hostile_rows()[1:3]]
    lines = document("table", rows).splitlines()
    assert len(lines) == 5
    at = lines[0].index("url")
    assert [width(line[: line.index(URL)]) for line in lines[1:3]] == [at, at]
    assert lines[4].endswith("  javascript:alert(1)")
    moved = checked("moved", final_url="http://b.test/", redirects=("http://b.test/",))
    assert document("table", [moved]).endswith(f"{URL} → http://b.test/\n")
    assert set(STYLES) == set(Outcome)


def test_markdown_is_one_table() -> None:
    """Read by another program: as many cells in each line as in its heading, the texts as they were, only our links."""
    text = document("markdown", [listed("dead"), *hostile_rows()], Listing.LINKS)
    page = BeautifulSoup(MarkdownIt("commonmark").enable("table").render(text), "lxml")
    assert {tag.name for tag in page.find_all(True)} == {
        "html",
        "body",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
    }
    rows = [[cell.get_text() for cell in row.find_all(["td", "th"])] for row in page.find_all("tr")]
    assert len(rows) == 1 + 1 + 4
    assert {len(row) for row in rows} == {len(rows[0])}
    assert {tag["href"] for tag in page.find_all("a")} == {URL}
    assert rows[2][7] == printable(HOSTILE)
    assert escaped("[x](http://a.test) | *b*") == "\\[x\\](http\\://a.test) \\| \\*b\\*"


def test_a_page_is_text_and_http_links() -> None:
    """No element that we did not write, no attribute that does anything, only http(s) behind links, nothing loaded."""
    page = BeautifulSoup(document("html", [listed("dead"), *hostile_rows()], Listing.LINKS), "lxml")
    assert page.find_all(["script", "img", "iframe", "object", "b", "form", "link"]) == []
    assert {name for tag in page.find_all(True) for name in tag.attrs} == {
        "lang", "charset", "http-equiv", "content", "name", "class", "href", "rel",
    }  # fmt: skip
    assert {tag["href"] for tag in page.find_all("a")} == {URL}
    assert "default-src 'none'" in str(page.find("meta", {"http-equiv": "Content-Security-Policy"}))
    assert "5 in all" in page.get_text()
    assert "<script>" in page.get_text()
    assert len({len(row.find_all(["td", "th"])) for row in page.find_all("tr")}) == 1


def test_junit_is_xml_whose_sums_are_right() -> None:
    """Dead fails, no address and no check are errors, what is open is skipped with its reason; the suites add up."""
    rows = [checked(state.value, id=state.value) for state in VerdictState] * 40 + hostile_rows()
    root = etree.fromstring(document("junit", rows).encode())
    suites = root.findall("testsuite")
    assert [int(suite.get("tests", "")) for suite in suites] == [1000, len(rows) - 1000]
    found: Counter[str] = Counter()
    for suite in suites:
        kinds = Counter(child.tag for case in suite for child in case)
        names = ("failure", "failures"), ("error", "errors"), ("skipped", "skipped")
        assert [kinds[tag] for tag, _ in names] == [int(suite.get(name, "")) for _, name in names]
        found += kinds
    assert found == Counter(failure=5 * 40 + 2, error=3 * 40 + 2, skipped=21 * 40)
    [failure] = etree.fromstring(document("junit", [checked("gone", id=1)]).encode()).iter("failure")
    assert failure.get("message") == "gone: status, containment 0.875, record urn:uuid:proof"
    assert failure.getparent().get("name") == f"1: {URL}"


def test_links_that_wait_for_their_turn_are_skipped_by_junit() -> None:
    """A link that was only crawled is no error of anybody's."""
    root = etree.fromstring(document("junit", [listed("new"), listed("dead")], Listing.LINKS).encode())
    assert [child.tag for case in root.iter("testcase") for child in case] == ["skipped", "failure"]


def test_lychee_readers_find_their_keys() -> None:
    """The keys of lychee's JSON, sums that add up as its own do, and each failed link with url, text and code."""
    rows = [checked(state.value) for state in VerdictState]
    rows.append(checked("moved", final_url="http://b.test/", redirects=("http://b.test/",)))
    found = json.loads(document("lychee-json", rows))
    sums = {name: found[name] for name in ("successful", "unknown", "unsupported", "timeouts", "excludes", "errors")}
    assert sum(sums.values()) == found["total"] == len(VerdictState) + 1
    assert sums == {"successful": 5, "unknown": 10, "unsupported": 1, "timeouts": 1, "excludes": 1, "errors": 16}
    assert (found["redirects"], found["unique"], found["cached"]) == (1, 1, 0)
    assert {name for name in found if name.endswith("_map")} == {
        "success_map", "error_map", "timeout_map", "suggestion_map", "redirect_map", "excluded_map",
    }  # fmt: skip
    [(_, errors)] = found["error_map"].items()
    assert {"url", "status"} <= errors[0].keys()
    assert {each["status"]["text"] for each in errors} >= {"gone", "soft_404", "parked", "malformed_url"}
    [(_, [redirect])] = found["redirect_map"].items()
    assert redirect["status"] == {
        "text": "200 OK", "code": 200, "details": "status, containment 0.875, record urn:uuid:proof",
        "redirects": {"origin": URL, "redirects": [{"url": "http://b.test/"}]},
    }  # fmt: skip
    assert harmless(document("lychee-json", hostile_rows()))
    assert HOSTILE in json.loads(document("lychee-json", hostile_rows()))["error_map"]["sourcekeep"][1]["url"]
