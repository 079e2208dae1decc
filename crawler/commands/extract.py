"""`sourcekeep extract`: the articles' title, author, date and text, read out of the WARCs."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.commands import collection_option, program, verb
from crawler.terminal import json_line


@verb(
    examples=("sourcekeep extract -c ./collection", "sourcekeep extract --json | jq .exit_code"),
    exits=(0, 1, 3, 4, 5, 8, 11),
)
@collection_option
def extract(collection: Path, *, as_json: bool, verbose: int, quiet: bool) -> int:
    """Read title, author, date, language and text out of the articles that are kept. Fetches nothing.

    `sourcekeep crawl` does it at its end unless told --no-extract. What was read already is not read again, so this can
    be stopped and started at will.
    """
    from archive.collection import Collection  # noqa: PLC0415 - not for help
    from crawler.commands.crawl import read_settings  # noqa: PLC0415
    from crawler.jobs import Job  # noqa: PLC0415
    from crawler.options import Options  # noqa: PLC0415
    from crawler.progress import Mode, Progress  # noqa: PLC0415
    from crawler.reports import summary_text  # noqa: PLC0415

    Collection(collection.expanduser().absolute()).require()
    job = Job.open(Options.of(read_settings(collection, verbose=verbose)), name="extract")
    job.heed_signals()
    try:
        with Progress(job.snapshot, mode=Mode.NONE if quiet else Mode.AUTO):
            report = job.finish()
    finally:
        job.close()
    if as_json:
        click.echo(json_line(report))
    elif not quiet:
        click.echo(summary_text(report, program=program()))
    return int(str(report["exit_code"]))
