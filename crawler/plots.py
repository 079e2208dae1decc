"""The link-rot curve as a picture, SVG or PNG, by matplotlib, which is an extra: `pip install 'sourcekeep[plots]'`.

Nothing of matplotlib's global state is used (no pyplot, no backend), and what the web wrote is drawn as text, never
read as mathematics. The same figures give the same bytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from archive.errors import UsageError
from archive.rot import By, Group
from crawler.link_formats.junit import xml_text
from crawler.rot_formats import BANDS, name_of
from crawler.terminal import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 40
_LONGEST = 32
_METADATA = {"svg": {"Date": None, "Creator": "sourcekeep"}, "png": {"Software": "sourcekeep"}}


def picture(by: By, groups: Sequence[Group], form: str) -> bytes:
    """A stacked bar for each of the first MOST_BARS groups that were checked; `form` is "svg" or "png".

    Raises UsageError where matplotlib is missing.
    """
    try:
        from matplotlib import rc_context  # noqa: PLC0415 - heavy, and an extra
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "pictures need matplotlib; install it with: pip install 'sourcekeep[plots]' (or print --format csv)"
        ) from error
    shown = [group for group in groups if group.checked][:MOST_BARS]
    with rc_context({"svg.hashsalt": "sourcekeep", "svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # glyphs that its font lacks become boxes
        figure = Figure(figsize=_size(by, len(shown)), layout="constrained")
        axes = figure.add_subplot()
        if by is By.YEAR:
            _years(axes, shown, by)
        else:
            _names(axes, shown, by)
        _finish(figure, axes, by, is_empty=not shown)
        return _bytes(figure, form)


def _size(by: By, bars: int) -> tuple[float, float]:
    """In inches."""
    return (max(6.0, 1.5 + 0.55 * bars), 4.5) if by is By.YEAR else (9.0, max(2.5, 1.5 + 0.28 * bars))


def _years(axes: Axes, groups: Sequence[Group], by: By) -> None:
    places, below = list(range(len(groups))), [0.0] * len(groups)
    for name, states, _, colour in BANDS:
        shares = [100 * (group.share(*states) or 0.0) for group in groups]
        axes.bar(places, shares, bottom=below, color=colour, label=name, width=0.8)
        below = [low + share for low, share in zip(below, shares, strict=True)]
    axes.set_xticks(places, labels=_labels(groups, by), rotation=45, parse_math=False)
    axes.set_ylabel("% of the links cited")
    axes.set_ylim(0, 100)


def _names(axes: Axes, groups: Sequence[Group], by: By) -> None:
    places, left = list(range(len(groups))), [0.0] * len(groups)
    for name, states, _, colour in BANDS:
        shares = [100 * (group.share(*states) or 0.0) for group in groups]
        axes.barh(places, shares, left=left, color=colour, label=name, height=0.8)
        left = [start + share for start, share in zip(left, shares, strict=True)]
    axes.set_yticks(places, labels=_labels(groups, by), parse_math=False)
    axes.set_xlabel("% of its links")
    axes.set_xlim(0, 100)
    axes.invert_yaxis()


def _labels(groups: Sequence[Group], by: By) -> list[str]:
    return [f"{xml_text(shortened(name_of(group, by), _LONGEST))} ({group.checked:,})" for group in groups]


def _finish(figure: Figure, axes: Axes, by: By, *, is_empty: bool) -> None:
    axes.set_title(f"Links by {by.value}: what has become of them")
    axes.spines[["top", "right"]].set_visible(False)
    if is_empty:
        axes.text(0.5, 0.5, "no link has been checked yet", transform=axes.transAxes, ha="center", va="center")
    else:
        figure.legend(loc="outside lower center", ncols=3, frameon=False)


def _bytes(figure: Figure, form: str) -> bytes:
    drawn = BytesIO()
    figure.savefig(drawn, format=form, dpi=150, metadata=_METADATA[form])
    return drawn.getvalue()
