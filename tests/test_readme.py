"""The README stays true: its commands, settings, reasons and exit codes are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from archive.model import Outcome, Reason
from crawler import settings
from crawler.cli import VERBS
from crawler.commands import EXIT_CODES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_command_is_a_verb_and_every_verb_is_told_of() -> None:
    """`sourcekeep VERB` in an indented block."""
    told = set(re.findall(r"^    sourcekeep ([a-z]+)", README, re.MULTILINE))
    assert told | {"demo"} == set(VERBS)


def test_every_setting_is_a_setting_with_that_default() -> None:
    """Names in the table exist; numbers there are the defaults."""
    rows = re.findall(r"^\| (`(?:SOURCEKEEP|CONCURRENT|DOWNLOAD)[^|]*) \| ([^|]*) \|", README, re.MULTILINE)
    assert len(rows) > 8
    for names, defaults in rows:
        found = re.findall(r"`(\w+)`", names)
        assert all(hasattr(settings, name) for name in found), names
        for name, text in zip(found, defaults.split(", "), strict=True):
            default = getattr(settings, name)
            if isinstance(default, int | float) and text.replace(".", "").isdigit():
                assert float(text) == default, name


def test_every_reason_is_listed_under_its_outcome() -> None:
    """The closed list, whole, and each where it belongs."""
    lists = re.findall(r"^- \*\*(kept|failed|excluded)[^*]*\*\*(.*(?:\n  .*)*)", README, re.MULTILINE)
    told = {(reason, outcome) for outcome, text in lists for reason in re.findall(r"`(\w+)`", text)}
    assert told == {(str(each), str(each.outcome)) for each in Reason if each.outcome is not Outcome.WAITING}


def test_temporary_reasons_are_told_apart() -> None:
    """What is tried again is listed as such."""
    (text,) = re.findall(r"^- \*\*failed for now\*\*(.*(?:\n  .*)*)", README, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", text)) == {str(each) for each in Reason if each.temporary}


def test_exit_codes_are_those_of_the_code() -> None:
    """Each number in the table is one a verb may give."""
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == set(EXIT_CODES)
