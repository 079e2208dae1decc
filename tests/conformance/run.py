"""Runs Scrapy's own download-handler tests against ours: the gate for being a Scrapy download handler.

    python tests/conformance/run.py [--cache FOLDER] [--reactor none|asyncio] [-- PYTEST ARGUMENTS]

The tests are those of the installed Scrapy's sdist, fetched once with pip into the cache folder and unpacked beside it;
nothing of them is copied into this repository. Needs hatchling, pytest and pytest-asyncio (all in the extra `dev`);
with `--reactor asyncio` also pytest-twisted, best outside this environment: it is a pytest plugin and loads everywhere.
The proxy tests run if a `mitmdump` is found: the variable MITMDUMP, else the PATH, else `uvx`. No test leaves loopback.

Not run, with reasons: HTTP/2 and SOCKS (not spoken), `test_verify_certs_deprecated` (of Twisted's context factories),
`TestRealWebsite` (goes to a real site). Exit code: pytest's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
WANTED = ("tests/", "conftest.py", "pyproject.toml")  # not scrapy/: the installed one is under test
OPTIONS = (
    "-o", "addopts=",
    "-o", "asyncio_default_fixture_loop_scope=function",
    "-W", "ignore::pytest.PytestRemovedIn10Warning",  # Scrapy's fixtures against pytest 9.2
    "-p", "no:cacheprovider",
)  # fmt: skip


def main() -> int:
    """Fetch, unpack, run, count."""
    arguments = parse_arguments()
    folder = unpacked(sdist(arguments.cache))
    shutil.copyfile(HERE / "handler_suite.py", folder / "tests" / "test_handler_suite.py")
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", *OPTIONS, f"--reactor={arguments.reactor}", f"--junitxml={report}"]
    paths = [str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    target = "tests/test_handler_suite.py"
    done = subprocess.run([*command, target, *arguments.pytest], cwd=folder, env=environment, check=False)
    if report.exists():
        summarise(report)
    return done.returncode


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Scrapy's download-handler tests against ours.")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sourcekeep-conformance"
    parser.add_argument("--cache", type=Path, default=cache, help="where the sdist is kept (%(default)s)")
    parser.add_argument("--reactor", choices=("none", "asyncio"), default="none")
    parser.add_argument("pytest", nargs="*", help="further arguments for pytest, after --")
    return parser.parse_args()


def sdist(cache: Path) -> Path:
    """The sdist of the installed Scrapy, fetched if it is not in the cache."""
    name = f"scrapy-{version('scrapy')}.tar.gz"
    cache.mkdir(parents=True, exist_ok=True)
    if not (cache / name).exists():
        how = ("--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--dest", str(cache))
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", *how, f"scrapy=={version('scrapy')}"], check=True
        )
    return cache / name


def unpacked(archive: Path) -> Path:
    """The tests of the sdist, unpacked beside it and fresh."""
    folder = archive.with_suffix("").with_suffix("")
    if folder.exists():
        shutil.rmtree(folder)
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch, tarfile.open(archive) as tar:
        members = [each for each in tar if each.name.partition("/")[2].startswith(WANTED)]
        tar.extractall(scratch, members=members, filter="data")
        (top,) = Path(scratch).iterdir()
        top.rename(folder)
    return folder


def summarise(report: Path) -> None:
    """Counts, and what was left out for which reason."""
    cases = list(ET.parse(report).iter("testcase"))
    skipped = Counter(reason.get("message", "") for case in cases for reason in case.iter("skipped"))
    bad = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    lines = [f"{len(cases) - skipped.total() - bad} passed, {bad} failed, {skipped.total()} skipped"]
    lines += [f"  {count:3} skipped: {reason}" for reason, count in skipped.most_common()]
    sys.stdout.write("\n".join((*lines, "")))


if __name__ == "__main__":
    sys.exit(main())
