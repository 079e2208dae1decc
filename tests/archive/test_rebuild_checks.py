"""A catalogue made anew knows every check, incident and mark that the old one knew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.check_rows import insert_marks
from archive.checks import Alike, HostIncident, Incident, Mark, Standing
from archive.collection import Collection
from archive.keeper import Findings, Submission
from archive.mark_records import put_off
from archive.model import Via
from archive.repairs import Tools, carry_out, plan
from crawler.commands.verify import new_writer
from crawler.settlement import settle_again
from tests.archive.check_samples import check, day
from tests.archive.exchanges import make_exchange
from tests.archive.small_collection import AT, URLS, build, keeping

# All but the ids of rows.
_TOLD = (
    "SELECT url, at, state, verdict_class, evidence, status, record_id, incident FROM checks ORDER BY url, at",
    "SELECT url, kind, state, since, found, points, last, last_at FROM link_states WHERE last_check > 0 ORDER BY url",
    "SELECT key, began, until, alike FROM host_incidents JOIN hosts ON hosts.id = host_id ORDER BY key",
    "SELECT * FROM marks ORDER BY url",
    "SELECT url, archive, outcome, why FROM recoveries",
)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """A collection whose links were checked on three days, with an answer kept and without; one check was part of an
    incident, as it turned out; and somebody said of a link what it is."""
    collection = build(tmp_path / "collection")
    host = "b.test"
    caught = check("server_error", 2, URLS["target"])
    with keeping(collection) as (catalogue, keeper):
        for number in (1, 8, 15):
            keeper.put(Submission(findings=Findings(check=check("410", number, URLS["gone"]))))
        exchange = make_exchange(b"<p>Alive.</p>", url=URLS["article"], started_at=day(3), via=Via.CHECK)
        keeper.put(Submission(exchange=exchange, findings=Findings(check=check("same", 3, URLS["article"]))))
        keeper.put(Submission(findings=Findings(check=caught)))
        keeper.flush()
        known = check("host:server_error", 2, URLS["target"])
        assert known.incident is Incident.HOST
        incident = HostIncident(host=host, began=day(2), until=day(4), alike=next(iter(Alike)), run_id=1)
        keeper.put(Submission(findings=Findings(discarded=(known,), incidents=(incident,))))
        keeper.flush()
        mark = Mark(url=URLS["twin"], state=next(iter(Standing)), why="seen", who="me", at=AT, until_contradicted=False)
        put_off(catalogue)
        with catalogue.linking() as (connection, host_ids):
            insert_marks(connection, [mark], host_ids, now=AT)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.execute(
            "INSERT INTO recoveries (url, archive, asked_at, outcome, why)"
            " VALUES ('http://x/', 'a', 1, 'not_archived', '')"
        )
        database.execute("UPDATE captures SET status = 999 WHERE status = 404")  # so that it has to be made anew
        database.commit()
    return collection


def told(collection: Collection) -> list[list[tuple[object, ...]]]:
    """What the catalogue has of checks."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        return [database.execute(query).fetchall() for query in _TOLD]


def test_checks_and_what_follows_from_them_are_made_again(collection: Collection) -> None:
    """Row by row as it was: what the WARCs tell, and from the old one marks no WARC has yet and recoveries."""
    before = told(collection)
    assert all(before)
    tools = Tools(settle=settle_again, settle_found=lambda _: lambda _: None, writer=new_writer(collection), now=AT)
    done = carry_out(plan(collection, now=AT), collection, tools)
    assert done.rebuilt is not None
    assert told(collection) == before
