"""The machine: Python, the packages, the limits of the process, where temporary files go."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement

from crawler import __version__
from crawler.doctor import Finding, Level, fault, fine, warning
from crawler.terminal import spell_bytes

PACKAGE = "sourcekeep"
_OLDEST = (3, 11)
_FEWEST_FILES = 1024  # open at once: a crawl of many hosts holds a socket and a file for each
_LEAST_TEMPORARY = 1 << 30  # bytes: bodies of one page each, and what an export sorts
_FOR = {
    "fast": "faster reading of WARCs and a faster event loop",
    "handover": "`sourcekeep export package`",
    "metrics": "metrics for Prometheus",
    "plots": "`sourcekeep stats --format svg` and png",
    "web": "`sourcekeep serve`",
}


def machine_findings() -> Iterator[Finding]:
    """What is found of the machine this runs on."""
    yield python_finding(sys.version_info[:2], platform.python_implementation())
    yield from package_findings(metadata.requires(PACKAGE) or ())
    yield files_finding(*resource.getrlimit(resource.RLIMIT_NOFILE))
    yield names_finding(sys.getfilesystemencoding())
    yield _temporary()


def python_finding(version: tuple[int, int], implementation: str) -> Finding:
    """Whether this Python is one we are tested with (pure)."""
    spelled = f"{implementation} {'.'.join(map(str, version))}, sourcekeep {__version__}"
    if version < _OLDEST:
        return fault("python", spelled, "install Python 3.11 or newer, and sourcekeep with it")
    return fine("python", spelled)


def package_findings(required: tuple[str, ...] | list[str]) -> Iterator[Finding]:
    """Whether the packages that are asked for are there, in versions that will do, and which extras are not."""
    requirements = [Requirement(each) for each in required]
    wrong = [said for each in requirements if _is_meant(each, "") and (said := _wrong(each))]
    if wrong:
        yield fault("packages", "; ".join(wrong), "install sourcekeep again: pip install --upgrade sourcekeep")
    else:
        yield fine("packages", f"{sum(_is_meant(each, '') for each in requirements)} packages, as asked for")
    for extra, use in _FOR.items():
        asked = [each for each in requirements if not _is_meant(each, "") and _is_meant(each, extra)]
        missing = [said for each in asked if (said := _wrong(each))]
        if missing:
            said = f"extra {extra!r} is not installed ({'; '.join(missing)})"
            advice = f"for {use}: pip install 'sourcekeep[{extra}]'"
            yield Finding(check="packages", level=Level.FINE, said=said, advice=advice)


def _is_meant(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _wrong(requirement: Requirement) -> str | None:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} is {version}, needed is {requirement.specifier}"
    return None


def files_finding(soft: int, hard: int) -> Finding:
    """Whether the process may open enough files (pure). Both as `getrlimit` gives them; -1: no limit."""
    said = f"{'any number of' if soft < 0 else f'{soft:,}'} files may be open at once"
    if 0 <= soft < _FEWEST_FILES:
        enough = "ulimit -n" if hard < 0 or hard >= _FEWEST_FILES else "as root, LimitNOFILE or limits.conf"
        return warning("open files", said, f"allow {_FEWEST_FILES:,}: {enough}")
    return fine("open files", said)


def names_finding(encoding: str) -> Finding:
    """Whether file names may hold what titles of events hold (pure)."""
    if encoding.lower().replace("-", "") != "utf8":
        return warning("file names", f"are {encoding}", "set a UTF-8 locale for the job, such as LANG=C.UTF-8")
    return fine("file names", "are UTF-8")


def _temporary() -> Finding:
    try:
        folder = tempfile.gettempdir()
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(os.sysconf("SC_PAGE_SIZE")))
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return fault("temporary files", str(error), "make room there, or set TMPDIR to a folder on a disk with room")
    if free < _LEAST_TEMPORARY:
        said = f"{folder} has {spell_bytes(free)} free"
        return warning("temporary files", said, "make room there, or set TMPDIR to a folder on a disk with room")
    return fine("temporary files", f"{folder} has {spell_bytes(free)} free")
