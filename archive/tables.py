"""The lists that are handed on, as tables: which columns each has, and what they say (pure).

The same names and words are in the CSV files, in the JSON lines, in the data dictionary of a package
(`datapackage.json`) and in the documentation. The list of links has the columns that
`sourcekeep links --format csv` has.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive.ledger import cell

Value = str | int | float | None
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type as Table Schema has it, and what it says."""

    name: str
    type: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A list. `key`: the columns that tell its rows apart."""

    name: str
    says: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    def csv(self, rows: Iterable[Values]) -> Iterator[str]:
        """RFC 4180 with a line of names; no cell is a formula to a spreadsheet, none holds a control."""
        yield csv_line(self.names)
        for row in rows:
            yield csv_line([row[name] for name in self.names])

    def schema(self) -> dict[str, object]:
        """Its Table Schema."""
        fields = [{"name": each.name, "type": each.type, "description": each.says} for each in self.columns]
        return {"fields": fields, "primaryKey": list(self.key), "missingValues": [""]}


def csv_line(values: Sequence[Value]) -> str:
    """A line of CSV, its end included."""
    line = io.StringIO(newline="")
    csv.writer(line).writerow([cell(value) if isinstance(value, str) else value for value in values])
    return line.getvalue()


_WHERE = (
    Column("warc", "string", "name of the WARC that holds the record"),
    Column("offset", "integer", "where the record begins in it, in bytes"),
    Column("length", "integer", "of the record as it lies there, in bytes"),
)

EVENTS = Table(
    name="events",
    says="the events",
    key=("path",),
    columns=(
        Column("path", "string", "path of the event's page on its site"),
        Column("date", "date", "day of the event"),
        Column("language", "string", "language of the page"),
        Column("title", "string", "title as the page has it"),
        Column("summary", "string", "summary as the page has it"),
        Column("topic", "string", "topic as the page has it"),
        Column("version", "integer", "which version of the page this is, from 1 on"),
        Column("citations", "integer", "links it cites"),
        Column("page_record_id", "string", "record that the page was read from"),
    ),
)

CITATIONS = Table(
    name="citations",
    says="the citations: each link of each event, what came of it, and the record that shows it",
    key=("event", "position"),
    columns=(
        Column("event", "string", "path of the event's page on its site"),
        Column("date", "date", "day of the event"),
        Column("language", "string", "language of the page"),
        Column("title", "string", "title of the event"),
        Column("position", "integer", "place of the link on the page, from 1 on"),
        Column("kind", "string", "source, cover_image or inline"),
        Column("label", "string", "text of the link"),
        Column("href", "string", "the address as it is written there"),
        Column("url", "string", "the address, absolute; empty where none can be read in it"),
        Column("outcome", "string", "kept, failed, excluded or waiting"),
        Column("reason", "string", "why, out of a closed list"),
        Column("state", "string", "what checks of the link conclude: alive, dead ...; empty if nobody checked"),
        Column("since", "datetime", "since when it is in that state"),
        *_WHERE,
        Column("record_id", "string", "record of the copy, or of the last attempt"),
        Column("status", "integer", "HTTP status of the answer"),
        Column("final_url", "string", "where redirects ended"),
        Column("redirects", "string", "every address on the way, with blanks between"),
    ),
)

CAPTURES = Table(
    name="captures",
    says="the captures: each answer (or attempt) that is kept, and where it lies",
    key=("record_id",),
    columns=(
        Column("record_id", "string", "WARC-Record-ID, without brackets"),
        Column("kind", "string", "WARC-Type: response, revisit, resource; metadata for an attempt without answer"),
        Column("url", "string", "address that was asked for"),
        Column("at", "datetime", "when, in UTC; of a memento, when the other archive took it"),
        Column("status", "integer", "HTTP status"),
        Column("mime", "string", "media type as the server said it"),
        Column("payload_sha1", "string", "WARC-Payload-Digest"),
        Column("payload_sha256", "string", "SHA-256 of the payload, hexadecimal"),
        Column("payload_length", "integer", "of the payload, in bytes"),
        *_WHERE,
        Column("refers_to", "string", "of a revisit: the record that holds the payload"),
        Column("referrer", "string", "what led to it"),
        Column("hops", "string", "the way there: P page of the site, C citation, R redirect, E requisite"),
        Column("page_url", "string", "of a requisite: the page that needs it"),
        Column("via", "string", "http, file, browser, memento, import or check"),
        Column("duration_ms", "integer", "how long the transfer took"),
        Column("ip", "string", "address of the server"),
        Column("truncated", "string", "why the body is not whole; empty if it is"),
        Column("error", "string", "what went wrong in transport; empty if nothing did"),
        Column("location", "string", "where a redirect led"),
    ),
)

LINKS = Table(
    name="links",
    says="the links: each address that was checked, with its state and the proof",
    key=("url",),
    columns=(
        Column("url", "string", "the address"),
        Column("state", "string", "what several checks conclude: new, alive, suspect, changed, failing, unsure, dead"),
        Column("class", "string", "what the last check means: alive, changed, dead, failing, unsure or invalid"),
        Column("since", "datetime", "since when it is in that state"),
        Column("verdict", "string", "what the last check found"),
        Column("points", "number", "evidence against it; dead at 3"),
        Column("last_check", "datetime", "when it was checked last"),
        Column("last_alive", "datetime", "when a check last found it alive"),
        Column("next_due", "datetime", "when it is to be checked again"),
        Column("copies", "integer", "good copies of our own, of where it leads"),
        Column("mementos", "integer", "copies that were brought back from public archives"),
        Column("cited_by", "string", "paths of the events that cite it, with blanks between"),
        Column("mark", "string", "the state a person gave it"),
        Column("mark_who", "string", "who did"),
        Column("mark_why", "string", "why"),
        Column("status", "integer", "HTTP status of the last check"),
        Column("final_url", "string", "where its redirects ended"),
        Column("redirects", "string", "every address on the way, with blanks between"),
        Column("rule", "string", "the rule that decided"),
        Column("words", "string", "words it found"),
        Column("numbers", "string", "what it measured"),
        Column("record_id", "string", "record of the answer"),
        Column("compared_with", "string", "record of the copy it was compared with"),
    ),
)

TABLES = {table.name: table for table in (EVENTS, CITATIONS, CAPTURES, LINKS)}
