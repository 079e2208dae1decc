"""Access rules in pywb's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.access_rules import Access, load_rules
from archive.errors import UsageError

NOW = datetime(2026, 3, 31, tzinfo=UTC)
AT = datetime(2016, 2, 3, tzinfo=UTC)
RULES = """# a comment

com,site)/private - {"access": "exclude", "url": "http://site.com/private"}
com,site)/private/open - {"access": "allow"}
com,site)/one### - {"access": "block"}
com,site - {"access": "allow_ignore_embargo"}
com,old)/ - {"access": "block", "before": "2017"}
com,new)/ - {"access": "exclude", "newer": {"months": 1}}
com,team)/ - {"access": "block", "user": "staff"}
*, - {"access": "block"}
"""


@pytest.mark.parametrize(
    ("url", "at", "access"),
    [
        ("http://www.site.com/private/x", AT, Access.EXCLUDE),
        ("http://site.com/private/open/x", AT, Access.ALLOW),
        ("http://site.com/one", AT, Access.BLOCK),
        ("http://site.com/one/two", AT, Access.ALLOW),
        ("https://sub.site.com/", AT, Access.ALLOW),
        ("http://old.com/", AT, Access.BLOCK),
        ("http://old.com/", datetime(2018, 1, 1, tzinfo=UTC), Access.ALLOW),
        ("http://new.com/", NOW - timedelta(days=20), Access.EXCLUDE),
        ("http://new.com/", NOW - timedelta(days=40), Access.ALLOW),
        ("http://team.com/", AT, Access.BLOCK),
        ("http://other.org/", AT, Access.BLOCK),
    ],
)
def test_the_longest_rule_counts(tmp_path: Path, url: str, at: datetime, access: Access) -> None:
    """Of rules that fit, the longest; within its time."""
    (tmp_path / "access.aclj").write_text(RULES)
    assert load_rules(tmp_path).access(url, at, NOW) is access


def test_an_embargo(tmp_path: Path) -> None:
    """It holds for everything but what is excepted."""
    (tmp_path / "access").mkdir()
    (tmp_path / "access" / "one.aclj").write_text('com,site)/ - {"access": "allow_ignore_embargo"}\n')
    (tmp_path / "embargo.json").write_text('{"newer": {"years": 1}, "access": "block"}')
    rules = load_rules(tmp_path)
    late = NOW - timedelta(days=100)
    assert rules.access("http://a.org/", late, NOW) is Access.BLOCK
    assert rules.access("http://a.org/", AT, NOW) is Access.ALLOW
    assert rules.access("http://site.com/", late, NOW) is Access.ALLOW


def test_without_rules_all_is_shown(tmp_path: Path) -> None:
    """No file, no rule."""
    assert not load_rules(tmp_path).restricts


@pytest.mark.parametrize(
    "line",
    [
        "com,site)/",
        'com,site)/ - {"access": "deny"}',
        'com,site)/ - {"access": "block"',
        'com,site)/ - ["block"]',
        'com,site)/ - {"acces": "block"}',
        'com,site)/ - {"access": "block", "before": "soon"}',
        'com,site)/ - {"access": "block", "newer": {"fortnights": 1}}',
        'com,first)/ - {"access": "block"}',
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    """A rule that cannot be understood keeps the server from starting."""
    (tmp_path / "access.aclj").write_text(f'com,first)/ - {{"access": "allow"}}\n{line}\n')
    with pytest.raises(UsageError, match=r"access\.aclj, line 2: "):
        load_rules(tmp_path)
