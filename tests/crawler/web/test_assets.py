"""ReplayWeb.page's files: only what is pinned is put where it belongs."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.errors import UsageError
from crawler.commands.assets import assets
from crawler.web.assets import Pinned, install, installed, remove

CONTENTS = {"ui.js": b"// shows", "sw.js": b"// serves", "LICENSE": b"AGPL"}


def package(**more: bytes) -> bytes:
    """A package as npm makes them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in {**CONTENTS, **more}.items():
            about = tarfile.TarInfo(f"package/{name}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return out.getvalue()


def pinned(content: bytes) -> Pinned:
    """What that package must be."""
    digest = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    return Pinned(
        integrity=digest,
        files=tuple((name, hashlib.sha256(each).hexdigest()) for name, each in CONTENTS.items()),
    )


def test_install_and_remove(tmp_path: Path) -> None:
    """Three files of the package, no other, and none afterwards."""
    content = package(**{"../../evil.js": b"x"})
    folder = tmp_path / "assets"
    install(content, folder, pinned(content))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    assert installed(folder, pinned(content))
    assert remove(folder)
    assert not folder.exists()
    assert not remove(folder)


def test_a_changed_package_is_refused(tmp_path: Path) -> None:
    """One byte more, and nothing is installed."""
    content = package()
    with pytest.raises(UsageError, match="nothing was installed"):
        install(content + b"\0", tmp_path / "assets", pinned(content))
    assert not (tmp_path / "assets").exists()


def test_a_changed_file_counts_as_none(tmp_path: Path) -> None:
    """What somebody altered afterwards is not served."""
    content = package()
    install(content, tmp_path, pinned(content))
    (tmp_path / "sw.js").write_bytes(b"// evil")
    assert not installed(tmp_path, pinned(content))


def test_the_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is there, refuses another package, and removes nothing where nothing is."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "x.tgz").write_bytes(package())
    run = CliRunner()
    shown = run.invoke(assets, ["show", "--json"])
    assert '"installed": false' in shown.output
    refused = run.invoke(assets, ["install", "--from", os.fspath(tmp_path / "x.tgz")])
    assert isinstance(refused.exception, UsageError)
    assert run.invoke(assets, ["remove", "-q"]).exit_code == 0
