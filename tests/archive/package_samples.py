"""A collection with all that a package may have to hold, and packages made of it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from archive.catalogue import Catalogue
from archive.checks import Alike, HostIncident, Mark, Standing
from archive.collection import Collection
from archive.importing import Importer
from archive.keeper import Findings, Submission, Text
from archive.mark_records import write_marks
from archive.model import Context, Role, Via
from archive.package import Options, Packaged, export
from archive.package_work import Origin
from archive.records import FIELDS, warc_fields
from archive.repairs import Tools
from archive.schema import SurveyState
from archive.surveys import Needed, Survey, survey_fields
from archive.wacz_selection import Selection
from archive.writer import WarcWriter
from crawler.commands.verify import new_writer
from crawler.settlement import settle_again
from tests.archive.check_samples import check, day
from tests.archive.exchanges import make_exchange
from tests.archive.foreign_samples import response
from tests.archive.small_collection import AT, PATH, URLS, build, keeping, write_documents

NOW = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)
PICTURE, STRANGER = "http://a.test/picture.png", "http://z.test/stranger"
SECRET = "s3cret-canary"
EVENT = Selection(event=PATH)


def rich(root: Path) -> Collection:
    """The small collection; a picture its article needs and a stranger; checks (a dead link leads to one alive), an
    incident, a mark; a copy that somebody else made; a log and settings."""
    place = build(root)
    with keeping(place) as (catalogue, keeper):
        for n, (url, page) in enumerate({PICTURE: URLS["article"], STRANGER: None}.items()):
            exchange = make_exchange(url.encode(), url=url, started_at=AT + timedelta(hours=2, seconds=n))
            keeper.put(Submission(exchange=exchange, context=Context(via=PATH, hops="CE", page_url=page)))
        article = catalogue.latest_capture(URLS["article"])
        assert article is not None
        need = Needed(url=PICTURE, role=Role.IMAGE, how="img/@src")
        survey = Survey(
            record_id=article.refers_to or article.record_id, state=SurveyState.READ, at=AT, kind="html",
            needs=(need,), url=URLS["article"], page_url=URLS["article"],
        )  # fmt: skip
        payload = warc_fields(survey_fields(survey))
        told = Text(uri=URLS["article"], mime=FIELDS, payload=payload, refers_to=survey.record_id)
        keeper.put(Submission(survey=survey, metadata=told))
        for number in (1, 8, 15):
            keeper.put(Submission(findings=Findings(check=check("410", number, URLS["gone"]))))
            keeper.put(Submission(findings=Findings(check=check("410", number, STRANGER))))
            keeper.put(Submission(findings=Findings(check=check("410", number, URLS["moved"]))))
        keeper.put(Submission(findings=Findings(check=check("ok", 3, URLS["target"]))))
        exchange = make_exchange(b"<p>Alive.</p>", url=URLS["article"], started_at=day(3), via=Via.CHECK)
        keeper.put(Submission(exchange=exchange, findings=Findings(check=check("same", 3, URLS["article"]))))
        incident = HostIncident(host="b.test", began=day(20), until=day(21), alike=next(iter(Alike)), run_id=1)
        keeper.put(Submission(findings=Findings(incidents=(incident,))))
        keeper.flush()
        mark = Mark(url=URLS["twin"], state=Standing.ALIVE, why="=seen", who="me", at=AT, until_contradicted=False)
        _mark(catalogue, place, mark)
        write_documents(place, catalogue, keeper)
    _import(place, root.parent / "theirs.warc")
    run = place.runs / "20261122T140000Z-1"
    run.mkdir()
    (run / "crawl.log").write_text(
        f"2026-11-22T14:00:00.123Z 200 25 {URLS['article']} C x text/html #000 1+1 sha1:X - ok\n"
        f"2026-11-22T14:00:01.123Z 200 25 {STRANGER} C x text/html #000 1+1 sha1:X - ok\n"
    )
    (place.root / "sourcekeep.toml").write_text(
        f'site = "https://me:{SECRET}@site.test/"\nspn_secret = "{SECRET}"\n[limits]\nmost_pages = 7\n'
    )
    return place


def _mark(catalogue: Catalogue, place: Collection, mark: Mark) -> None:
    from archive.check_rows import insert_marks  # noqa: PLC0415

    write_marks(catalogue, new_writer(place), [mark])
    with catalogue.linking() as (connection, host_ids):
        insert_marks(connection, [mark], host_ids, now=AT)


def _import(place: Collection, theirs: Path) -> None:
    theirs.write_bytes(response(1, URLS["gone"]) + response(2, "http://elsewhere.test/"))
    with closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        importer = Importer(place, catalogue, new_writer=_import_writer, now=AT, report=lambda _: None)
        importer.begin(lambda _: None)
        importer.take(theirs)
        importer.finish()


def _import_writer(folder: Path, prefix: str, about: dict[str, str]) -> WarcWriter:
    return WarcWriter(
        folder, indexes=folder, prefix=prefix, warcinfo=about, now=lambda: AT, new_id=lambda: f"urn:uuid:{uuid4()}",
        host="here",
    )  # fmt: skip


def pack(
    place: Collection, selection: Selection, target: Path, *, options: Options | None = None, now: datetime = NOW
) -> Packaged:
    """A package of the selection."""
    with closing(Catalogue.open(place.catalogue, create=False)) as catalogue, catalogue.reading() as connection:
        origin = Origin(connection=connection, catalogue=catalogue, collection=place, now=now, software="sourcekeep 9")
        return export(origin, selection, target, options or Options())


def tools(place: Collection) -> Tools:
    """What an import needs, an hour after the package was made."""
    later = NOW + timedelta(hours=1)
    writer = WarcWriter(
        place.warcs, indexes=place.indexes, prefix="sourcekeep", warcinfo={}, now=lambda: later,
        new_id=lambda: f"urn:uuid:{uuid4()}", host="here",
    )  # fmt: skip
    return Tools(settle=settle_again, settle_found=lambda _: lambda _: None, writer=writer, now=later)
