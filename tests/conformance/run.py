"""Runs Scrapy's own download-handler tests against ours: the gate for being a Scrapy download handler.

    python tests/conformance/run.py [--reactor none|asyncio] [-- PYTEST ARGUMENTS]

The tests are those of the installed Scrapy's sdist, fetched with pip by the hash in requirements.lock and unpacked in a
temporary folder; nothing of them is copied into this repository. No test leaves loopback. The proxy they go through is
mitmproxy's `mitmdump`: the one the variable MITMDUMP names (`make conformance` sets it), else the PATH's.

Exit code 0 only if every test that `expected.py` does not name passed, and no fewer than it counts; 1 otherwise, also
when the sdist or mitmdump is not to be had. With PYTEST ARGUMENTS (to look at one test) the count is not asked for.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from importlib.metadata import version
from pathlib import Path

from expected import PASSED, SKIPPED

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
WANTED = ("tests/", "conftest.py", "pyproject.toml")  # not scrapy/: the installed one is under test
OPTIONS = (
    "-o", "addopts=",
    "-o", "asyncio_default_fixture_loop_scope=function",
    "-W", "ignore::pytest.PytestRemovedIn10Warning",  # Scrapy's fixtures against pytest 9.2
    "-p", "no:cacheprovider",
)  # fmt: skip


def main() -> int:
    """Fetch, unpack, run, judge."""
    arguments = parse_arguments()
    if not (os.environ.get("MITMDUMP") or shutil.which("mitmdump")):
        return say("no mitmdump: say `make conformance`, or name one in the variable MITMDUMP")
    with tempfile.TemporaryDirectory(prefix="sourcekeep-conformance-") as scratch:
        folder = unpacked(sdist(Path(scratch)))
        report = folder / "report.xml"
        code = run(folder, report, arguments)
        if not report.exists():
            return say(f"pytest ended with {code} and wrote no report")
        problems = judged(outcomes(report), whole=not arguments.pytest)
    if code and not problems:
        problems = [f"pytest ended with {code}"]
    return say(*problems) if problems else 0


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Scrapy's download-handler tests against ours.")
    parser.add_argument("--reactor", choices=("none", "asyncio"), default="none")
    parser.add_argument("pytest", nargs="*", help="further arguments for pytest, after --")
    return parser.parse_args()


def say(*lines: str) -> int:
    """What is wrong, on standard error; gives the exit code."""
    sys.stderr.write("".join(f"conformance: {line}\n" for line in lines))
    return 1


def requirement(lock: str, name: str) -> str:
    """The lines of a package in a lock: its version and every hash. Raises ValueError if it is not there."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n +--hash=.*)+", lock, re.MULTILINE)
    if found is None:
        raise ValueError(f"the lock does not name {name}")
    return found[0].removesuffix("\\") + "\n"


def sdist(folder: Path) -> Path:
    """The sdist of the installed Scrapy, fetched into the folder. Raises CalledProcessError if it cannot be."""
    wanted = folder / "wanted.txt"
    wanted.write_text(requirement((PROJECT / "requirements.lock").read_text(), "scrapy"))
    how = ("--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "--retries", "10")
    command = (sys.executable, "-m", "pip", "download", "--quiet", *how, "--dest", str(folder), "-r", str(wanted))
    subprocess.run(command, check=True)
    return folder / f"scrapy-{version('scrapy')}.tar.gz"  # not there if another version is installed than locked


def unpacked(archive: Path) -> Path:
    """The tests of the sdist, unpacked beside it, with ours among them."""
    folder = archive.with_name("sdist")
    with tarfile.open(archive) as tar:
        members = [each for each in tar if each.name.partition("/")[2].startswith(WANTED)]
        tar.extractall(folder, members=members, filter="data")
    (top,) = folder.iterdir()
    shutil.copyfile(HERE / "handler_suite.py", top / "tests" / "test_handler_suite.py")
    return top


def run(folder: Path, report: Path, arguments: argparse.Namespace) -> int:
    """Pytest in the unpacked sdist; its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", *OPTIONS, f"--reactor={arguments.reactor}", f"--junitxml={report}"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    target = "tests/test_handler_suite.py"
    return subprocess.run([*command, target, *arguments.pytest], cwd=folder, env=environment, check=False).returncode


def outcomes(report: Path) -> dict[str, str]:
    """Of each test, as `Class::name`: passed, skipped or failed."""
    return {
        f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}": outcome(case)
        for case in ET.parse(report).iter("testcase")
    }


def outcome(case: ET.Element) -> str:
    """What came of one test."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "passed" if case.find("skipped") is None else "skipped"


def judged(found: dict[str, str], *, whole: bool) -> list[str]:
    """What is not as it should be; the counts go to standard output."""
    by = {
        word: sorted(name for name, came in found.items() if came == word) for word in ("passed", "failed", "skipped")
    }
    problems = [f"failed: {name}" for name in by["failed"]]
    problems += [f"skipped, and expected.py has no reason: {name}" for name in by["skipped"] if name not in SKIPPED]
    if whole:
        problems += [f"not skipped, as expected.py says: {name}" for name in SKIPPED if found.get(name) != "skipped"]
        if len(by["passed"]) < PASSED:
            problems.append(f"{len(by['passed'])} passed; it were {PASSED} before")
    for reason in dict.fromkeys(SKIPPED.values()):
        count = sum(SKIPPED.get(name) == reason for name in by["skipped"])
        sys.stdout.write(f"{count:3} left out: {reason}\n")
    sys.stdout.write(", ".join(f"{len(names)} {word}" for word, names in by.items()) + "\n")
    return problems


if __name__ == "__main__":
    sys.exit(main())
