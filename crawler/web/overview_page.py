"""The collection at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from archive.checks import Standing
from archive.collection import is_held, run_note
from archive.event_lists import events_between
from archive.figures import Figures
from archive.model import Outcome
from archive.rot import UNKNOWN, Group
from archive.schema import WarcState
from archive.stats import RunStats
from crawler.terminal import count, spell_seconds
from crawler.web import paths
from crawler.web.problems import without_root
from crawler.web.served import Served
from crawler.web.views import page

_LATEST, _HOSTS, _YEARS = 6, 8, 30
_ORDER = (
    Standing.DEAD, Standing.CHANGED, Standing.SUSPECT, Standing.FAILING, Standing.UNSURE, Standing.ALIVE, Standing.NEW,
    Standing.INVALID,
)  # fmt: skip
_CURVE = (Standing.DEAD, Standing.CHANGED, Standing.SUSPECT, Standing.FAILING, Standing.UNSURE, Standing.ALIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that wants somebody to look at it."""

    text: str
    address: str | None = None
    hint: str | None = None  # what to type
    is_urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A year of the curve: shares (0..1) of its checked links by state, from the bottom up."""

    name: str
    group: Group
    shares: tuple[tuple[str, float], ...]
    said: str

    @property
    def dead(self) -> float | None:
        """The share that is dead."""
        return self.group.share(Standing.DEAD)


def add(router: APIRouter, served: Served) -> None:
    """Adds /."""

    @router.get("/", response_class=HTMLResponse)
    def overview(request: Request) -> HTMLResponse:
        figures = served.refresher.current
        with served.reading() as connection:
            latest = events_between(connection, served.now(), limit=_LATEST).events
        note, problem = run_note(served.collection), served.refresher.problem
        held = bool(note) and is_held(served.collection)
        values = {
            "name": served.collection.root.name or "The collection",
            "figures": figures,
            "latest": latest,
            "at_work": note if held else None,
            "problem": problem and without_root(problem, served.collection.root),
            "ended": ended,
            **(_drawn(figures, at_work=held) if figures is not None else {}),
        }
        return page(request, "overview.html", values)


def ended(run: RunStats) -> str:
    """How a run ended, in words."""
    if run.ended_at is None:
        return "not ended"
    took = spell_seconds((run.ended_at - run.started_at).total_seconds())
    return f"exit code {run.exit_code}{f' ({run.reason})' if run.reason else ''} after {took}"


def _drawn(figures: Figures, *, at_work: bool) -> dict[str, object]:
    totals = figures.stats.citations
    return {
        "citations": [
            ("o-" + word.value, word.value, getattr(totals, word.value), None)
            for word in (Outcome.KEPT, Outcome.FAILED, Outcome.EXCLUDED, Outcome.WAITING)
        ],
        "reasons": sorted(totals.reasons.items(), key=lambda each: -each[1]),
        "links": [
            ("s-" + state.value, state.value, figures.standings[state], paths.query("/links", state=state.value))
            for state in _ORDER
            if figures.standings.get(state)
        ],
        "columns": columns(figures.years),
        "attention": list(attention(figures, at_work=at_work)),
        "hosts": [host for host in figures.hosts if host.count(Standing.DEAD)][:_HOSTS] or figures.hosts[:_HOSTS],
        "warcs": sum(figures.stats.warcs.values()),
    }


def columns(years: Sequence[Group]) -> list[Column]:
    """The curve's columns, of years in which anything was checked (pure)."""
    return [_column(year) for year in years if year.checked][-_YEARS:]


def _column(year: Group) -> Column:
    shares = [("s-" + state.value, share) for state in _CURVE if (share := year.share(state))]
    said = ", ".join(f"{year.count(state)} {state.value}" for state in _CURVE if year.count(state))
    return Column(name="none" if year.key == UNKNOWN else year.key, group=year, shares=tuple(shares), said=said)


def attention(figures: Figures, *, at_work: bool) -> Iterator[Notice]:
    """What somebody should look at, the worst first (pure)."""
    stats = figures.stats
    if missing := stats.warcs.get(WarcState.MISSING):
        yield Notice(
            text=f"{count(missing, 'WARC file')} missing, {count(stats.lost, 'capture')} lost with them",
            hint="sourcekeep verify",
            is_urgent=True,
        )
    last = stats.runs[0] if stats.runs else None
    if last is not None and last.ended_at is None and not at_work:
        yield Notice(
            text=f"The last run ({last.job}) was killed: the same command goes on from there",
            address=f"/runs/{last.run_id}",
            is_urgent=True,
        )
    elif last is not None and last.exit_code not in (None, 0, 2):
        yield Notice(
            text=f"The last run ({last.job}) ended with exit code {last.exit_code}",
            address=f"/runs/{last.run_id}",
            is_urgent=last.exit_code != 11,
        )
    if dead := figures.standings.get(Standing.DEAD):
        yield Notice(
            text=f"{count(dead, 'link')} dead", address=paths.query("/links", state="dead"), hint="sourcekeep recover"
        )
    for state, words in ((Standing.SUSPECT, "may be gone"), (Standing.CHANGED, "answer with something else")):
        if number := figures.standings.get(state):
            address = paths.query("/links", state=state.value)
            yield Notice(text=f"{count(number, 'link')} {words}", address=address)
    if stats.citations.waiting and not at_work:
        yield Notice(text=f"{count(stats.citations.waiting, 'citation')} not fetched yet", hint="sourcekeep crawl")
    if stats.pages_shown.unseen:
        yield Notice(text=f"{count(stats.pages_shown.unseen, 'page')} not looked through", hint="sourcekeep requisites")
