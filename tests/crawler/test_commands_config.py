"""`sourcekeep init` and `sourcekeep config`: the file is written once, and what holds is told with its origin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trustme

from crawler.cli import run
from crawler.configuration import read_configuration
from crawler.configuration_keys import KEYS
from crawler.configuration_text import new_file, news, with_news
from crawler.job_steps import check_jobs


def uncommented(text: str) -> str:
    """A new file with every key of its comments set to the default that stands there."""
    keys = (
        *(key.name for key in KEYS),
        "kind",
        "base",
        "pause",
        "availability",
        "memory_max",
        "random_delay",
        "writes",
    )
    begin = ("# [archives", "# [hosts", *(f"# {key} = " for key in keys))
    return "\n".join(line[2:] if line.startswith(begin) else line for line in text.splitlines())


def test_what_a_new_file_has_in_comments_is_what_holds_without_it() -> None:
    """Every key stands there with its default: set, it changes nothing. Its jobs are ready to run."""
    written = read_configuration(new_file(sites=["https://a.test/"], contact=None))
    assert (written.sites, written.settings, sorted(written.jobs)) == (("https://a.test/",), (), ["nightly", "weekly"])
    check_jobs(written, written.sites, "a new file")
    whole = read_configuration(uncommented(new_file(sites=[], contact=None)))
    assert {given.setting for given in whole.settings} == {key.setting for key in KEYS}
    shown = {"SOURCEKEEP_CA_FILE", "SOURCEKEEP_HOSTS"}  # examples: the default is to have none
    defaults = {key.setting: key.default for key in KEYS if key.setting not in shown}
    assert {given.setting: given.value for given in whole.settings if given.setting not in shown} == defaults


def test_only_what_a_file_does_not_mention_is_new() -> None:
    """Neither what is set nor what is a comment; what is added are comments below all that was there."""
    text = new_file(sites=["https://a.test/"], contact="me@a.test")
    assert news(text) == ()
    older = "\n".join(line for line in text.splitlines() if "most_links" not in line and "writes" not in line)
    assert [line.split(" = ")[0] for line in news(older)] == ["# [limits]", "# most_links", "# [jobs.NAME]", "# writes"]
    newer = with_news(older, news(older), "9.9")
    assert newer.startswith(older)
    assert (news(newer), read_configuration(newer).settings) == ((), read_configuration(older).settings)


def test_a_file_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new collection gets one; again, it is told what is new, and stays byte for byte unless --add is given."""
    place = tmp_path / "c"
    assert run(["init", str(place), "--site", "https://a.test/index.md", "--lang", "en, zh"]) == 0
    path = place / "sourcekeep.toml"
    written = path.read_text()
    assert read_configuration(written).languages == ("en", "zh")
    assert run(["init", str(place), "--site", "https://b.test/"]) == 4
    path.write_text('# mine\nsite = "https://a.test/"\n[jobs.n]\nsteps = ["crawl"]\n')
    mine = path.read_text()
    capsys.readouterr()
    assert run(["init", str(place), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert not said["written"]
    assert "# delay = 1.0  # seconds between two requests to a host, at least" in said["new"]
    assert path.read_text() == mine
    assert run(["init", str(place), "--add"]) == 0
    assert path.read_text().startswith(mine + "\n# New in sourcekeep ")
    assert run(["init", str(place), "-q"]) == 0


@pytest.mark.parametrize(
    "arguments", [["--site", "https://me:pw@a.test/"], ["--site", "nowhere"], ["--contact", "a\nb"]]
)
def test_nothing_is_written_for_what_no_file_takes(arguments: list[str], tmp_path: Path) -> None:
    """Nor into a folder of somebody else's."""
    assert run(["init", str(tmp_path / "c"), *arguments]) == 4
    assert not (tmp_path / "c").exists()
    (tmp_path / "letter.txt").write_text("Dear")
    assert run(["init", str(tmp_path)]) == 4


CONTENT = '[politeness]\ndelay = 2\ntries = 5\n[network]\nca_file = "ours.pem"\n[jobs.n]\nsteps = ["verify"]\n'


def test_every_setting_has_its_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Flags over -s over the file over the defaults; paths in the file are meant from its folder."""
    (tmp_path / "sourcekeep.toml").write_text(CONTENT)
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ours.pem"))
    flags = [
        "-s",
        "SOURCEKEEP_TRIES=7",
        "-s",
        "SOURCEKEEP_CONTACT=x@a.test",
        "--contact",
        "y@a.test",
        "-s",
        "LOG_FILE=z",
    ]
    assert run(["config", "show", "--json", "-c", str(tmp_path), *flags]) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    file = tmp_path / "sourcekeep.toml"
    assert {
        name: (each["value"], each["origin"]) for name, each in settings.items() if each["origin"] != "default"
    } == {
        "contact": ("y@a.test", "--contact"),
        "politeness.delay": (2, f"{file}:2"),
        "politeness.tries": ("7", "-s"),
        "network.ca_file": (str(tmp_path / "ours.pem"), f"{file}:5"),
        "LOG_FILE": ("z", "-s"),
    }
    assert len(settings) == len(KEYS) + 1
    assert run(["config", "show", "--origin", "--changed", "-c", str(tmp_path)]) == 0
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["politeness.delay", "=", "2", f"{file}:2"] in said
    assert said[-1] == ["job", "n", "(no", "schedule):", "verify"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[politeness]\ndelai = 2\nper_host = 0\n", ["sourcekeep.toml:2:1: ", "sourcekeep.toml:3:12: "]),
        ('[jobs.n]\nsteps = ["recheck --limt 5"]\n', ["sourcekeep.toml:2:10: 'recheck --limt 5': No such option"]),
        ('[jobs.n]\nsteps = ["recheck --limit no"]\n', ["sourcekeep.toml:2:10: "]),
        ('[jobs.n]\nsteps = ["crawl"]\n', ["which archive?"]),
        ('[jobs.n]\nsteps = ["export wacz --evnt x"]\n', ["No such option"]),
        ('[jobs.n]\nsteps = ["verify --help"]\n', ["no job needs"]),
        ("\xff", ["sourcekeep.toml:1:1: this is no UTF-8 text"]),
    ],
)
def test_each_mistake_has_a_line(
    content: str, told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people, and as JSON; the same file is refused by every verb that goes by it."""
    (tmp_path / "sourcekeep.toml").write_bytes(content.encode("latin-1"))
    assert run(["config", "show", "--json", "-c", str(tmp_path)]) == 4
    out, err = capsys.readouterr()
    lines = json.loads(out)["mistakes"]
    assert len(lines) == len(told) == err.count("\n")
    assert all(part in line for part, line in zip(told, lines, strict=True))


def test_a_file_that_is_a_link_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A collection may come from anybody."""
    (tmp_path / "sourcekeep.toml").symlink_to("/etc/passwd")
    assert run(["config", "show", "-c", str(tmp_path)]) == 4
    assert "symbolic link" in capsys.readouterr().err
