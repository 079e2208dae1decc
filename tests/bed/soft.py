"""Links that are dead, answer 200 and do not even say so; and what all soft deaths of the bed are made with.

Each site gives the same kind of page to any address it does not know, as such sites do, unless told otherwise.
"""

from __future__ import annotations

from tests.bed.answers import (
    Asked,
    Script,
    made,
    site,
)
from tests.bed.behaviour import Behaviour, link
from tests.bed.pages import Paper, Style, notice_page, paper, teasers

_BROAD, _BLOG, _PORTAL, _TABLES, _MAGAZINE, _TABLOID = Style


def everywhere(
    name: str, of: Paper, slug: str, now: Script, why: str, states: str = "soft_404", **more: object
) -> Behaviour:
    """A dead link on a site that answers so to whatever it does not know."""
    return link(name, site(f"{name}.test", of, now), slug, now, states, why, **more)  # type: ignore[arg-type]


def alone(
    name: str, of: Paper, slug: str, now: Script, why: str, states: str = "soft_404", **more: object
) -> Behaviour:
    """A dead link on a site that answers an honest 404 to made-up addresses."""
    return link(name, site(f"{name}.test", of), slug, now, states, why, **more)  # type: ignore[arg-type]


def notice(of: Paper, title: str, main: str, *, around: int = 0, summaries: bool = False) -> Script:
    """The paper's layout around `main`, other headlines each time, and so many teasers below it."""

    def make(asked: Asked) -> str:
        below = teasers(of, f"below{asked.serial}", around, summaries=summaries) if around else ""
        return notice_page(of, title, main + below, seed=str(asked.serial))

    return made(make)


def silent() -> list[Behaviour]:
    """Sites that do not say so at all."""
    random_teasers = paper("Metro Pulse", style=_TABLOID)
    empty_shell, broken = paper("Valley Tribune", style=_PORTAL), paper("Gazeta 24", style=_TABLES)
    cards, tags = paper("The Daily Scroll", style=_MAGAZINE), paper("Coastline Live", style=_BLOG)

    def shell(asked: Asked) -> str:
        main = (
            '<div class="crumb"><a href="/">Home</a> &gt; News</div><div class="tit"></div><div class="info">By '
            ' · Published </div><div id="artibody"></div><div id="cmt"><h3>Comments (0)</h3><p>Be the first to'
            " comment.</p></div>"
        )
        return notice_page(empty_shell, " - Valley Tribune", main, seed=str(asked.serial))

    def echo(asked: Asked) -> str:
        words = asked.path.rsplit("/", 1)[-1].partition(".")[0].replace("-", " ").title()
        main = (
            f"<h1>{words}</h1><p>Read the latest about {words}. Pictures, videos and background on {words}, updated"
            " around the clock.</p>"
        )
        return notice_page(
            tags,
            f"{words} | Coastline Live",
            main + teasers(tags, str(asked.serial), 6, summaries=True),
            seed=str(asked.serial),
        )

    return [
        everywhere(
            "metro-pulse",
            random_teasers,
            "orchestra-saved",
            notice(random_teasers, "Metro Pulse", "<h1>Stories you may like</h1>", around=18, summaries=True),
            "nothing but recommendations, others each time; not a word of what is missing",
        ),
        everywhere(
            "valley-tribune",
            empty_shell,
            "river-dolphin-count",
            made(shell),
            "the article template with an empty article in it",
        ),
        everywhere(
            "gazeta24",
            broken,
            "parliament-budget-night",
            notice(
                broken,
                "Gazeta 24",
                "<b>Warning</b>: mysql_fetch_array() expects parameter 1 to be resource, boolean"
                " given in <b>/home/g24/public_html/story.php</b> on line <b>61</b><br><br><h1></h1>",
            ),
            "the database of old stories is gone, the template runs on",
        ),
        everywhere(
            "daily-scroll",
            cards,
            "apple-orchard-frost",
            made(
                lambda asked: notice_page(
                    cards,
                    "The Daily Scroll - Trending now",
                    "<h1 class='c-headline'>Trending now</h1>" + teasers(cards, str(asked.serial), 14, summaries=True),
                    seed=str(asked.serial),
                )
            ),
            "an endless feed in place of whatever was asked for",
        ),
        everywhere(
            "coastline",
            tags,
            "prison-library",
            made(echo),
            "a tag page made of the words of the address: it has all words of the headline and nothing of the story",
        ),
    ]


BEHAVIOURS = silent()
