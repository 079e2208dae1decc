"""The catalogue's tables, as SQLAlchemy Core sees them (pure).

`archive/migrations` makes them; a test holds the two to one another. Times are whole microseconds since 1970 in UTC:
they sort, they compare, and they mean the same in every database. A stage the frontier alone knows is `PUT_OFF`: a
pending link that has to wait for its time. With it, what can go now is one range of one small index.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from archive.checks import Alike, Incident, Pace, Standing
from archive.mementos import RecoveryOutcome
from archive.model import (
    CitationKind,
    HrefReason,
    LinkKind,
    LinkStage,
    PageKind,
    Reason,
    RecordKind,
    Role,
    Truncation,
    Via,
)
from archive.verdicts import VerdictClass, VerdictState

# The revisions of `archive/migrations/versions`, oldest first. A catalogue at any other is of a newer sourcekeep.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Word = TypeVar("Word", bound=StrEnum)


class Stage(StrEnum):
    """A link's stage as stored."""

    PENDING = "pending"
    PUT_OFF = "put_off"  # pending, not before its time
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"

    @property
    def public(self) -> LinkStage:
        """The stage as the rest of the house knows it."""
        return LinkStage.PENDING if self is Stage.PUT_OFF else LinkStage(self.value)


class WarcState(StrEnum):
    """What is known of a WARC file."""

    OPEN = "open"
    FINISHED = "finished"
    MISSING = "missing"


class ArticleState(StrEnum):
    """What came of reading an article out of a capture."""

    READ = "read"
    NOTHING = "nothing"  # no text in it
    FAILED = "failed"


class SurveyState(StrEnum):
    """What came of looking what a capture needs and what it is."""

    READ = "read"
    FAILED = "failed"


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Microseconds since 1970. A naive datetime is refused: its meaning is a guess."""
        return None if value is None else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The datetime, in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class WordOf(TypeDecorator[Word]):
    """A member of a StrEnum, stored as its value."""

    impl = String
    cache_ok = True

    def __init__(self, vocabulary: type[Word]) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def process_bind_param(self, value: Word | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The word."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Word | None:  # noqa: ARG002
        """The member of the vocabulary."""
        return None if value is None else self.vocabulary(value)


class Prose(TypeDecorator[str]):
    """Text from the web: what no database takes (lone surrogates, NUL) becomes U+FFFD."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text, fit for UTF-8."""
        return None if value is None else storable(value)


class JsonText(Prose):
    """A document in JSON. Whoever reads it decodes it; `verify` finds those that nobody could."""

    cache_ok = True


def storable(value: str) -> str:
    """`value` with lone surrogates and NUL replaced by U+FFFD."""
    if value.isascii():
        return value.replace("\0", "\ufffd")
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\ufffd")


_Id = BigInteger().with_variant(Integer, "sqlite")  # only an INTEGER key is SQLite's rowid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    return Column("id", _Id, primary_key=True)


def _to(name: str, target: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, _Id, ForeignKey(target), nullable=nullable)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


collection_meta = Table(
    "collection_meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Prose, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _key(),
    Column("job", String, nullable=False),
    Column("site", Prose),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("pid", Integer, nullable=False),
    Column("host", Prose, nullable=False),
    Column("version", String, nullable=False),
    Column("configuration", JsonText, nullable=False),
    Column("exit_code", Integer),
    Column("reason", Prose),
    Column("counts", JsonText),
)

hosts = Table(
    "hosts",
    metadata,
    _key(),
    Column("key", String, nullable=False, unique=True),
    Column("not_before", Instant),
    Column("crawl_delay", Float),  # seconds, as robots.txt asks
    Column("delay", Float),  # seconds, as measured
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row, all of a temporary kind
)

warcs = Table(
    "warcs",
    metadata,
    _key(),
    Column("name", String, nullable=False, unique=True),
    Column("committed_offset", BigInteger, nullable=False),
    Column("state", WordOf(WarcState), nullable=False),
    Column("origin", Prose),  # of an imported file: the name it came by
    Column("origin_sha256", String),  # of an imported file, as it came
    Column("origin_refused", Integer),  # its records that were not taken in; null: not known
)

captures = Table(
    "captures",
    metadata,
    _key(),
    Column("record_id", String, nullable=False, unique=True),
    Column("kind", WordOf(RecordKind), nullable=False),
    Column("url", Prose, nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("mime", Prose),
    Column("payload_sha1", String),
    Column("payload_sha256", String),
    Column("payload_length", BigInteger, nullable=False),
    _to("warc_id", "warcs.id", nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("request_id", String),
    Column("refers_to", String),
    Column("referrer", Prose),
    Column("hops", Prose, nullable=False),
    Column("page_url", Prose),
    Column("via", WordOf(Via), nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("ip", String),
    Column("protocol", Prose),
    Column("truncated", WordOf(Truncation)),
    Column("error", WordOf(Reason)),
    Column("location", Prose),
    Index(None, "url", "at"),
    Index(None, "payload_sha256", **_where("payload_sha256 IS NOT NULL")),
    Index(None, "refers_to", **_where("refers_to IS NOT NULL")),
    Index("ix_captures_page_url", "page_url", **_where("page_url IS NOT NULL")),
)

links = Table(
    "links",
    metadata,
    _key(),
    Column("url", String, nullable=False, unique=True),  # canonical
    _to("host_id", "hosts.id", nullable=False),
    Column("kind", WordOf(LinkKind), nullable=False),
    Column("stage", WordOf(Stage), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("not_before", Instant),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("run_tries", Integer, nullable=False, server_default=text("0")),  # of the run `leased_by`
    Column("hops", Prose, nullable=False),
    Column("redirects", Integer, nullable=False),
    Column("via", Prose),
    Column("reason", WordOf(Reason)),  # of the last attempt
    Column("settled_at", Instant),
    _to("redirect_id", "links.id"),
    _to("capture_id", "captures.id"),  # of the last attempt
    Column("etag", Prose),
    Column("last_modified", Prose),
    Column("leased_by", _Id),  # the run that had it last
    Column("role", WordOf(Role)),  # of a requisite, as it was first needed
    Column("page_url", Prose),  # of a requisite: the page it was first needed by
    Index(None, "kind", "stage", "host_id"),  # kind first: "stage = ..." alone must find the partial ones below
    Index("ix_links_ready", "host_id", "priority", "id", **_where("stage = 'pending'")),
    Index("ix_links_put_off", "not_before", **_where("stage = 'put_off'")),
    Index("ix_links_put_off_of_host", "host_id", "not_before", **_where("stage = 'put_off'")),
    Index("ix_links_redirect_id", "redirect_id", **_where("redirect_id IS NOT NULL")),
    Index("ix_links_cited_of_host", "host_id", **_where("kind = 'citation'")),
    Index("ix_links_page_url", "page_url", **_where("page_url IS NOT NULL")),
)

pages = Table(
    "pages",
    metadata,
    Column("key", Prose, primary_key=True),
    Column("url", Prose),
    Column("kind", WordOf(PageKind), nullable=False),
    Column("sha256", String, nullable=False),
    Column("read_at", Instant),
    _to("link_id", "links.id"),
    Column("record_id", String),
)

events = Table(
    "events",
    metadata,
    _key(),
    Column("path", Prose, nullable=False, unique=True),
    Column("json_name", Prose, nullable=False, unique=True),  # of its document, under events/
    Column("json_fold", Prose, nullable=False, unique=True),  # the same for a file system blind to case
    Column("version", Integer, nullable=False),  # the current one
    Column("dirty", Integer, nullable=False),  # changes since its document was written
    Index("ix_events_dirty", "id", **_where("dirty > 0")),
)

event_versions = Table(
    "event_versions",
    metadata,
    _key(),
    _to("event_id", "events.id", nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("language", Prose, nullable=False),
    Column("day", String),
    Column("title", Prose, nullable=False),
    Column("summary", Prose, nullable=False),
    Column("topic", Prose),
    Column("document", JsonText, nullable=False),  # the whole Event
    Column("page_record_id", String),
    Column("read_at", Instant),
    Column("run_id", _Id),
    UniqueConstraint("event_id", "version"),
    UniqueConstraint("event_id", "sha256"),
    Index("ix_event_versions_day", "day", "event_id", "version"),
    Index("ix_event_versions_topic", "topic", "day", "event_id", "version"),
)

citations = Table(
    "citations",
    metadata,
    Column("event_version_id", _Id, ForeignKey("event_versions.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", WordOf(CitationKind), nullable=False),
    Column("label", Prose, nullable=False),
    Column("href", Prose, nullable=False),
    Column("url", Prose),
    Column("reason", WordOf(HrefReason)),
    _to("link_id", "links.id"),
    Index(None, "link_id", **_where("link_id IS NOT NULL")),
)

articles = Table(
    "articles",
    metadata,
    Column("record_id", String, primary_key=True),  # of the capture it was read from
    Column("state", WordOf(ArticleState), nullable=False),
    Column("why", Prose),
    Column("title", Prose),
    Column("author", Prose),
    Column("published", Prose),  # as found, ISO where it could be read
    Column("language", Prose),
    Column("site_name", Prose),
    Column("text_sha256", String),
    Column("text_chars", Integer),
    Column("conversion_id", String),  # of the conversion record
    Column("at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("1")),  # times it was read
)

surveys = Table(
    "surveys",
    metadata,
    Column("record_id", String, primary_key=True),  # of the capture that was looked at
    Column("state", WordOf(SurveyState), nullable=False),
    Column("kind", String),  # html, css, svg, image, other: what the payload is
    Column("why", Prose),  # of FAILED
    Column("picture", Prose),  # of an image that decodes: format and size, "jpeg 640x480"
    Column("picture_problem", Prose),  # of an image that does not
    Column("canonical", Prose),  # what the page calls itself
    Column("amphtml", Prose),
    Column("og_url", Prose),
    Column("at", Instant, nullable=False),
    Column("needed", Integer),  # requisites, those of its styles and frames included
    Column("kept", Integer),  # of those
    Column("gone", Integer),  # of those: the server says there is no such thing
    Column("scored_at", Instant),
    Column("tries", Integer, nullable=False, server_default=text("1")),  # times it was looked at
)

needs = Table(
    "needs",
    metadata,
    Column("record_id", String, primary_key=True),  # of the capture that names it
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("url", Prose, nullable=False),
    Column("role", WordOf(Role), nullable=False),
    Column("how", Prose, nullable=False),  # "img/@src", as outlinks say it
    _to("link_id", "links.id"),
    Column("reason", WordOf(Reason)),  # why it was left, of one without a link
    Index(None, "link_id", **_where("link_id IS NOT NULL")),
    Index("ix_needs_over_budget", "record_id", **_where("reason = 'over_budget' AND link_id IS NULL")),
)

aliases = Table(
    "aliases",
    metadata,
    Column("url", Prose, primary_key=True),
    Column("work", Prose, nullable=False),  # the URL that stands for all of them
    Column("rule", String, nullable=False),  # what made it one
    Column("proof", String),  # record id of the answer that proves it
    Column("at", Instant, nullable=False),
    Index(None, "work"),
)

checks = Table(
    "checks",
    metadata,
    _key(),
    Column("url", Prose, nullable=False),
    Column("at", Instant, nullable=False),
    _to("link_id", "links.id"),
    Column("state", WordOf(VerdictState), nullable=False),
    Column("verdict_class", WordOf(VerdictClass), nullable=False),
    Column("rule", String, nullable=False),
    Column("evidence", JsonText),  # words and numbers
    Column("status", Integer),
    Column("final_url", Prose),
    Column("redirects", JsonText),
    Column("record_id", String),  # of the answer
    Column("compared_with", String),  # record id of our copy
    Column("not_before", Instant),
    Column("incident", WordOf(Incident)),  # the one column that is ever written later
    Column("run_id", _Id),
    UniqueConstraint("url", "at"),
    Index("ix_checks_run_id", "run_id", **_where("run_id IS NOT NULL")),
    Index("ix_checks_record_id", "record_id", **_where("record_id IS NOT NULL")),
)

marks = Table(
    "marks",
    metadata,
    Column("url", Prose, primary_key=True),
    Column("at", Instant, primary_key=True, autoincrement=False),
    Column("state", WordOf(Standing)),  # NULL: the marks before are lifted
    Column("why", Prose, nullable=False),
    Column("who", Prose, nullable=False),
    Column("until_contradicted", Integer, nullable=False),
)

link_states = Table(
    "link_states",  # drawn from checks and marks, and can be drawn again
    metadata,
    Column("url", Prose, primary_key=True),
    _to("link_id", "links.id"),
    _to("host_id", "hosts.id"),
    Column("kind", WordOf(LinkKind)),
    Column("state", WordOf(Standing), nullable=False),  # to show
    Column("since", Instant),
    Column("found", WordOf(Standing), nullable=False),  # by the checks alone
    Column("found_at", Instant),
    Column("points", Float, nullable=False),
    Column("evidence", JsonText),
    Column("last_check", Instant),
    Column("last", WordOf(VerdictState)),
    Column("last_at", Instant),
    Column("last_alive", Instant),
    Column("returned_at", Instant),
    Column("pace", WordOf(Pace)),
    Column("streak", Integer, nullable=False),
    Column("interval", BigInteger, nullable=False),  # microseconds
    Column("next_due", Instant),  # NULL: never
    Column("mark_at", Instant),  # of the mark in force
    Column("replay", Integer, nullable=False),  # it has marks, or checks after `last_check`: a step is not enough
    Column("weekday", Integer, nullable=False),  # 0 to 6, by hash: when it goes if all its times lie ahead
    Index("ix_link_states_due", "host_id", "next_due", "kind"),
    Index("ix_link_states_next_due", "next_due", "kind", "host_id"),
    Index("ix_link_states_state", "state", "since"),
)

host_incidents = Table(
    "host_incidents",
    metadata,
    _to("host_id", "hosts.id", nullable=False),
    Column("began", Instant, nullable=False),
    Column("until", Instant, nullable=False),  # as `began`: it was none
    Column("alike", WordOf(Alike), nullable=False),
    Column("run_id", _Id),
    PrimaryKeyConstraint("host_id", "began"),
)

recoveries = Table(
    "recoveries",
    metadata,
    _key(),
    Column("url", Prose, nullable=False),  # of the link
    Column("archive", Prose, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("outcome", WordOf(RecoveryOutcome), nullable=False),
    Column("memento_url", Prose),
    Column("captured_at", Instant),  # when the archive made the memento
    Column("record_id", String),  # of our copy of it
    Column("why", Prose, nullable=False),
    UniqueConstraint("url", "archive", "asked_at"),
    Index("ix_recoveries_record_id", "record_id", **_where("record_id IS NOT NULL")),
)

baselines = Table(
    "baselines",
    metadata,
    Column("record_id", String, primary_key=True),  # of the record that holds the payload
    Column("url", Prose, nullable=False),  # that gave it
    Column("usable", Integer, nullable=False),  # 0: a bot wall, an error page sent with 200
    Column("etag", Prose),
    Column("last_modified", Prose),
    Column("fingerprint", LargeBinary),
)
