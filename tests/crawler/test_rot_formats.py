"""The link-rot curve as text, JSON, CSV and a picture."""

from __future__ import annotations

import csv
import io
import json
import sys

import pytest
from lxml import etree
from PIL import Image

from archive.checks import Standing
from archive.errors import UsageError
from archive.rot import By, Group
from crawler.plots import MOST_BARS, picture
from crawler.rot_formats import BANDS, BAR, bar, rot_csv, rot_json, rot_lines
from crawler.terminal import width
from tests.archive.check_samples import START
from tests.crawler.link_formats.rows import HOSTILE, harmless

ALIVE, DEAD, NEW, UNSURE = Standing.ALIVE, Standing.DEAD, Standing.NEW, Standing.UNSURE
OLD = Group(key="2012", states={ALIVE: 60, DEAD: 40}, events=10, events_hit=9)
YOUNG = Group(key="2024", states={ALIVE: 98, UNSURE: 2, NEW: 20}, events=5)
UNCHECKED = Group(key="2025", states={NEW: 3}, events=2)
STRANGE = Group(key=HOSTILE, states={DEAD: 1}, incidents=2, last_incident=START)
COUNTS = {ALIVE: 158, DEAD: 40, UNSURE: 2, NEW: 23}


@pytest.mark.parametrize(
    ("states", "drawn"),
    [
        ({ALIVE: 1, DEAD: 1}, "█████·····"),
        ({ALIVE: 9_999, DEAD: 1}, "█·········"),
        ({ALIVE: 1, DEAD: 9_999}, "█████████·"),
        ({DEAD: 1, UNSURE: 1, ALIVE: 1}, "████░░░···"),
        (dict.fromkeys(Standing, 1), "██▚▚▓▓▓▒░·"),
        ({NEW: 5}, ""),
    ],
)
def test_a_bar_is_shared_out(states: dict[Standing, int], drawn: str) -> None:
    """All of its width, and whatever there is can be seen; what nobody checked has no bar."""
    assert bar(Group(key="x", states=states), width=10) == drawn
    assert len(bar(OLD)) == BAR


def test_people_see_a_chart() -> None:
    """The sums, a bar for each year that was checked with its share of dead, and what the signs mean."""
    lines = list(rot_lines(By.YEAR, [OLD, YOUNG, UNCHECKED], COUNTS, most=30))
    assert lines[0] == "223 links: 23 new, 158 alive, 2 unsure, 40 dead"
    assert [line.split()[0] for line in lines[3:5]] == ["2012", "2024"]
    assert lines[3].split()[2:] == ["40.0%", "100", "9", "of", "10", "(90.0%)"]
    assert lines[3].count("█") == 16
    assert "2025" not in "\n".join(lines)
    assert lines[-1] == "  ".join(f"{sign} {name}" for name, _, sign, _ in BANDS)


def test_a_long_list_is_cut_for_people() -> None:
    """So many and no more, and how many there are besides; hosts come with their incidents."""
    lines = list(rot_lines(By.HOST, [STRANGE, OLD, YOUNG, UNCHECKED], COUNTS, most=2))
    assert lines[-3] == "... and 1 more: see them with -v"
    assert lines[3].endswith("2, the last on 2026-03-01")
    assert all(map(harmless, lines))
    assert len({width(line[: line.index("%")]) for line in lines[3:5]}) == 1
    assert list(rot_lines(By.YEAR, [UNCHECKED], {NEW: 3}, most=9))[1].startswith("No cited link has been checked")


def test_json_has_counts_and_shares() -> None:
    """Every state in every group; null where nothing can be said."""
    said = json.loads(rot_json(By.YEAR, [OLD, UNCHECKED, Group(key="", states={DEAD: 1})], COUNTS))
    assert (said["by"], said["links"]["alive"], said["links"]["suspect"]) == ("year", 158, 0)
    old, unchecked, unknown = said["groups"]
    assert (old["key"], old["checked"], old["states"]["dead"], old["dead_share"]) == ("2012", 100, 40, 0.4)
    assert (old["events"], old["events_with_dead"], old["events_with_dead_share"]) == (10, 9, 0.9)
    assert (unchecked["checked"], unchecked["dead_share"], unknown["key"]) == (0, None, None)
    [strange] = json.loads(rot_json(By.HOST, [STRANGE], {}))["groups"]
    assert (strange["key"], strange["incidents"], strange["last_incident"]) == (HOSTILE, 2, "2026-03-01T03:00:00Z")
    assert harmless(rot_json(By.HOST, [STRANGE], {}))


@pytest.mark.parametrize("by", list(By))
def test_csv_has_a_line_for_each_group(by: By) -> None:
    """As many cells as names, numbers as numbers, a hostile key as text."""
    text = "".join(rot_csv(by, [OLD, UNCHECKED, STRANGE]))
    old, unchecked, strange = csv.DictReader(io.StringIO(text))
    assert (old[by.value], old["dead"], old["dead_share"]) == ("2012", "40", "0.4")
    assert unchecked["dead_share"] == ""
    assert strange[by.value].startswith("'=1+1")
    assert all(None not in row and None not in row.values() for row in (old, unchecked, strange))


# --- pictures ---


def test_an_svg_has_each_year_and_band_as_text() -> None:
    """XML with the years, the bands and their colours; the same figures give the same bytes; no script in it."""
    pytest.importorskip("matplotlib")
    drawn = picture(By.YEAR, [OLD, YOUNG, UNCHECKED], "svg")
    root = etree.fromstring(drawn)
    texts = {"".join(map(str, each.itertext())).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"2012 (100)", "2024 (100)", *(name for name, *_ in BANDS)} <= texts
    assert not any("2025" in text for text in texts)
    assert all(colour.encode() in drawn for _, _, _, colour in (BANDS[0], BANDS[-1]))
    assert picture(By.YEAR, [OLD, YOUNG, UNCHECKED], "svg") == drawn


@pytest.mark.parametrize("by", list(By))
def test_hostile_names_are_drawn_as_text(by: By) -> None:
    """Neither mathematics that cannot be parsed, nor markup, nor characters that XML forbids; any script."""
    pytest.importorskip("matplotlib")
    keys = (HOSTILE, "$\\frac{1}$", "新闻", "a" * 500, "", "<svg onload=alert(1)>")
    groups = [Group(key=key, states={DEAD: 1, ALIVE: 2}) for key in keys]
    root = etree.fromstring(picture(by, groups, "svg"))
    assert not [each for each in root.iter() if "onload" in each.attrib]
    assert "\\frac" in "".join(map(str, root.itertext()))


def test_a_png_is_a_picture() -> None:
    """It decodes; many groups make no endless picture; none at all make one that says so."""
    pytest.importorskip("matplotlib")
    many = [Group(key=f"host{n}.test", states={DEAD: n + 1}) for n in range(3 * MOST_BARS)]
    for groups in (many, []):
        with Image.open(io.BytesIO(picture(By.HOST, groups, "png"))) as image:
            assert image.format == "PNG"
            assert 300 < image.height < 3000


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra that is not there is no traceback."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'sourcekeep\[plots\]'"):
        picture(By.YEAR, [OLD], "svg")
