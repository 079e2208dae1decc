"""Pages that stand at every address of a host: who takes leave for ever, who says the same amid chance, who asks."""

from __future__ import annotations

import pytest

from archive.verdicts import Verdict, VerdictClass
from crawler.verdict.answer import NO_PROBES, Match, ProbeResult
from crawler.verdict.judge import judge
from tests.crawler.verdict.checks import answered, page, probed, share

SAME = probed(1.0, 1.0, own=(1.0, 1.0), title=True)
RESTLESS = probed(0.3, 0.3, own=(0.25, 0.3), title=True)
HONEST = probed(0.0, 1.0, status=(404, 404))
GONE_FROM_IT = share(0.01, words=180, title="Quarry road closed after rock fall")
NAV = "<nav>" + "".join(f"<a href=/s{n}>Section {n}</a> " for n in range(8)) + "</nav>"


def found(title: str, text: str, probes: ProbeResult, match: Match | None = None, around: str = "") -> Verdict:
    """The verdict on a heading and what stands below it."""
    verdict = judge(answered(page(title, f"{around}<h1>{title}</h1>{text}")), match, probes)
    assert isinstance(verdict, Verdict)
    return verdict


FAREWELLS = [
    ("Goodbye from Clipnest", "Clipnest has been discontinued. All accounts were deleted on 1 March 2019."),
    ("The Vale Post", "The Vale Post closed down on 30 June 2014 after a hundred years. We thank our readers."),
    ("Auf Wiedersehen", "Die Redaktion hat das Erscheinen zum Jahresende eingestellt. Danke für alles."),
    ("Merci à tous", "Le journal a cessé de paraître en juin 2015. Merci de votre fidélité."),
    ("Hasta siempre", "El diario ha cerrado tras cuarenta años de trabajo. Gracias a todos los lectores."),
    ("Obrigado", "O portal foi encerrado em maio de 2016. Agradecemos aos nossos leitores."),
    ("Dziękujemy", "Z końcem roku redakcja zakończyła działalność. Portal został zamknięty."),
    ("До свидания", "Издание прекратило существование в 2016 году. Спасибо всем читателям."),
    ("告别", "博客平台自二〇一六年起停止运营，感谢各位读者多年来的陪伴与支持。"),
    ("お知らせ", "当ブログの提供は二〇一五年三月末をもって終了いたしました。長らくのご愛顧に感謝いたします。"),
    ("안내", "뉴스 서비스가 종료되었습니다. 그동안 이용해 주셔서 감사합니다."),
    ("Hoşça kalın", "Portal kapatıldı. Yıllarca bizi okuyan herkese teşekkür ederiz, hoşça kalın."),
]


@pytest.mark.parametrize(("title", "text"), FAREWELLS)
def test_who_takes_leave_at_every_address_is_dead(title: str, text: str) -> None:
    """With and without a copy; where random siblings get a 404 it is but an item about somebody's end."""
    for match in (None, GONE_FROM_IT):
        assert found(title, f"<p>{text}</p>", SAME, match).verdict_class is VerdictClass.DEAD, match
    assert found(title, f"<p>{text}</p>", HONEST).verdict_class is not VerdictClass.DEAD


@pytest.mark.parametrize(
    "text",
    [
        "Our service in the EU has been discontinued.",
        "The site is closed until Monday. It has been shut down for a good reason.",
        "Die Website wurde vorübergehend abgeschaltet.",
        "Сайт закрыт для посетителей из вашей страны.",
        "本站在您所在的地区已停止服务。",
        "サービスは一時終了しました。",
    ],
)
def test_who_is_closed_for_some_or_for_now_is_not(text: str) -> None:
    """A gate over a whole host says so at every address, too."""
    assert found("Notice", f"<p>{text}</p>", SAME, GONE_FROM_IT).verdict_class is not VerdictClass.DEAD


SIDEBAR = (
    "<ul><li><a href=/a>Divers look for the third time</a> <small>38 min</small></ul><p>Pilots sign in at dawn.</p>"
)


def test_the_same_heading_amid_chance_is_the_siblings_page() -> None:
    """Title and heading are those of random siblings, our copy is missed, nothing is asked: dead."""
    text = f"<p>That tale has wandered off our shelves, it seems.</p>{SIDEBAR}"
    assert found("Well, well", text, RESTLESS, GONE_FROM_IT, NAV).state == "soft_404"
    assert found("Well, well", text, RESTLESS, None, NAV).verdict_class is not VerdictClass.DEAD


def test_a_gate_amid_chance_asks_at_its_head() -> None:
    """The same frame around somebody who wants something."""
    text = f"<p>Please verify that it is you who wants to read on.</p>{SIDEBAR}"
    assert found("One thing", text, RESTLESS, GONE_FROM_IT, NAV).verdict_class is VerdictClass.UNSURE


def test_a_menu_at_the_foot_asks_nothing() -> None:
    """Entries side by side in a line are a site's, and no question to its visitor."""
    foot = "<p>Subscribe · Letters · Cookie settings · Terms · Advertise</p>"
    text = f"<p>The tale you came for was taken from our shelves.</p>{foot}"
    assert found("Well, well", text, SAME, GONE_FROM_IT, NAV).state == "soft_404"


def test_what_shows_nothing_of_a_page_is_not_called_alive() -> None:
    """A box of a script, data for programs, a server nobody has put anything on: once, and without a copy."""
    box = "<html><head><script>alert('{}');history.back();</script></head><body></body></html>"
    said = judge(answered(box.format("삭제된 기사입니다.")), None, NO_PROBES)
    asked = judge(answered(box.format("무언가 알 수 없는 말")), None, NO_PROBES)
    data = judge(answered(b"null", mime="application/json"), None, NO_PROBES)
    iis = judge(answered(page("IIS Windows Server", "<img src=iisstart.png>")), None, NO_PROBES)
    assert [getattr(each, "verdict_class", None) for each in (said, asked, data, iis)] == [
        VerdictClass.DEAD,
        *[VerdictClass.UNSURE] * 3,
    ]
    wanted = judge(answered(b"null", mime="application/json", url="http://api.paper.test/x.json"), None, NO_PROBES)
    assert isinstance(wanted, Verdict)
    assert wanted.verdict_class is VerdictClass.ALIVE
