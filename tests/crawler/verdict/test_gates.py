"""Pages that stand before a page, and that a host sends for every address: never a death."""

# ruff: noqa: E501 - a case a line

from __future__ import annotations

import pytest

from archive.verdicts import Verdict, VerdictClass
from crawler.verdict.answer import NO_PROBES, HopKind
from crawler.verdict.judge import judge
from tests.crawler.verdict.checks import STORY, answered, page, paragraphs, probed, sent_on, share, teasers

EVERYWHERE = probed(1.0, 1.0, own=(1.0, 1.0))
GATES = [
    ("geo_blocked", "Clip unavailable", "Clip unavailable", "This clip is not available in your country."),
    ("geo_blocked", "Content not available | The Channel", "Content not available", "You can watch this only in the UK. It is not available in your location."),
    ("geo_blocked", "Unavailable", "This page is not available in your region", "Our licences end at the border."),
    ("blocked", "Site unavailable", "Site unavailable", "Scheduled maintenance tonight. We will be back shortly."),
    ("blocked", "Page unavailable", "Page unavailable", "We have technical difficulties, please try again later."),
    ("blocked", "Making sure you're not a bot!", "Making sure you're not a bot!", "The administrator of this website has set up Anubis to protect it against those who read everything, all day long and all at once, until nobody else can read anything here at all any more."),
    ("blocked", "Web Page Blocked", "Web Page Blocked", "Attack ID: 20000007. Message ID: 0012."),
    ("payment", "The Paper", "Subscribe to read on", "Already a subscriber? Sign in."),
    ("payment", "Dam gates opened", "Dam gates opened", "Subscribe to unlock this story. Two months for the price of one."),
    ("login_required", "The Paper", "Register to continue reading", "It costs nothing."),
    ("blocked", "App", "JavaScript is disabled", "Please turn on JavaScript to go on."),
    ("blocked", "Old browser", "Unsupported browser", "Please switch to a modern browser."),
    ("blocked", "The Paper", "Please turn off your ad blocker", "We live on advertisements."),
    ("blocked", "Age verification", "Are you over 18?", "You must be at least 18 years old to enter."),
    ("blocked", "Session expired", "Your session has timed out", "Open the page once more."),
    ("blocked", "Social", "This post isn't available right now", "It may have been shared with few people only."),
    ("blocked", "The Paper", "We are on strike", "Our newsroom is on strike until Thursday. Come back later."),
]  # fmt: skip


@pytest.mark.parametrize(("state", "title", "heading", "text"), GATES)
@pytest.mark.parametrize("match", [None, share(0.0)], ids=["unheld", "held"])
def test_a_gate_is_no_death(state: str, title: str, heading: str, text: str, match: object) -> None:
    """Whatever error phrases it has by the way, and though all addresses are answered so."""
    found = judge(answered(page(title, f"<h1>{heading}</h1><p>{text}</p>")), match, EVERYWHERE)  # type: ignore[arg-type]
    assert isinstance(found, Verdict)
    assert found.state == state, found.evidence


@pytest.mark.parametrize(
    "text",
    [
        "The page is not available. It has been removed.",
        "This page is no longer available.",
        "The requested page is unavailable. Try again later or visit our home page.",
        "The page was not found. Subscribe to read our newsletter.",
    ],
)
def test_an_error_is_no_gate(text: str) -> None:
    """A page that says why it is not available is dead, whatever it offers beside."""
    found = judge(answered(page("Page not found", f"<h1>Page not found</h1><p>{text}</p>")), None, NO_PROBES)
    assert isinstance(found, Verdict)
    assert found.state == "soft_404"


def test_an_article_behind_no_gate() -> None:
    """What offers a subscription below its story is that story."""
    html = page("Flood", "<h1>Flood</h1>" + paragraphs(*STORY[:3], "Subscribe to continue reading."))
    found = judge(answered(html), None, NO_PROBES)
    assert isinstance(found, Verdict)
    assert found.state == "ok"


@pytest.mark.parametrize(
    "target",
    ["http://paper.test/.well-known/sgcaptcha/?r=%2Fx", "http://paper.test/sorry/index", "http://captcha.guard.test/x"],
)
def test_sent_to_a_challenge(target: str) -> None:
    """Who is sent to a captcha is not where the page was meant to be, whatever it says there."""
    answer = answered(page("", "<p>This process is automatic.</p>"), **sent_on(target, how=HopKind.META))
    found = judge(answer, None, probed(1.0, 1.0, same=True))
    assert isinstance(found, Verdict)
    assert found.state == "blocked"


def test_a_header_or_a_script_tells_the_challenge() -> None:
    """However little, or much, its page says."""
    talk = paragraphs(*STORY)
    script = page("Wait", talk, head='<script id="anubis_challenge" type="application/json">{}</script>')
    for answer in (answered(script), answered(page("", ""), status=202, headers=(("SG-Captcha", "challenge"),))):
        found = judge(answer, None, EVERYWHERE)
        assert isinstance(found, Verdict)
        assert found.state == "blocked"


def test_an_application_that_is_not_run_is_not_dead() -> None:
    """A menu, "Loading" and a footer come at every address, those that exist too; headlines do not come for nothing."""
    menu = "<nav>News Weather Sport</nav><div id=app>Loading what is new in town, one moment more</div>"
    shell = page("The Paper", menu + "<footer>Terms. Privacy. Contact us.</footer><script src=a.js></script>")
    found = judge(answered(shell), None, EVERYWHERE)
    assert isinstance(found, Verdict)
    assert found.state.verdict_class is VerdictClass.ALIVE
    filled = page("The Paper", menu + teasers() + "<script src=a.js></script>")
    assert getattr(judge(answered(filled), None, EVERYWHERE), "state", None) == "soft_404"


@pytest.mark.parametrize(
    ("path", "state"),
    [("/", "ok"), ("/en/", "ok"), ("/index.html", "ok"), ("/world/", "ok"), ("/sport/football/", "ok"),
     ("/news/flood-in-town/", "content_drifted"), ("/2019/03/flood.html", "content_drifted")],
)  # fmt: skip
def test_what_is_there_to_change_has_not_drifted(path: str, state: str) -> None:
    """Home pages and sections say something else every day; an article does not."""
    html = page("Town", "<h1>Town</h1>" + paragraphs(*STORY))
    found = judge(answered(html, url="http://paper.test" + path), share(0.0), NO_PROBES)
    assert isinstance(found, Verdict)
    assert found.state == state
