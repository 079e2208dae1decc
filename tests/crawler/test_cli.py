"""The command line as a whole: help, exit codes, messages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from crawler import __version__
from crawler.cli import VERBS, cli, run

ROOT = Path(__file__).parents[2]
HEAVY = {
    "scrapy",
    "sqlalchemy",
    "rich",
    "twisted",
    "lxml",
    "trafilatura",
    "warcio",
    "alembic",
    "asyncio",
    "fastapi",
    "jinja2",
}


def sourcekeep(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`sourcekeep` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "crawler.cli", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([verb, "--help"] for verb in VERBS)])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Help comes at once: neither Scrapy nor SQLAlchemy nor rich nor anything of their weight is imported for it."""
    program = (
        "import sys\nfrom crawler.cli import run\n"
        f"code = run({arguments!r})\n"
        f"print('LOADED', sorted({HEAVY!r} & set(sys.modules)), code)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED [] 0"


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_can_be_loaded_and_helps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of verbs names commands that exist; the help of each has an example and the exit codes."""
    command = cli.get_command(click.Context(cli), name)
    assert isinstance(command, click.Command)
    assert run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"sourcekeep {name}" in said.split("Example", 1)[1]
    assert "Exit codes:" in said
    assert {"--json", "--verbose", "--quiet"} <= {option for each in command.params for option in each.opts}


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """`sourcekeep --help` names the verbs, and says what each does in a line."""
    assert run(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {meaning}" in said for name, meaning in VERBS.items())
    assert cli.list_commands(click.Context(cli)) == list(VERBS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` says name and number."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"sourcekeep {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["bake"], "bake"),
        (["parse"], "PAGE-OR-FOLDER"),
        (["parse", "--depth", "3", "."], "--depth"),
        (["parse", "no/such/folder"], "no/such/folder"),
    ],
)
def test_wrong_usage_is_named_with_exit_code_4(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown verb or option, a missing argument or path: one line that names it and says where help is."""
    assert run(arguments) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sourcekeep: ")
    assert err.count("\n") == 1
    assert named in err
    assert "--help" in err


def test_no_arguments_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`sourcekeep` alone is wrong usage, answered with the help."""
    assert run([]) == 4
    assert "Verbs:" in capsys.readouterr().err


def test_a_folder_that_is_no_collection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Our own errors end in their exit code and one paragraph that names the thing."""
    assert run(["status", "-c", str(tmp_path)]) == 4
    assert str(tmp_path) in capsys.readouterr().err


def test_the_collection_may_come_from_the_environment(tmp_path: Path) -> None:
    """SOURCEKEEP_COLLECTION stands for -c."""
    done = sourcekeep("status", SOURCEKEEP_COLLECTION=str(tmp_path / "from-environment"))
    assert done.returncode == 4
    assert b"from-environment" in done.stderr


def test_escapes_in_arguments_do_not_reach_the_terminal() -> None:
    """A name with an escape sequence, pasted from the web, is shown without its power."""
    done = sourcekeep("parse", "\x1b]0;owned\x07.md")
    assert done.returncode == 4
    assert b"\x1b" not in done.stderr
    assert b"owned" in done.stderr


def test_a_reader_that_goes_away_is_no_news(tmp_path: Path) -> None:
    """`sourcekeep parse ... | head -1`: no traceback, no message."""
    for number in range(3000):
        (tmp_path / f"{number}.md").write_text("# A page\n")
    with subprocess.Popen(
        [sys.executable, "-m", "crawler.cli", "parse", "--json", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 1


def test_a_terminal_that_knows_few_letters(tmp_path: Path) -> None:
    """What the stream cannot spell is escaped, never an error."""
    page = tmp_path / "news" / "2016" / "02" / "3" / "茶.md"
    page.parent.mkdir(parents=True)
    page.write_text("# 茶\n", encoding="utf-8")
    done = sourcekeep("parse", str(page), PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert rb"\u8336" in done.stdout


def test_a_full_disk_has_an_exit_code_of_its_own() -> None:
    """Output to a full disk ends with 3, and says so."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crawler.cli", "parse", "--json", "crawler/sample/archive"],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert b"no room" in done.stderr
