"""Keys and values are found where they stand, in every way TOML has to spell them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest

from crawler.toml_places import Path, Place, places_in

EVERYTHING = '''\
site = "https://a.test/#b = [c]"  # a comment = [not] a "key"
"quoted.key" = 'x'
a.b . "c" = 1.5
many = [
  "one, ]",  # ] here
  ["two"], [[3.25, 4]],
  { verb = "crawl", deep = { x = 1 } },
]
text = """
not = "a key"
\\""" still
"""""
raw = \'\'\'
[no.table]
\'\'\'

[jobs.nightly]
at = 2016-02-03T04:05:06.789Z
[ jobs . "b.c" ]
x = -1_000.5e+3
[[list]]
n = 1
[[list]]
n = 2
[list.sub]
m = {}
'''


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Every path of what tomllib reads."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


def test_every_value_has_a_place() -> None:
    """Whatever tomllib reads stands somewhere, and nothing else does: not what strings and comments hold."""
    places = places_in(EVERYTHING)
    assert set(places.keys) | set(places.values) == set(paths(tomllib.loads(EVERYTHING)))


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("site",), (1, 1), (1, 8)),
        (("quoted.key",), (2, 1), (2, 16)),
        (("a", "b", "c"), (3, 7), (3, 13)),
        (("many", 0), (4, 1), (5, 3)),
        (("many", 2, 0, 1), (4, 1), (6, 20)),
        (("many", 3, "deep", "x"), (7, 30), (7, 34)),
        (("raw",), (13, 1), (13, 7)),
        (("jobs", "nightly", "at"), (18, 1), (18, 6)),
        (("jobs", "b.c", "x"), (20, 1), (20, 5)),
        (("list", 1, "n"), (24, 1), (24, 5)),
        (("list", 1, "sub", "m"), (26, 1), (26, 5)),
        (("list", 1, "nowhere"), (23, 3), (23, 3)),
        (("nowhere",), (1, 1), (1, 1)),
    ],
)
def test_the_place_is_the_line_and_column(path: Path, key: tuple[int, int], value: tuple[int, int]) -> None:
    """Of keys in tables, inline tables, arrays and arrays of tables; what stands nowhere is where its table is."""
    places = places_in(EVERYTHING)
    assert (places.key(path), places.value(path)) == (Place(*key), Place(*value))
