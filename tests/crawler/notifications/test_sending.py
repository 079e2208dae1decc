"""Messages to real receivers on loopback: a web server, a mail server, a command."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from crawler.job_sequence import JobRun, StepRun
from crawler.notifications.channels import Channel, Happening, Mail, Notified, Program, Tls, Webhook
from crawler.notifications.message import Message, happened, message_of
from crawler.notifications.sending import notify
from tests.web.hook import hook

AT = datetime(2026, 11, 23, 3, 15, tzinfo=UTC)
ALL = frozenset(Happening)


def step(command: str, code: int) -> StepRun:
    """A step that took a minute."""
    return StepRun(command=command, started=AT, ended=AT + timedelta(minutes=1), code=code, output="1-x.json")


def job(*steps: StepRun, commands: int | None = None) -> JobRun:
    """A run of a job that has ended."""
    texts = tuple(dict.fromkeys(each.command for each in steps))
    return JobRun(
        job="nightly", commands=texts + ("status",) * (commands or 0), started=AT, ended=AT + timedelta(hours=1),
        version="0.1.0", who="ops@here", pid=1, steps=steps,
    )  # fmt: skip


REPORT = {
    "reason": "1 link is newly dead\x1b[2J",
    "newly_dead": [{"url": f"https://courier.test/{n}", "state": "gone"} for n in range(150)],
    "revived": [{"url": "https://gazette.test/back"}],
    "problems": ["a page of https://evil.test/\r\nBcc: victim@evil.test cannot be read"],
}
RUN = job(step("recheck", 2))
MESSAGE = message_of(RUN, [(RUN.steps[0], REPORT)], delivery="d-1", collection="my\r\nnews", record="/c/runs/1", now=AT)


def tell(to: Webhook | Mail | Program, folder: Path, *, tries: int = 3, message: Message = MESSAGE) -> Notified:
    """What comes of telling one channel; nobody waits between attempts."""
    channel = Channel(name="ops", on=ALL, to=to, timeout=5, tries=tries)
    (told,) = notify(message, [channel], folder=folder, sleep=lambda _: None)
    return told


@pytest.mark.parametrize(
    ("run", "report", "told"),
    [
        (job(step("status", 0)), {}, {"success"}),
        (job(step("recheck", 2)), {"newly_dead": [{"url": "https://a.test/"}]}, {"newly_dead"}),
        (job(step("recheck", 0)), {"revived": [{"url": "https://a.test/"}]}, {"revived", "success"}),
        (job(step("verify", 2)), {}, {"failure"}),
        (job(step("crawl", 15)), {}, {"limit"}),
        (job(step("crawl", 3), commands=1), {}, {"failure", "disk"}),
        (job(step("crawl", 3), step("crawl", 0)), {}, {"success"}),
        (job(step("crawl", 11), commands=1), {}, {"stopped"}),
        (job(step("crawl", 5), commands=1), {}, {"left_out"}),
        (job(step("crawl", 8), commands=1), {}, {"failure"}),
        (job(step("crawl", 1), step("recheck", 0)), {}, {"failure"}),
    ],
)
def test_what_happened(run: JobRun, report: dict[str, object], told: set[str]) -> None:
    """By the codes of the last attempts at the steps, and by their reports."""
    reports = [(each, report if each is run.steps[-1] else {}) for each in run.steps]
    assert happened(run, reports) == told


def test_only_who_wants_to_hear_is_told(tmp_path: Path) -> None:
    """A channel that is for other things is left alone."""
    asleep = Channel(name="a", on=frozenset({Happening.DISK}), to=Webhook(url="http://127.0.0.1:9/"))
    assert notify(MESSAGE, [asleep], folder=tmp_path) == ()


# --- webhooks ---


def test_a_webhook_is_signed_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON under HMAC-SHA256 with a time, the same delivery in each attempt; what it says of it has no path."""
    monkeypatch.setenv("HOOK_KEY", "a key of ours")
    with hook(503, 429) as receiver:
        told = tell(Webhook(url=receiver.url, sign_with="env:HOOK_KEY"), tmp_path)
    assert told == Notified(name="ops", told=True, said="webhook at 127.0.0.1: status 200")
    assert len(receiver.came) == 3
    assert {headers["Sourcekeep-Delivery"] for headers, _ in receiver.came} == {"d-1"}
    headers, body = receiver.came[-1]
    at, signed = (part.split("=")[1] for part in headers["Sourcekeep-Signature"].split(","))
    assert hmac.compare_digest(signed, hmac.new(b"a key of ours", f"{at}.".encode() + body, hashlib.sha256).hexdigest())
    assert abs(int(at) - datetime.now(UTC).timestamp()) < 600
    said = json.loads(body)
    assert (said["job"], said["happened"], said["exit_code"]) == ("nightly", ["newly_dead", "revived"], 2)
    assert (len(said["newly_dead"]), said["totals"]["newly_dead"]) == (100, 150)
    assert "Authorization" not in headers


@pytest.mark.parametrize(("statuses", "asked"), [((400, 200), 1), ((302, 200), 1), ((500,) * 9, 3)])
def test_a_webhook_that_refuses(statuses: tuple[int, ...], asked: int, tmp_path: Path) -> None:
    """Client errors and redirects end it at once, others after three attempts; the result says why."""
    with hook(*statuses) as receiver:
        receiver.location = receiver.url + "/elsewhere" if 302 in statuses else None
        told = tell(Webhook(url=receiver.url), tmp_path)
    assert (told.told, len(receiver.came)) == (False, asked)
    assert str(statuses[0]) in told.said
    assert "SECRET" not in told.said


@pytest.mark.parametrize(
    "to",
    [
        Webhook(url="http://127.0.0.1:1/SECRET"),
        Webhook(url="env:SOURCEKEEP_TEST_NOWHERE"),
        Webhook(url="http://127.0.0.1:1/SECRET", sign_with="file:/nowhere/SECRET"[:14]),
        Webhook(url="http://[::1/SECRET"),
        Webhook(url="https://127.0.0.1:1/SECRET", ca_file=Path("/nowhere.pem")),
        Mail(to=("a@b.test",), sender="c@d.test", host="127.0.0.1", port=1),
        Mail(to=("a@b.test\r\nX: y",), sender="c@d.test", host="127.0.0.1", port=1),
        Program(command=("/nowhere/at/all",)),
        Program(command=(sys.executable, "-c", "raise SystemExit(7)")),
    ],
)
def test_what_cannot_be_delivered_is_said(to: Webhook | Mail | Program, tmp_path: Path) -> None:
    """Never raised, never with a secret in it."""
    told = tell(to, tmp_path)
    assert not told.told
    assert told.said
    assert "SECRET" not in told.said


# --- mail ---


class Box:
    """What a mail server took."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take it."""
        self.envelopes.append(envelope)
        return "250 OK"


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    good = (data.login, data.password) == (b"sourcekeep", b"the password")
    return AuthResult(success=good, handled=good)


class Server(Controller):
    """One at a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(folder: Path) -> Iterator[tuple[Box, int, Path]]:
    """One that wants STARTTLS and a login; its box, port and authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    box = Box()
    server = Server(
        box, hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True, authenticator=_authenticate,
        auth_required=True,
    )  # fmt: skip
    server.start()
    try:
        yield box, server.port, folder / "ca.pem"
    finally:
        server.stop()


def test_a_mail_goes_over_tls_with_a_login(tmp_path: Path) -> None:
    """One of plain text, whose headers nobody else writes; a wrong password or a strange certificate ends it."""
    (tmp_path / "password").write_text("the password\n")
    with mail_server(tmp_path) as (box, port, authority):
        to = Mail(
            to=("ops@site.test", "you@site.test"), sender="sourcekeep@site.test", host="127.0.0.1", port=port,
            user="sourcekeep", login_with=f"file:{tmp_path / 'password'}", ca_file=authority,
        )  # fmt: skip
        assert tell(to, tmp_path).told
        (envelope,) = box.envelopes
        (tmp_path / "password").write_text("another")
        assert "login" in tell(to, tmp_path).said
        assert "certificate" in tell(replace(to, ca_file=None), tmp_path).said
        assert not tell(replace(to, tls=Tls.NONE), tmp_path).told
        assert box.envelopes == [envelope]
    assert envelope.rcpt_tos == ["ops@site.test", "you@site.test"]
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=policy)
    assert mail["Subject"].strip() == "[sourcekeep] my  news: nightly: revived, 150 links newly dead (exit code 2)"
    assert (mail["Auto-Submitted"], mail["Bcc"]) == ("auto-generated", None)
    text = mail.get_content()
    assert "https://courier.test/99" in text
    assert "and 50 more" in text
    assert "\x1b" not in text
    assert "\nBcc:" not in text


# --- commands ---


def test_a_command_gets_the_message(tmp_path: Path) -> None:
    """As JSON on its standard input, in the collection's folder, its words as they stand; a slow one is killed."""
    program = tmp_path / "tell me;exit 1"
    program.write_text(f"#!{sys.executable}\nimport sys, pathlib\npathlib.Path('got').write_text(sys.stdin.read())\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert tell(Program(command=(str(program), "$(touch x)")), tmp_path).told
    assert json.loads((tmp_path / "got").read_text())["id"] == "d-1"
    assert not (tmp_path / "x").exists()
    slow = Channel(name="s", on=ALL, to=Program(command=("sleep", "60")), timeout=0.2)
    (told,) = notify(MESSAGE, [slow], folder=tmp_path)
    assert "killed after 0.2 s" in told.said
