"""The style sheet: colours that can be read in both schemes, and nothing that the policy forbids."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product

import pytest

from archive.event_lists import ListedEvent
from crawler.web.views import environment

CSS = files("crawler.web").joinpath("static", "sourcekeep.css").read_text(encoding="utf-8")
SCHEMES = [
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", each)) for each in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
]
LIGHT, DARK = SCHEMES[0], SCHEMES[0] | SCHEMES[1]
PAIRS = (
    *product(("ink", "soft", "link", "visited"), ("ground", "card")),
    ("accent-ink", "accent"), ("good-ink", "good-tint"), ("bad-ink", "bad-tint"), ("warn-ink", "warn-tint"),
    ("odd-ink", "odd-tint"), ("none-ink", "none-tint"), ("out-ink", "out-tint"), ("ink", "mark"), ("ink", "heat-1"),
    ("ink", "heat-2"), ("on-heat", "heat-3"), ("accent-ink", "heat-4"),
)  # fmt: skip


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(scheme: dict[str, str]) -> None:
    """A contrast of 4.5 at least, for every pair of text and ground (WCAG 2.2, 1.4.3)."""
    contrasts = {}
    for text, ground in PAIRS:
        light, dark = sorted((_luminance(scheme[text]), _luminance(scheme[ground])), reverse=True)
        contrasts[text, ground] = (light + 0.05) / (dark + 0.05)
    assert {pair: round(contrast, 2) for pair, contrast in contrasts.items() if contrast < 4.5} == {}


def test_nothing_comes_from_elsewhere() -> None:
    """No import, font or picture: the sheet is all there is."""
    assert re.findall(r"@import|@font-face|url\(", CSS) == []


def test_a_word_without_an_end_breaks() -> None:
    """On a phone too: everywhere but in tables, which scroll; and titles are cut where they say nothing more."""
    (base,) = re.findall(r"^html \{(.*?)\}", CSS, re.MULTILINE)
    assert "overflow-wrap: anywhere" in base
    event = ListedEvent(
        event_id=1,
        path="p",
        day=None,
        language="en",
        title="x" * 5_000,
        summary="",
        topic=None,
        outcomes={},
        standings={},
    )
    shown = str(environment().globals["part"].title_of(event))
    assert 200 < len(shown) < 400
