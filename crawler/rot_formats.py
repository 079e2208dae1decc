"""The link-rot curve as text with a chart, as JSON and as CSV (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archive.checks import Standing
from archive.rot import By, Group
from crawler.link_formats.csv_table import csv_line
from crawler.link_formats.row import day, instant
from crawler.terminal import aligned, json_document, shortened

# What is shown as one band of a bar, from the worst to the best: name, states, how a terminal and a picture draw it.
BANDS: Sequence[tuple[str, tuple[Standing, ...], str, str]] = (
    ("dead", (Standing.DEAD,), "█", "#b00020"),
    ("no address", (Standing.INVALID,), "▚", "#7a4a55"),
    ("suspect or failing", (Standing.SUSPECT, Standing.FAILING), "▓", "#e07b39"),
    ("changed", (Standing.CHANGED,), "▒", "#e3b23c"),
    ("unsure", (Standing.UNSURE,), "░", "#9aa0a6"),
    ("alive", (Standing.ALIVE,), "·", "#4c956c"),
)
BAR = 40  # characters
LONGEST_KEY = 40
UNNAMED = {By.YEAR: "no day", By.HOST: "no host", By.TOPIC: "no topic"}


def name_of(group: Group, by: By) -> str:
    """The group's key, or what stands for none."""
    return group.key or UNNAMED[by]


# --- people ---


def rot_lines(by: By, groups: Sequence[Group], counts: Mapping[Standing, int], *, most: int) -> Iterator[str]:
    """The sums, then a bar for each group: the first `most` of them, in the order given."""
    yield _sums(counts)
    shown = [group for group in groups if group.checked][:most]
    if not shown:
        yield "No cited link has been checked yet: sourcekeep recheck does it."
        return
    yield ""
    rows = [_row(group, by) for group in shown]
    yield from aligned([(by.value, "", "dead", "of", *_beside(by)), *rows], numbers=(2, 3))
    if more := sum(1 for group in groups if group.checked) - len(shown):
        yield f"... and {more:,} more: see them with -v"
    yield ""
    yield "  ".join(f"{sign} {name}" for name, _, sign, _ in BANDS)


def _sums(counts: Mapping[Standing, int]) -> str:
    told = [f"{counts[state]:,} {state.value}" for state in Standing if counts.get(state)]
    return f"{sum(counts.values()):,} links" + (f": {', '.join(told)}" if told else "")


def _beside(by: By) -> tuple[str, ...]:
    return ("incidents",) if by is By.HOST else ("events with a dead link",)


def _row(group: Group, by: By) -> tuple[str, ...]:
    share = group.share(Standing.DEAD) or 0.0
    name = shortened(name_of(group, by), LONGEST_KEY)
    return (name, bar(group), f"{share:.1%}", f"{group.checked:,}", _what_else(group, by))


def _what_else(group: Group, by: By) -> str:
    if by is By.HOST:
        return f"{group.incidents}, the last on {day(group.last_incident)}" if group.incidents else ""
    hit = group.events_hit_share
    return "" if hit is None else f"{group.events_hit:,} of {group.events:,} ({hit:.1%})"


def bar(group: Group, width: int = BAR) -> str:
    """`width` characters, shared out among the bands; a band that has any link has a character, while there is room."""
    counts = [sum(map(group.count, states)) for _, states, _, _ in BANDS]
    sizes = _shared_out(counts, width)
    return "".join(sign * size for (_, _, sign, _), size in zip(BANDS, sizes, strict=True))


def _shared_out(counts: Sequence[int], width: int) -> list[int]:
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    exact = [count * width / total for count in counts]
    sizes = [max(1, int(size)) if count else 0 for size, count in zip(exact, counts, strict=True)]
    while (off := width - sum(sizes)) != 0:
        step = 1 if off > 0 else -1
        worst = max(range(len(sizes)), key=lambda n: (step * (exact[n] - sizes[n]), counts[n]))
        sizes[worst] += step
    return sizes


# --- programs ---


def rot_json(by: By, groups: Sequence[Group], counts: Mapping[Standing, int]) -> str:
    """`links` has all links by state; `groups`, those of each year, host or topic, with shares of 0 to 1 or null."""
    links = {state.value: counts.get(state, 0) for state in Standing}
    return json_document({"by": by.value, "links": links, "groups": [group_json(each, by) for each in groups]})


def group_json(group: Group, by: By) -> dict[str, object]:
    """One group; its `key` is null where it is not known."""
    found: dict[str, object] = {
        "key": group.key or None,
        "links": group.links,
        "checked": group.checked,
        "states": {state.value: group.count(state) for state in Standing},
        "dead_share": group.share(Standing.DEAD),
        "alive_share": group.share(Standing.ALIVE),
    }
    if by is By.HOST:
        return {**found, "incidents": group.incidents, "last_incident": instant(group.last_incident)}
    hit = {"events_with_dead": group.events_hit, "events_with_dead_share": group.events_hit_share}
    return {**found, "events": group.events, **hit}


def rot_csv(by: By, groups: Sequence[Group]) -> Iterator[str]:
    """A line of names, then a line for each group; a share that cannot be said is an empty cell."""
    beside = (
        ("incidents", "last_incident") if by is By.HOST else ("events", "events_with_dead", "events_with_dead_share")
    )
    yield csv_line([by.value, "links", "checked", *(state.value for state in Standing), "dead_share", *beside])
    for group in groups:
        found = group_json(group, by)
        counted = [group.count(state) for state in Standing]
        shares = [found[name] for name in ("dead_share", *beside)]
        cells = [_cell(share) for share in shares]
        yield csv_line([group.key, group.links, group.checked, *counted, *cells])


def _cell(value: object) -> str | int | float | None:
    return value if isinstance(value, str | int | float) else None
