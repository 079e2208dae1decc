"""Every revisit of the collections gives ReplayWeb.page the payload that it stands for. Run by `make judges`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.judges.replay import Replayer, by_replaywebpage, by_replaywebpage_and_index, replayed
from tests.judges.samples import answers

# Asked of the archive by the page around the capture: what is shown is rewritten, this is not.
PAYLOADS = """async address => {
    const archive = address.match(/.*?\\/w\\/[^/]+\\//)[0];
    const hex = bytes => [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join('');
    const found = [];
    for (const [stamp, url] of CAPTURES) {
        const answer = await parent.fetch(`${archive}${stamp}id_/${url}`);
        found.push([answer.status, hex(await crypto.subtle.digest('SHA-256', await answer.arrayBuffer()))]);
    }
    return found;
}"""


@pytest.mark.parametrize("by", [by_replaywebpage, by_replaywebpage_and_index])
def test_every_revisit_gives_the_payload_we_hold(collection: Path, by: Replayer, tmp_path: Path) -> None:
    """Asked for by its own URL and time and as it is (`id_`): status 200, and the bytes the catalogue has."""
    revisits = [row for row in answers(collection) if row.kind == "revisit"]
    assert revisits
    captures = [(row.stamp, row.url) for row in revisits]
    first = revisits[0]
    script = PAYLOADS.replace("CAPTURES", json.dumps(captures))
    (page,) = replayed(by, collection, [(first.url, first.stamp)], tmp_path, facts=script)
    assert dict(zip(captures, page.facts, strict=True)) == {(row.stamp, row.url): [200, row.sha256] for row in revisits}
    assert page.outside == ()
