"""`sourcekeep serve`: a collection in the browser, and its APIs. Reads only, also while a run is at work."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from archive.errors import SourcekeepError, UsageError
from crawler.commands import collection_option, say, verb
from crawler.terminal import json_line

TOKEN = "SOURCEKEEP_WEB_TOKEN"  # noqa: S105 - the variable's name
_LONGEST_TOKEN = 4096  # bytes of its file
_MOST_TOLD = 10  # rules


@verb(
    examples=("sourcekeep serve -c ./collection", "sourcekeep serve --port 8080 --json"),
    exits=(0, 1, 4, 8),
)
@collection_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address of this machine to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8400, show_default=True, help="The port; 0 takes a free one."
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A further name it is asked by, as by a proxy. Repeatable.",
)
@click.option(
    "--replay-origin",
    "replay",
    metavar="ORIGIN",
    help="Where copies are replayed: another name of this server [default: localhost, beside 127.0.0.1].",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Holds the token that is asked of those who change anything; or set {TOKEN}.",
)
def serve(
    collection: Path,
    host: str,
    port: int,
    names: tuple[str, ...],
    replay: str | None,
    token_file: Path | None,
    *,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,
) -> int:
    """Show a collection in the browser: events, links, copies, runs and a search, and serve its APIs.

    Only this machine reaches it, unless --host says otherwise; then a token is asked of those who change anything.
    Reads only, also while a crawl runs. Ctrl-C or SIGTERM ends it.
    """
    try:
        from crawler.web.options import Options, checked  # noqa: PLC0415 - not for help
        from crawler.web.origins import checked_origin  # noqa: PLC0415
        from crawler.web.server import Server  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _needs_extra(error) from error
    from archive.collection import Collection  # noqa: PLC0415

    options = checked(Options(host=host, port=port, names=names, token=_token(token_file)))
    if replay is not None:
        options = replace(options, replay=checked_origin(replay, options))
    server = Server(Collection(collection.expanduser().absolute()), options)
    if not quiet:
        with suppress(SourcekeepError):  # an index out of reach: told by who asks for copies
            _warn(server.supply.idle_rules())
    if as_json:
        click.echo(json_line({"url": server.address, "port": server.port, "pid": os.getpid()}))
    elif not quiet:
        say(f"serving {collection} at {server.address} (Ctrl-C ends it)")
    server.run()
    return 0


def _warn(idle_rules: list[str]) -> None:
    """Of access rules that withhold nothing, for their writer thinks they do."""
    for key in idle_rules[:_MOST_TOLD]:
        say(f"warning: no capture begins with {key}, of which there is an access rule")
    if len(idle_rules) > _MOST_TOLD:
        say(f"warning: nor with those of {len(idle_rules) - _MOST_TOLD} more rules")


def _needs_extra(error: ModuleNotFoundError) -> Exception:
    """What to do where the extra is not installed; any other module that is missing is a fault of ours."""
    ours = (error.name or "").partition(".")[0] in ("archive", "crawler")
    return error if ours else UsageError(f'`serve` needs {error.name}: pip install "sourcekeep[web]"')


def _token(file: Path | None) -> str | None:
    """The token, from the file or the environment. Raises UsageError."""
    if file is None:
        return os.environ.get(TOKEN) or None
    try:
        with file.open("rb") as opened:
            return opened.read(_LONGEST_TOKEN).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: no token can be read: {error}") from error
