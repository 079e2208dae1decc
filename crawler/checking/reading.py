"""What is read out of answers and copies, in workers (pure, but for the record of a copy, which is read from its WARC).

What runs here parses what strangers sent: it is handed to `archive.workers` and touches no database.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TypedDict

from archive.coding import UnsupportedCodingError, decode_body
from archive.copies import Baseline, Copy
from archive.errors import SourcekeepError
from archive.http_message import Head
from archive.model import RecordRef
from archive.reader import open_record
from archive.surveying import Unread
from archive.verdicts import Verdict, VerdictClass, VerdictState
from archive.workers import line_about
from crawler.verdict.answer import NO_PROBES, Answer, ContentKind, Hop, Match, NeedsProbes, ProbeResult
from crawler.verdict.content import CopyFacts, Fingerprint, usable_baseline
from crawler.verdict.judge import by_probes, judge
from crawler.verdict.neighbours import worth_vetting
from crawler.verdict.page_facts import kind_of, page_facts
from crawler.verdict.probes import Probe, boilerplate, calibrate, is_their_page, masked, masked_shingles
from crawler.verdict.reading import Body, compare_body, fingerprint, visible_text
from crawler.verdict.redirects import next_hop
from crawler.verdict.shingles import Shingles

MOST_BYTES = 16 << 20  # of a body that are looked at
MOST_OF_TITLE = 1_000  # characters
PRELOAD = ("crawler.checking.reading", "crawler.verdict.page_facts", "crawler.verdict.reading")
_PAGES = (ContentKind.HTML, ContentKind.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A payload as it came, content codings on, and what it takes to read it."""

    data: bytes
    coding: str | None
    content_type: str | None
    url: str

    def body(self) -> Body:
        """Without the codings; as it is where nobody can take one off."""
        try:
            data = decode_body(BytesIO(self.data), self.coding, limit=MOST_BYTES).data
        except UnsupportedCodingError:
            data = self.data
        return Body(data=data, content_type=self.content_type, url=self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The copy to compare with: a `Fingerprint` as bytes. Not `vetted`: it may be what its host sends for anything."""

    fingerprint: bytes
    record_id: str
    vetted: bool = True


# --- an answer ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An answer to look at, and what to compare it with."""

    payload: Payload
    answer: Answer
    ours: Ours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is in an answer: where it sends its reader on to, or else what it comes to."""

    kind: ContentKind
    match: Match | None = None
    hop: Hop | None = None
    found: Verdict | NeedsProbes | None = None


def look(sight: Sight) -> Seen:
    """What an answer comes to. The rules are applied here, too: the phrases they look for take their time."""
    body = sight.payload.body()
    match = _compared(body, sight.ours)
    answer = _with_page(sight, body, match)
    hop = next_hop(answer)
    found = _found(sight, answer, match) if hop is None else None
    return Seen(kind=answer.kind or ContentKind.OTHER, match=match, hop=hop, found=found)


def _found(sight: Sight, answer: Answer, match: Match | None) -> Verdict | NeedsProbes:
    found = judge(answer, match)
    if _to_vet(sight, match) and isinstance(found, Verdict) and found.verdict_class is VerdictClass.ALIVE:
        return worth_vetting(answer) or found
    return found


def _to_vet(sight: Sight, match: Match | None) -> bool:
    """Whether our copy was found by which nobody has found the link alive yet."""
    return sight.ours is not None and not sight.ours.vetted and match is not None and match.contained


def _with_page(sight: Sight, body: Body, match: Match | None) -> Answer:
    """The answer with what is seen on its page; not where our whole copy was found: then nothing else matters."""
    kind = kind_of(body.data, body.content_type)
    once = Fingerprint.from_bytes(sight.ours.fingerprint).kind if sight.ours is not None else None
    answer = replace(sight.answer, kind=kind, expected=sight.answer.expected or once)
    known = match is not None and match.contained and not match.begins and not _to_vet(sight, match)
    if kind not in _PAGES or known:
        return answer
    return replace(answer, page=page_facts(body.data, body.url, body.content_type))


def _compared(body: Body, ours: Ours | None, shared: Shingles | None = None) -> Match | None:
    if ours is None:
        return None
    return compare_body(Fingerprint.from_bytes(ours.fingerprint), body, shared=shared, record_id=ours.record_id)[0]


# --- an answer among its neighbours ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """An answer, and what two random siblings of its link were answered."""

    sight: Sight
    siblings: tuple[Probe, Probe]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What an answer comes to among its neighbours, and how much of our copy is in it once what all pages have there is
    taken away."""

    found: Verdict | NeedsProbes
    match: Match | None


def place(among: Neighbourhood) -> Placed:
    """What an answer comes to among its neighbours."""
    body, answer = among.sight.payload.body(), among.sight.answer
    texts = _texts(body, answer.url)
    probe = Probe(url=answer.url, final_url=answer.end, status=answer.status or 0, **texts)
    shared, around = boilerplate(probe, *among.siblings), calibrate(probe, *among.siblings)
    match = _compared(body, among.sight.ours, shared)
    answer = _with_page(among.sight, body, match)
    if _to_vet(among.sight, match) and (verdict := _of_all(among.sight, answer, body, shared, around)) is not None:
        return Placed(found=verdict, match=None)
    return Placed(found=judge(answer, match, around), match=match)


def _of_all(sight: Sight, answer: Answer, body: Body, shared: Shingles, around: ProbeResult) -> Verdict | None:
    """What it means that a page is our copy, and that random siblings have all that is in it: the copy was made when
    the link was dead, or the page stands at every address. None if it has something that is its own.
    """
    assert sight.ours is not None, "a copy was found"
    ours = replace(Fingerprint.from_bytes(sight.ours.fingerprint), sha256="0" * 64)
    match = compare_body(ours, body, shared=shared, record_id=sight.ours.record_id)[0]
    if match.contained and not is_their_page(around):
        return None
    return by_probes(answer, replace(match, share=None, opening=0.0), around)


class Texts(TypedDict):
    """What a `Probe` holds of a page; None if no page came."""

    text: Shingles | None
    own: Shingles | None
    title: str


def sibling_texts(asked: tuple[Payload, str]) -> Texts:
    """The masked texts of what the address `asked[1]` was answered."""
    payload, url = asked
    return _texts(payload.body(), url)


def _texts(body: Body, url: str) -> Texts:
    if kind_of(body.data, body.content_type) not in _PAGES:
        return Texts(text=None, own=None, title="")
    page = page_facts(body.data, body.url, body.content_type)
    return Texts(
        text=masked_shingles("\n".join(visible_text(body)), url),
        own=masked_shingles(f"{page.title}\n{page.text}", url),
        title=masked("\n".join((page.title, *page.headings[:1])), url)[:MOST_OF_TITLE],
    )


# --- a copy of ours ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyToRead:
    """A copy nobody has looked at yet. `alike`: other links of its host whose copies have the same payload."""

    copy: Copy
    where: RecordRef
    alike: int


def read_copy(folder: Path, task: CopyToRead) -> Baseline | Unread:
    """What is kept of a copy to compare by; an unusable one for a copy that says nothing of its link.

    `Unread` where the disk does not give the record: that says nothing of the copy.
    """
    try:
        record = open_record(folder, task.where)
        head = record.head()
        if record.record_id != task.copy.record_id or head is None:
            return Unread(why=f"{task.where.warc} does not hold {task.copy.record_id} where it should")
        with record.payload() as payload:
            data = payload.read(MOST_BYTES)
    except (SourcekeepError, OSError) as error:
        return Unread(why=line_about(error))
    return _baseline(task, head, data)


def _baseline(task: CopyToRead, head: Head, data: bytes) -> Baseline:
    body = payload_of(head, data, task.copy.url).body()
    ours = fingerprint(body)
    usable = usable_baseline(ours, _facts(task, head, body, ours))
    return Baseline(
        record_id=task.copy.record_id,
        url=task.copy.url,
        usable=usable,
        etag=head.get("etag"),
        last_modified=head.get("last-modified"),
        fingerprint=ours.to_bytes() if usable else b"",
    )


def payload_of(head: Head, data: bytes, url: str) -> Payload:
    """A payload with what the head says of it."""
    coding = ", ".join(head.items("content-encoding"))
    return Payload(data=data, coding=coding or None, content_type=head.get("content-type"), url=url)


def _facts(task: CopyToRead, head: Head, body: Body, ours: Fingerprint) -> CopyFacts:
    page = page_facts(body.data, body.url, body.content_type) if ours.kind in _PAGES else None
    answer = Answer(
        url=task.copy.url,
        status=head.status,
        headers=head.headers,
        mime=head.mime,
        kind=ours.kind,
        page=page,
        payload_length=len(body.data),
    )
    verdict = judge(answer, None, NO_PROBES)
    assert not isinstance(verdict, NeedsProbes), "probes were given"
    state = verdict.state
    return CopyFacts(
        status=head.status,
        challenge=state.verdict_class is VerdictClass.UNSURE,
        login=state is VerdictState.LOGIN_REQUIRED,
        error_page=state.verdict_class in (VerdictClass.DEAD, VerdictClass.FAILING),
        copies_alike=task.alike,
    )
