"""What an exit code means for the steps behind it, and where an interrupted job goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.job_sequence import JobRun, Next, StepRun, after, exit_code, goes_on, job_json, job_run, worst

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMMANDS = ("crawl a", "recheck", "verify")


def ran(*codes: int, commands: tuple[str, ...] = COMMANDS, stopped: bool = False) -> JobRun:
    """A run whose steps ended with these codes."""
    run = JobRun(
        job="nightly", commands=commands, started=NOON, ended=NOON, version="1", who="me@here", pid=7, stopped=stopped
    )
    for code in codes:
        command = commands[run.number_done]
        run = run.with_step(StepRun(command=command, started=NOON, ended=NOON, code=code, output="1-x.json"))
    return run


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), 0),
        ((0, 0), 0),
        ((0, 2), 2),  # dead links are news, not a failure ...
        ((2, 1), 1),  # ... and give way to one
        ((14, 2), 14),
        ((1, 4), 4),
        ((4, 5), 5),
        ((5, 8), 8),
        ((8, 3), 3),
        ((3, 11), 11),
        ((2, 137), 1),  # killed for its memory, say
        ((-9,), 1),
    ],
)
def test_a_job_ends_as_the_worst_of_its_steps(codes: tuple[int, ...], expected: int) -> None:
    """By the order that the help of `run` names."""
    assert worst(codes) == expected


@pytest.mark.parametrize(
    ("code", "waits", "stopping", "expected"),
    [
        (0, False, False, Next.GO_ON),
        (1, False, False, Next.GO_ON),
        (2, False, False, Next.GO_ON),
        (4, False, False, Next.GO_ON),
        (15, False, False, Next.GO_ON),
        (exit_code(-9), False, False, Next.GO_ON),
        (3, True, False, Next.HALT),
        (5, False, False, Next.HALT),
        (5, True, False, Next.WAIT),
        (5, True, True, Next.HALT),
        (8, False, False, Next.HALT),
        (11, False, False, Next.HALT),
        (0, False, True, Next.HALT),
    ],
)
def test_only_what_would_stop_the_others_too_halts_a_job(
    code: int, waits: bool, stopping: bool, expected: Next
) -> None:
    """A failed step, or dead links, keep no later step from its work."""
    assert after(code, waits=waits, stopping=stopping) is expected


@pytest.mark.parametrize(
    ("run", "done", "code", "on"),
    [
        (ran(0, 2, 0), 3, 2, False),
        (ran(0, 11), 1, 11, True),
        (ran(0, 3), 1, 3, True),
        (ran(1, 5, 0, 0), 3, 1, False),  # it waited for another run: that attempt is no step
        (ran(0, stopped=True), 1, 11, True),  # a signal between two steps
        (ran(0), 1, 0, True),  # killed before anything could be written down
        (ran(0, 11, commands=("crawl b", "recheck")), 1, 11, False),  # the file has other steps now
    ],
)
def test_an_interrupted_job_goes_on_where_it_was(run: JobRun, done: int, code: int, on: bool) -> None:
    """At the step that was not finished, as long as the file still has the same steps."""
    assert (run.number_done, run.exit_code, goes_on(run, COMMANDS)) == (done, code, on)
    assert not goes_on(None, COMMANDS)


def test_a_record_is_read_as_it_was_written() -> None:
    """Through JSON, also of a run that is at work and was taken up before."""
    run = ran(0, 11, stopped=True)
    assert job_run(json.loads(json.dumps(job_json(run)))) == run
    again = run.taken_up(NOON, who="she@there", pid=8, version="2")
    assert job_run(json.loads(json.dumps(job_json(again)))) == again
    assert (again.ended, again.stopped, again.resumed) == (None, False, (NOON,))


RECORD = job_json(ran(0))


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"job": 1},
        {**RECORD, "steps": [3]},
        {**RECORD, "started": "then"},
        {**RECORD, "commands": "crawl"},
    ],
)
def test_what_is_no_record_is_refused(record: object) -> None:
    """It may have been written by anybody."""
    with pytest.raises(ValueError):
        job_run(record)
