"""`sourcekeep parse`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from crawler.cli import run

SAMPLE = Path(__file__).parents[2] / "crawler" / "sample" / "archive"
LIGHTSHIP = next(SAMPLE.glob("news/2016/02/3/the-lightship-*.md"))
FERRIES = next(SAMPLE.glob("news/2016/02/2/ferries-*.md"))


def parsed(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, object]]:
    """The JSON lines of a parse that went well."""
    assert run(["parse", "--json", *map(str, arguments)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_json_line_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    """A page alone: its site path begins at its news folder, its citations are all there."""
    [page] = parsed(capsys, LIGHTSHIP)
    assert page["path"] == LIGHTSHIP.relative_to(SAMPLE).as_posix()
    assert (page["kind"], page["date"], page["language"]) == ("event", "2016-02-03", "en")
    citations = page["citations"]
    assert isinstance(citations, list)
    assert [citation["kind"] for citation in citations] == ["source"] * 4 + ["cover_image"]
    assert citations[0]["url"] == "http://wire.test/story/20160203-0101"


def test_a_citation_without_url_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    """Both outputs carry the reason and the link as it is written."""
    [page] = parsed(capsys, FERRIES)
    citations = page["citations"]
    assert isinstance(citations, list)
    assert [(each["url"], each["reason"]) for each in citations] == [(None, "dashes_for_slashes")]
    assert run(["parse", str(FERRIES)]) == 0
    assert "no URL (dashes_for_slashes): http:--courier.test" in capsys.readouterr().out


def test_a_chinese_page_keeps_its_zh(capsys: pytest.CaptureFixture[str]) -> None:
    """The `zh` before the news folder belongs to the site path."""
    file = next(SAMPLE.glob("zh/news/2016/03/12/澄*.md"))
    [page] = parsed(capsys, file)
    assert page["path"] == file.relative_to(SAMPLE).as_posix()
    assert page["language"] == "zh"


def test_a_folder_gives_every_page(capsys: pytest.CaptureFixture[str]) -> None:
    """All twelve events of the sample, linked or not, each once, and its indexes."""
    pages = parsed(capsys, SAMPLE)
    paths = [page["path"] for page in pages]
    assert len(paths) == len(set(paths))
    kinds = [page["kind"] for page in pages]
    assert kinds.count("event") == 12
    assert {"home", "index", "other"} <= set(kinds)


def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json: path, kind, day, title, and a line for each citation."""
    assert run(["parse", str(LIGHTSHIP)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == LIGHTSHIP.relative_to(SAMPLE).as_posix()
    assert lines[1].startswith("  event · 2016-02-03 · en")
    assert "The lightship ''Meridian''" in lines[2]
    assert sum("http" in line for line in lines) == 5


def test_several_sources_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Pages and folders may be mixed."""
    assert len(parsed(capsys, LIGHTSHIP, FERRIES, SAMPLE / "news" / "2016" / "03" / "11")) >= 4


def unreadable(folder: Path) -> Path:
    """A file that cannot be read, by the superuser either."""
    if os.geteuid() == 0:
        memory = Path("/proc/self/mem")  # its first page is nobody's
        return memory if memory.exists() else pytest.skip("the superuser can read everything here")
    file = folder / "locked.md"
    file.write_text("# x\n")
    file.chmod(0)
    return file


def test_an_unreadable_page_is_named_and_the_others_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One bad page costs itself only; the exit code tells."""
    bad = unreadable(tmp_path)
    assert run(["parse", "--json", str(bad), str(LIGHTSHIP)]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert f"{bad} cannot be read" in err


def test_a_folder_without_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to read is wrong usage: the folder is named."""
    assert run(["parse", str(tmp_path)]) == 4
    assert str(tmp_path) in capsys.readouterr().err


def test_hostile_titles_do_not_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences of a page reach neither the text nor the JSON."""
    page = tmp_path / "news" / "2016" / "02" / "3" / "x.md"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"### [2016-02-3](/news/2016/02/3/index.md)\n\n# \x1b[2Jgone\xc2\x9b2J\n\n### Source:\n\n"
                     b"1. [\x1b]0;t\x07](http://a.test/\x1b)\n")  # fmt: skip
    for arguments in (["parse", str(page)], ["parse", "--json", str(page)]):
        assert run(arguments) == 0
        out = capsys.readouterr().out
        assert "gone" in out
        assert not any(character in out for character in "\x1b\x07\x9b")
