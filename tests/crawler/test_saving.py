"""Save Page Now over loopback: saved, not saved, and when it is no use to go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from archive.errors import UsageError
from crawler.guard import AddressGuard, allowed_networks
from crawler.memento.guarded import Directory, session
from crawler.saving import Keys, NotSaved, Refused, Saver, keys_from_environment
from tests.web.byte_server import ok
from tests.web.wayback import Wayback, unwell

URL = "http://a.test/story"


@pytest.fixture
def machine() -> Iterator[Wayback]:
    """A stand-in that saves."""
    with Wayback() as archive:
        yield archive


def saver(machine: Wayback) -> Saver:
    """Without a pause."""
    directory = Directory(AddressGuard(allowed_networks(["127.0.0.0/8"])))
    keys = Keys(access="me", secret="secret")
    return Saver(machine.base, session(directory, "x"), keys, pause=0, stopped=threading.Event())


def test_a_job_is_waited_for(machine: Wayback) -> None:
    """Pending twice, then there: the memento's address and time; asked for with the key, and what is new is enough."""
    machine.mood("status", *[ok(b'{"status": "pending"}')] * 2)
    memento, at = saver(machine).save(URL)
    assert memento == f"{machine.base}/web/20261122120000/{URL}"
    assert at is not None
    assert at.hour == 12
    [asked] = machine.requests("/save")[:1]
    assert b"Authorization: LOW me:secret" in asked
    assert b"if_not_archived_within=30d" in asked
    assert len(machine.asked("/save/status/spn2-abc")) == 3


@pytest.mark.parametrize(
    ("interface", "answer", "error", "why"),
    [
        ("save", unwell(401), Refused, "keys"),
        ("save", unwell(500), Refused, "500"),
        ("save", unwell(429, b"Retry-After: 3600"), Refused, "429"),
        ("save", ok(b"<html>"), Refused, "nothing that can be read"),
        ("save", ok(b'{"status_ext": "error:user-session-limit", "message": "too many"}'), Refused, "too many"),
        ("save", ok(b'{"job_id": "../../x"}'), NotSaved, "neither yes nor no"),
        ("status", ok(b'{"status": "error", "status_ext": "error:not-found"}'), NotSaved, "error:not-found"),
    ],
)
def test_what_goes_wrong(machine: Wayback, interface: str, answer: bytes, error: type[Exception], why: str) -> None:
    """A link that cannot be saved is one; keys, limits and outages end the run."""
    machine.mood(interface, answer)
    with pytest.raises(error, match=why):
        saver(machine).save(URL)


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of them, and neither can carry a header of its own; their text shows them nowhere."""
    monkeypatch.setenv("SOURCEKEEP_SPN_ACCESS", "me")
    monkeypatch.delenv("SOURCEKEEP_SPN_SECRET", raising=False)
    for secret in (None, "", "a\r\nX: y"):
        if secret is not None:
            monkeypatch.setenv("SOURCEKEEP_SPN_SECRET", secret)
        with pytest.raises(UsageError):
            keys_from_environment()
    monkeypatch.setenv("SOURCEKEEP_SPN_SECRET", "hush")
    assert "hush" not in repr(keys_from_environment())
