"""`sourcekeep export`: copies for others, in the forms that other programs read."""

from __future__ import annotations

import click

from crawler.commands import verb
from crawler.commands.export_lists import atom, cdxj, csv_, jsonl
from crawler.commands.export_package import package
from crawler.commands.export_wacz import wacz


@verb(
    examples=(
        "sourcekeep export wacz --event news/2016/02/3/story.md -o story.wacz",
        "sourcekeep export package --since 2016-01-01 --until 2016-12-31 -o 2016",
        "sourcekeep export csv citations -o citations.csv",
    ),
    exits=(0, 1, 3, 4, 5, 8),
    group=True,
)
@click.pass_context
def export(context: click.Context, *, as_json: bool, verbose: int, quiet: bool) -> int:  # noqa: ARG001
    """Write what is kept in a form that others can use."""
    if context.invoked_subcommand is None:
        raise click.exceptions.NoArgsIsHelpError(context)
    return 0


assert isinstance(export, click.Group)
for part in (wacz, package, csv_, jsonl, cdxj, atom):
    export.add_command(part)
