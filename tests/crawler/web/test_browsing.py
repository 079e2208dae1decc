"""The pages on a made-up catalogue: each answers, and none reads a large table from end to end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from archive.collection import Collection
from benchmarks import browsing
from crawler.web.app import create_app
from crawler.web.options import Options
from crawler.web.served import Served
from tests.crawler.web.hostile_sample import client

LARGE = re.compile(r"SCAN (captures|checks|citations|links|link_states|event_versions|events|articles|needs|surveys)\b")
IN_ORDER = {"/links", "/api/v1/links"}  # a part of all links, by row: as many rows are read as are shown


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over some captures."""
    collection = Collection(tmp_path_factory.mktemp("browsing") / "c")
    browsing.fill(collection, 90)
    app = create_app(collection, Options())
    browsing.index(app.state.served, 90)
    app.state.served.refresher.refresh()
    yield app
    app.state.served.close()


def test_no_page_reads_a_large_table_from_end_to_end(app: FastAPI) -> None:
    """Whatever is asked of the catalogue for a page goes over an index, or reads in order as far as it shows."""
    served: Served = app.state.served
    with served.reading() as connection:
        assert LARGE.search(_plan(connection, "SELECT count(*) FROM captures", ())[0])
    scans = {}
    for address in browsing.addresses(served).values():
        asked = asyncio.run(_statements(app, served, address))
        with served.reading() as connection:
            plans = [_plan(connection, statement, values) for statement, values in asked]
        found = {line for plan in plans for line in plan if LARGE.search(line)}
        if found and address not in IN_ORDER:
            scans[address] = found
    assert scans == {}


async def _statements(app: FastAPI, served: Served, address: str) -> list[tuple[str, object]]:
    """What a page asks of the catalogue."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        asked.append((statement, values))

    engine = served.catalogue._database._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    async with client(app) as web:
        assert (await web.get(address)).status_code == 200
    sa.event.remove(engine, "before_cursor_execute", note)
    return [each for each in asked if each[0].lstrip().startswith(("SELECT", "WITH"))]


def _plan(connection: sa.Connection, statement: str, values: object) -> list[str]:
    rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)  # type: ignore[call-overload]
    return [str(row[3]) for row in rows]


def test_what_is_measured_is_told() -> None:
    """The benchmark has a number for every page."""
    found = dict(asyncio.run(browsing.measure(30, times=1)))
    assert len(found) > 25
    assert all(number >= 0 for number in found.values())
