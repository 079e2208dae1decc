"""A capture looked through, in a worker: record in, `Survey` out.

What runs here parses what strangers sent: it is handed to `archive.workers`, touches no database, and what goes wrong
with one capture is a survey that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.coding import UnsupportedCodingError
from archive.errors import SourcekeepError, is_of_the_disk
from archive.model import Reason, Role
from archive.payloads import payload_of
from archive.references import Left, LeftReason
from archive.requisites import Kind, Picture, Reading
from archive.schema import SurveyState
from archive.survey_queue import Unsurveyed
from archive.surveys import REST, Needed, Survey
from archive.workers import Failure, line_about

_REASONS = {
    LeftReason.UNSUPPORTED_SCHEME: Reason.UNSUPPORTED_SCHEME,
    LeftReason.MALFORMED: Reason.MALFORMED_URL,
    LeftReason.NO_BASE: Reason.NO_BASE,
    LeftReason.TEMPLATE: Reason.TEMPLATE,
}

_DOCUMENTS = (Kind.HTML, Kind.CSS, Kind.SVG)
_UNREAD = f"unread{REST}"  # what stands behind the part that could be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A record that could not be read back, and why, in a line. `survey` is what to keep of one that is damaged."""

    why: str
    survey: Survey | None = None


def survey_capture(folder: Path, task: Unsurveyed, *, needs: bool) -> Survey | Unread:
    """What is seen in a capture. `folder` holds the WARCs; without `needs` only whether it is a picture counts.

    A record that our own disk does not give tells nothing of what the web sent: no survey then, the next run looks
    again. One that is damaged is a survey that failed, lest every run stumble over it for ever.
    """
    from archive.needs import read_payload  # noqa: PLC0415 - the parsers are for the workers alone

    try:
        reading = read_payload(payload_of(folder, task.payload), url=task.capture.url, role=task.role)
    except UnsupportedCodingError as error:
        return _failed(task, line_about(error))
    except (SourcekeepError, OSError) as error:
        why = line_about(error)
        return Unread(why=why, survey=None if is_of_the_disk(error) else _failed(task, f"unreadable: {why}"))
    return _survey(task, reading, needs=needs)


def failed_survey(task: Unsurveyed, failure: Failure) -> Survey:
    """The survey of a capture whose reading gave nothing: it hung, crashed, or took all memory."""
    return _failed(task, f"{failure.kind}: {failure.text}")


def _failed(task: Unsurveyed, why: str) -> Survey:
    """A survey that says nothing of the capture, whether it is a picture least of all: nobody saw it."""
    return Survey(
        record_id=task.capture.record_id,
        state=SurveyState.FAILED,
        at=task.capture.at,
        why=why,
        url=task.capture.url,
        page_url=task.capture.page_url or task.capture.url,
        hops=task.capture.hops,
    )


def _survey(task: Unsurveyed, reading: Reading, *, needs: bool) -> Survey:
    picture = reading.picture
    return Survey(
        record_id=task.capture.record_id,
        state=SurveyState.READ,
        at=task.capture.at,
        kind=reading.kind.value,
        picture=_described(picture) if picture is not None and _may_pass(picture) else None,
        picture_problem=_problem(task, reading),
        canonical=reading.canonical,
        amphtml=reading.amphtml,
        og_url=reading.og_url,
        needs=_needs(reading, task.capture.url) if needs else (),
        url=task.capture.url,
        page_url=task.capture.page_url or task.capture.url,
        hops=task.capture.hops,
    )


def _problem(task: Unsurveyed, reading: Reading) -> str | None:
    if reading.picture is not None:
        return reading.picture.problem
    return f"no image, but {reading.kind}" if task.role is Role.IMAGE else None


def _may_pass(picture: Picture) -> bool:
    """Whether nothing is wrong with an image but, perhaps, that it is larger than we look at."""
    return picture.problem is None or picture.too_large


def _described(picture: Picture) -> str:
    return f"{(picture.format or '?').lower()} {picture.width or 0}x{picture.height or 0}"


def _needs(reading: Reading, url: str) -> tuple[Needed, ...]:
    asked = [Needed(url=need.url, role=need.role, how=need.how) for need in reading.needs]
    left = [_left(each, url) for each in reading.left]
    if reading.cut and reading.kind in _DOCUMENTS:  # nobody may call it whole
        left.append(Needed(url=url, role=Role.OTHER, how=_UNREAD, reason=Reason.OVER_BUDGET))
    return (*asked, *left)


def _left(left: Left, url: str) -> Needed:
    """What nobody can fetch. How many there were beyond the limit stands as one line about the document itself."""
    if left.why is LeftReason.OVER_LIMIT:
        return Needed(url=url, role=Role.OTHER, how=f"{left.count}{REST}", reason=Reason.OVER_BUDGET)
    return Needed(url=left.text, role=Role.OTHER, how=left.how, reason=_REASONS[left.why])
