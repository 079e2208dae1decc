"""Links to pictures and PDFs: the same, made anew, others, and pages in their place."""

from __future__ import annotations

from archive.verdicts import VerdictState
from tests.bed.answers import PLAIN_404, Script, answer, html, made, redirect, site
from tests.bed.articles import article
from tests.bed.behaviour import Behaviour
from tests.bed.media import pdf, picture, pixel
from tests.bed.pages import Style, notice_page, paper, teasers

_OF = paper("The Agency Pictures", style=Style.MAGAZINE)
_HTML = made(
    lambda asked: notice_page(
        _OF, "The Agency Pictures", "<h1>Our pictures</h1>" + teasers(_OF, str(asked.serial), 8), seed=str(asked.serial)
    )
)


def _jpeg(seed: str, **more: int) -> Script:
    return answer(picture(seed, **more), "image/jpeg")


def _paper(slug: str, producer: str = "pdfTeX-1.40.15", *, packed: bool = True) -> Script:
    of = article(slug)
    return answer(pdf(of.headline, of.text, producer=producer, packed=packed), "application/pdf")


def shot(
    name: str, now: Script, states: str, why: str, *, unknown: Script = PLAIN_404, then: Script | None = None
) -> Behaviour:
    """A cover image."""
    return Behaviour(
        name=name,
        site=site(f"{name}.test", _OF, unknown),
        path=f"/media/2016/{name}.jpg",
        then=then or _jpeg(name),
        now=now,
        states=tuple(VerdictState(each) for each in states.split()),
        why=why,
        image=True,
    )


def report(name: str, slug: str, now: Script, states: str, why: str, *, unknown: Script = PLAIN_404) -> Behaviour:
    """A PDF."""
    return Behaviour(
        name=name,
        site=site(f"{name}.test", _OF, unknown),
        path=f"/files/{slug}.pdf",
        then=_paper(slug),
        now=now,
        states=tuple(VerdictState(each) for each in states.split()),
        why=why,
    )


BEHAVIOURS = [
    shot("picture-same", _jpeg("picture-same"), "ok", "the same picture"),
    shot("picture-packed", _jpeg("picture-packed", quality=60), "ok", "the same picture, packed harder"),
    shot("picture-small", _jpeg("picture-small", width=320, height=200), "ok", "the same picture at half its size"),
    shot(
        "picture-webp",
        answer(picture("picture-webp", "WEBP"), "image/webp"),
        "ok",
        "the same picture in another format",
    ),
    shot(
        "picture-other",
        _jpeg("quite another"),
        "content_drifted ok",
        "another picture of the same size: perhaps a better one",
    ),
    shot("picture-page", _HTML, "soft_404", "a page where the picture was", unknown=_HTML),
    shot(
        "picture-page-alone",
        html(notice_page(_OF, "Licence ended", "<p>Our licence for this picture has ended.</p>")),
        "soft_404",
        "a page where this picture was",
    ),
    shot(
        "picture-placeholder",
        redirect("/img/no-image.gif"),
        "soft_404 moved_to_home content_drifted",
        "one grey pixel for whatever picture is asked for",
        unknown=lambda asked: (
            answer(pixel(), "image/gif") if "no-image" in asked.path else redirect("/img/no-image.gif")
        )(asked),
    ),
    shot("picture-404", PLAIN_404, "gone", "an honest 404"),
    report("report-same", "wheat-rust-valley", _paper("wheat-rust-valley"), "ok", "the same PDF"),
    report(
        "report-anew",
        "vaccine-cold-chain",
        _paper("vaccine-cold-chain", "LibreOffice 7.4", packed=False),
        "ok",
        "made anew of the same text",
    ),
    report(
        "report-other",
        "insulin-price-hearing",
        _paper("lighthouse-automation"),
        "content_drifted",
        "another PDF under its name",
    ),
    report("report-page", "bank-merger-blocked", _HTML, "soft_404", "a page where the PDF was", unknown=_HTML),
    report(
        "report-login",
        "captcha-study",
        redirect("/login"),
        "login_required",
        "the PDF is for members now",
        unknown=lambda asked: (
            html(
                notice_page(
                    _OF,
                    "Sign in",
                    "<h1>Sign in</h1><form><input name='email'><input type='password' name='p'>"
                    "<button>Sign in</button></form>",
                )
            )
            if asked.path == "/login"
            else redirect("/login")
        )(asked),
    ),
]
