"""A capture looked through, in a worker: what cannot be seen says so, and claims nothing."""

from __future__ import annotations

import gzip
import io
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from archive.errors import DamagedRecord, is_of_the_disk
from archive.model import Capture, Context, LinkKind, Reason, Role
from archive.schema import SurveyState
from archive.survey_queue import Unsurveyed
from archive.surveying import Unread, failed_survey, survey_capture
from archive.surveys import Survey
from archive.workers import Failure, FailureKind
from tests.archive.exchanges import make_exchange, make_writer

URL = "http://a.test/cover.png"


def written(root: Path, body: bytes, *, head: bytes = b"") -> Capture:
    """An answer for a picture, in a WARC of its own."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n" + head + b"\r\n"
    with closing(make_writer(root)) as writer:
        return writer.write_exchange(make_exchange(body, head=answer, url=URL, mime="image/png"), Context())


def look(root: Path, capture: Capture) -> Survey | Unread:
    task = Unsurveyed(row_id=1, capture=capture, payload=capture, kind=LinkKind.CITATION, role=Role.IMAGE)
    return survey_capture(root / "archive", task, needs=True)


def picture(size: int = 200) -> bytes:
    out = io.BytesIO()
    (Image.effect_noise((size, size), 9) if size < 1000 else Image.new("1", (size, size))).save(out, "PNG")
    return out.getvalue()


def test_only_what_was_read_is_no_picture(tmp_path: Path) -> None:
    """Cut in half it is none; of one too large, in a coding nobody takes off, or that hung a worker, we do not know."""
    for name, body, head, state, is_none in [
        ("whole", picture(), b"", SurveyState.READ, False),
        ("half", picture()[:9000], b"", SurveyState.READ, True),
        ("large", picture(9000), b"", SurveyState.READ, True),
        ("coded", picture(), b"Content-Encoding: zstd\r\n", SurveyState.FAILED, False),
    ]:
        capture = written(tmp_path / name, body, head=head)
        found = look(tmp_path / name, capture)
        assert isinstance(found, Survey)
        assert (name, found.state, found.picture_problem is not None) == (name, state, is_none)
        assert (found.picture is not None) == (name in ("whole", "large"))
    task = Unsurveyed(row_id=1, capture=capture, payload=capture, kind=LinkKind.CITATION, role=Role.IMAGE)
    hung = failed_survey(task, Failure(kind=FailureKind.TIMED_OUT, text="killed after 10 s"))
    assert (hung.state, hung.why, hung.picture_problem) == (SurveyState.FAILED, "timed_out: killed after 10 s", None)


def test_a_page_of_which_a_part_was_read_is_not_whole(tmp_path: Path) -> None:
    """What it names behind that part is not known: that is one thing it lacks, and no link."""
    page = b"<html><img src=a.png>" + b"".join(b"<p>%d</p>" % number for number in range(3000)) + b"<img src=b.png>"
    packed = gzip.compress(page)
    for name, body, lacks in (("whole", packed, []), ("cut", packed[:-2000], ["unread-more"])):
        capture = written(tmp_path / name, body, head=b"Content-Encoding: gzip\r\n")
        task = Unsurveyed(row_id=1, capture=capture, payload=capture, kind=LinkKind.CITATION, role=None)
        found = survey_capture(tmp_path / name / "archive", task, needs=True)
        assert isinstance(found, Survey)
        assert [need.how for need in found.needs if need.is_rest] == lacks
        assert all(need.reason is Reason.OVER_BUDGET for need in found.needs if need.is_rest)
        assert found.needs[0].url == "http://a.test/a.png"


@pytest.mark.parametrize("fault", ["damaged", "gone"])
def test_a_damaged_record_is_a_survey_that_failed(tmp_path: Path, fault: str) -> None:
    """Told with what is wrong, and tried a few times: not by every run for ever."""
    capture = written(tmp_path, picture())
    path = tmp_path / "archive" / capture.where.warc
    data = bytearray(path.read_bytes())
    data[capture.where.offset + capture.where.length // 2] ^= 0xFF
    path.write_bytes(data)
    if fault == "gone":
        path.unlink()
    found = look(tmp_path, capture)
    assert isinstance(found, Unread)
    assert found.survey is not None
    assert (found.survey.state, found.survey.picture_problem) == (SurveyState.FAILED, None)
    assert (found.survey.why or "").startswith("unreadable: ")


def test_what_the_disk_refuses_tells_nothing_of_the_record() -> None:
    """An I/O error may pass, whatever it is wrapped in: no survey is made of it."""
    unopened = DamagedRecord("x.warc.gz, offset 0: cannot be opened: Input/output error")
    unopened.__cause__ = OSError(5, "Input/output error")
    assert is_of_the_disk(unopened)
    assert is_of_the_disk(OSError(5, "Input/output error"))
    assert not is_of_the_disk(DamagedRecord("x.warc.gz, offset 7: no whole gzip member"))
