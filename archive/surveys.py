"""What was seen in a capture: what it needs to be shown, what it calls itself, whether it is a picture (pure).

A survey is kept twice: as rows, and as a metadata record beside the capture, whose `outlink` lines are spelled as other
crawlers spell them (URL, hop type, where it stood). So a survey can be read back from the WARCs alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archive.model import Reason, Role
from archive.records import Headers, clean_text, clean_uri
from archive.schema import SurveyState

HOP = "E"  # embed, in Heritrix's alphabet of discovery paths
REST = "-more"  # ends the `how` of the line that says how many were not listed: "17-more"; "unread-more": nobody knows
_PRIVATE = "role="


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One thing a capture asks for. Without a `reason` it is fetched; with one it was left."""

    url: str
    role: Role
    how: str  # where it stood: "img/@src"
    reason: Reason | None = None

    @property
    def is_rest(self) -> bool:
        """Whether it is no thing, but tells how many more there were than are listed."""
        return self.how.endswith(REST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was seen in the capture `record_id`."""

    record_id: str
    state: SurveyState
    at: datetime
    kind: str | None = None  # html, css, svg, image, other
    why: str | None = None  # of a survey that failed
    picture: str | None = None  # "jpeg 640x480", of an image that decodes, or is too large for us to say
    picture_problem: str | None = None  # of one that does not decode, or is too large
    canonical: str | None = None
    amphtml: str | None = None
    og_url: str | None = None
    needs: tuple[Needed, ...] = ()
    url: str | None = None  # of the capture, for the links it gives
    page_url: str | None = None  # of the page all of it is for
    hops: str = ""  # of the capture


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How much of what a capture needs is kept: of what its styles and frames need too. `gone` are 404 and 410."""

    needed: int
    kept: int
    gone: int


def worth_keeping(survey: Survey) -> bool:
    """Whether the survey says anything that the capture's own record does not."""
    said = (survey.why, survey.picture_problem, survey.canonical, survey.amphtml, survey.og_url)
    return bool(survey.needs) or any(said)


def survey_fields(survey: Survey) -> Headers:
    """The survey as fields of a metadata record (WARC/1.1 section 6.5)."""
    fields = [
        ("surveyed", survey.kind if survey.state is SurveyState.READ else survey.state.value),
        ("surveyProblem", survey.why),
        ("picture", survey.picture),
        ("pictureProblem", survey.picture_problem),
        ("canonical", survey.canonical),
        ("amphtml", survey.amphtml),
        ("ogUrl", survey.og_url),
    ]
    known = [(name, clean_text(value)) for name, value in fields if value]
    return (*known, *(_outlink(need) for need in survey.needs))


def _outlink(need: Needed) -> tuple[str, str]:
    how = "".join(need.how.split())
    if need.reason is None:
        return "outlink", f"{clean_uri(need.url)} {HOP} {how} {_PRIVATE}{need.role.value}"
    return "outlinkLeft", f"{clean_uri(need.url)} {HOP} {how} {_PRIVATE}{need.role.value} {need.reason.value}"


def survey_from_fields(record_id: str, at: datetime, fields: Iterable[tuple[str, str]]) -> Survey | None:
    """The survey that the fields of a metadata record about `record_id` hold; None if they hold none."""
    fields = tuple(fields)
    known = dict(reversed(fields))
    kind = known.get("surveyed")
    if kind is None:
        return None
    failed = kind == SurveyState.FAILED.value
    return Survey(
        record_id=record_id,
        state=SurveyState.FAILED if failed else SurveyState.READ,
        at=at,
        kind=None if failed else kind,
        why=known.get("surveyProblem"),
        picture=known.get("picture"),
        picture_problem=known.get("pictureProblem"),
        canonical=known.get("canonical"),
        amphtml=known.get("amphtml"),
        og_url=known.get("ogUrl"),
        needs=tuple(need for name, value in fields if (need := _needed(name, value)) is not None),
    )


def _needed(name: str, value: str) -> Needed | None:
    if name not in ("outlink", "outlinkLeft"):
        return None
    url, hop, how, *rest = [*value.split(" "), "", "", ""]
    role = next((each.removeprefix(_PRIVATE) for each in rest if each.startswith(_PRIVATE)), "")
    if hop != HOP or role not in Role._value2member_map_:
        return None
    reasons = [each for each in rest if each in Reason._value2member_map_]
    return Needed(url=url, role=Role(role), how=how, reason=Reason(reasons[0]) if reasons else None)
