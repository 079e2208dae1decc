"""`sourcekeep assets`: ReplayWeb.page, which shows copies with their scripts, fetched from npm for who wants it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import SourcekeepError, UsageError
from crawler.commands import say, verb
from crawler.terminal import json_line, printable

if TYPE_CHECKING:
    from requests import Response

_SECONDS = 300  # that npm may take
_PIECE = 1 << 16


@verb(examples=("sourcekeep assets show", "sourcekeep assets install"), exits=(0, 1, 3, 4), group=True)
@click.pass_context
def assets(ctx: click.Context, *, as_json: bool, verbose: int, quiet: bool) -> int:
    """Say whether ReplayWeb.page is installed, install it, or remove it.

    With it `serve` replays pages as they were, scripts and all, on a site of their own. Without it pages are shown
    without their scripts. It is another project's (AGPL-3.0) and no part of this one.
    """
    return 0 if ctx.invoked_subcommand is not None else _show(as_json=as_json, quiet=quiet, verbose=verbose)


@verb(examples=("sourcekeep assets show --json",), exits=(0,), name="show")
def show(*, as_json: bool, verbose: int, quiet: bool) -> int:
    """Say which version is meant, where it lies, and whether it is there as it must be."""
    return _show(as_json=as_json, quiet=quiet, verbose=verbose)


@verb(
    examples=("sourcekeep assets install", "sourcekeep assets install --from replaywebpage-2.5.3.tgz"),
    exits=(0, 1, 3, 4),
    name="install",
)
@click.option(
    "--from",
    "source",
    metavar="FILE-OR-URL",
    help="The package as npm has it (.tgz), instead of asking npm for it.",
)
def install(source: str | None, *, as_json: bool, verbose: int, quiet: bool) -> int:  # noqa: ARG001
    """Fetch ReplayWeb.page from npm, by the registry that npm is configured for, and check its digest.

    Only the very version that this sourcekeep was tried with is taken. Two scripts and the licence are put into the
    user's data folder. Start `serve` anew for it to use them.
    """
    from crawler.web.assets import PACKAGE, VERSION, assets_folder  # noqa: PLC0415 - not for help
    from crawler.web.assets import install as put  # noqa: PLC0415

    files = put(_package(source, f"{PACKAGE}@{VERSION}"), assets_folder())
    if as_json:
        click.echo(json_line({"version": VERSION, "files": [str(path) for path in files]}))
    elif not quiet:
        say(f"{PACKAGE} {VERSION} is in {files[0].parent}")
    return 0


@verb(examples=("sourcekeep assets remove",), exits=(0, 1), name="remove")
def remove(*, as_json: bool, verbose: int, quiet: bool) -> int:  # noqa: ARG001
    """Remove what `install` put there."""
    from crawler.web.assets import assets_folder  # noqa: PLC0415 - not for help
    from crawler.web.assets import remove as take_away  # noqa: PLC0415

    folder = assets_folder()
    removed = take_away(folder)
    if as_json:
        click.echo(json_line({"removed": removed, "folder": str(folder)}))
    elif not quiet:
        say(f"removed from {folder}" if removed else f"nothing is in {folder}")
    return 0


assert isinstance(assets, click.Group)
for part in (show, install, remove):
    assets.add_command(part)


def _show(*, as_json: bool, quiet: bool, verbose: int) -> int:  # noqa: ARG001
    from crawler.web.assets import INTEGRITY, PACKAGE, VERSION, assets_folder, installed  # noqa: PLC0415 - not for help

    folder = assets_folder()
    there = installed(folder)
    if as_json:
        about = {"package": PACKAGE, "version": VERSION, "integrity": INTEGRITY, "folder": str(folder)}
        click.echo(json_line({**about, "installed": there}))
    else:
        state = (
            f"is in {folder}" if there else f"is not installed; put it into {folder} with: sourcekeep assets install"
        )
        click.echo(printable(f"{PACKAGE} {VERSION} {state}"))
    return 0


def _package(source: str | None, wanted: str) -> bytes:
    """The package's bytes. Raises UsageError, SourcekeepError."""
    from crawler.web.assets import LARGEST  # noqa: PLC0415 - not for help

    if source is None:
        return _by_npm(wanted)
    if source.startswith(("http://", "https://")):
        return _by_http(source, LARGEST)
    try:
        with Path(source).open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror}") from error


def _by_npm(wanted: str) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(f"npm is not installed; fetch {wanted} elsewhere (npm pack), and name the file with --from")
    with tempfile.TemporaryDirectory(prefix="sourcekeep-assets-") as folder:
        command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", folder, wanted]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise SourcekeepError(f"npm gave no answer within {_SECONDS} s; try again, or use --from") from error
        found = sorted(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or not found:
            raise SourcekeepError(f"npm could not fetch {wanted}: {printable(done.stderr.strip()[-500:])}")
        return found[0].read_bytes()


def _by_http(url: str, most: int) -> bytes:
    import requests  # noqa: PLC0415 - not for help

    try:
        with contextlib.closing(requests.get(url, stream=True, timeout=60)) as answer:
            answer.raise_for_status()
            return _read(answer, most)
    except requests.RequestException as error:
        raise SourcekeepError(f"{url} gave no package: {error}") from error


def _read(answer: Response, most: int) -> bytes:
    """What is read of the body, up to `most` and a piece more: the digest tells what is not whole."""
    content = bytearray()
    for piece in answer.iter_content(_PIECE):
        content += piece
        if len(content) > most:
            break
    return bytes(content)
