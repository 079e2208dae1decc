"""Who may see which copies, in pywb's words: rules by the beginning of the SURT, and an embargo on all.

`access.aclj`, or every `*.aclj` in a folder `access`, has a rule a line, as pywb's access control files have it:

    com,site,www)/private - {"access": "exclude", "url": "http://www.site.com/private"}
    com,site)/one### - {"access": "block", "before": "2016"}

A rule holds for all that begins with its key, with `###` for that address alone, and `*,` for everything; of several
the longest does. `allow` and `allow_ignore_embargo` show a copy, `block` says that there is one (451), `exclude` denies
it (404). With `before`, `after` (timestamps), `newer` or `older` (`{"years": 1, "months": …, "weeks": …, "days": …}`,
from now) a rule holds for copies of that time alone, and others are allowed. Rules for one `user` are nobody's here.
`embargo.json` has what pywb's configuration has below `embargo`: one of these four, and `access` (`exclude`).

A mistake is an error with its line: a rule that nobody understands would show what was to be hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from archive.cdx_query import instant
from archive.errors import UsageError
from archive.urls import surt

FILE, FOLDER, EMBARGO = "access.aclj", "access", "embargo.json"
_EXACT = "###"
_ALL = "*,"
_LARGEST = 64 << 20  # bytes of a file
_UNITS = ("years", "months", "weeks", "days")
_MOST_MONTHS = 12_000
_WHEN = ("before", "after", "newer", "older")
_KNOWN = frozenset({"access", "access_status", "url", "user", *_WHEN})


class Access(StrEnum):
    """What becomes of who asks for a copy."""

    ALLOW = "allow"
    BLOCK = "block"  # 451
    EXCLUDE = "exclude"  # 404, as if there were none


class _Word(StrEnum):
    """What a rule may say."""

    ALLOW = "allow"
    ALLOW_IGNORE_EMBARGO = "allow_ignore_embargo"
    BLOCK = "block"
    EXCLUDE = "exclude"

    @property
    def access(self) -> Access:
        return Access.ALLOW if self in (_Word.ALLOW, _Word.ALLOW_IGNORE_EMBARGO) else Access(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ago:
    """A span of time before now."""

    months: int
    days: int

    def before(self, now: datetime) -> datetime:
        months = now.year * 12 + now.month - 1 - self.months
        year, month = max(months // 12, 1), months % 12 + 1
        day = instant(f"{year:04}{month:02}{now.day:02}")  # of a shorter month the last
        return day.replace(hour=now.hour, minute=now.minute, second=now.second) - timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What holds for copies, and of which time."""

    word: _Word
    before: datetime | None = None
    after: datetime | None = None
    newer: _Ago | None = None
    older: _Ago | None = None

    def holds(self, at: datetime, now: datetime) -> bool:
        """Whether it is about a copy of that time; the first condition counts, as with pywb."""
        if self.before is not None:
            return at < self.before
        if self.after is not None:
            return at > self.after
        if self.newer is not None:
            return at > self.newer.before(now)
        return self.older is None or at < self.older.before(now)


class Rules:
    """The rules of a collection."""

    def __init__(self, rules: Mapping[str, _Rule], embargo: _Rule | None = None) -> None:
        self._rules = dict(rules)
        self._embargo = embargo
        self._lengths = sorted({len(key) for key in self._rules if not key.endswith(_EXACT) and key != _ALL})[::-1]

    @property
    def restricts(self) -> bool:
        """Whether there may be a copy that not everybody may see."""
        return self._embargo is not None or any(each.word.access is not Access.ALLOW for each in self._rules.values())

    @property
    def ranges(self) -> dict[str, tuple[bytes, bytes]]:
        """Of each rule but the one for everything, as it is written: what it is about in the index, as from one key up
        to another that is not meant any more."""
        return {key: _range(key) for key in self._rules if key != _ALL}

    def access(self, url: str, at: datetime, now: datetime) -> Access:
        """What becomes of who asks for the copy of `url` of that time."""
        return self.access_of_key(surt(url), at, now) if self.restricts else Access.ALLOW

    def access_of_key(self, key: str, at: datetime, now: datetime) -> Access:
        """The same by its SURT."""
        rule = self._rule(key)
        word = rule.word if rule is not None and rule.holds(at, now) else _Word.ALLOW
        if word in (_Word.ALLOW_IGNORE_EMBARGO, _Word.EXCLUDE):
            return word.access
        if self._embargo is not None and self._embargo.holds(at, now):
            return self._embargo.word.access
        return word.access

    def _rule(self, key: str) -> _Rule | None:
        keys = (key + _EXACT, *(key[:length] for length in self._lengths if length <= len(key)), _ALL)
        return next((self._rules[each] for each in keys if each in self._rules), None)


def _range(key: str) -> tuple[bytes, bytes]:
    start = key.removesuffix(_EXACT) + " " if key.endswith(_EXACT) else key
    return start.encode(), (start[:-1] + chr(ord(start[-1]) + 1)).encode()


# --- files ---


def load_rules(root: Path) -> Rules:
    """The rules in a collection's folder; none where there is no such file. Raises UsageError with file and line."""
    files = [root / FILE, *(sorted((root / FOLDER).glob("*.aclj")) if (root / FOLDER).is_dir() else ())]
    rules: dict[str, _Rule] = {}
    for path in files:
        if path.exists() or path.is_symlink():
            _read(path, rules)
    embargo = root / EMBARGO
    if not (embargo.exists() or embargo.is_symlink()):
        return Rules(rules)
    return Rules(rules, _embargo(_object(_text(embargo), str(embargo)), str(embargo)))


def _read(path: Path, rules: dict[str, _Rule]) -> None:
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{path}, line {number}"
        key, fields = _line(line, where)
        if "user" in fields:
            continue
        if key in rules:
            raise UsageError(f"{where}: there is a rule for {key} already; leave one of them")
        rules[key] = _rule(fields, where, needs_access=True)


def _line(line: str, where: str) -> tuple[str, dict[str, object]]:
    key, _, rest = line.partition(" ")
    stamp, _, described = rest.partition(" ")
    if not key or not key.isascii() or not stamp or not described.lstrip().startswith("{"):
        raise UsageError(f'{where}: no rule; write it like: com,site)/path - {{"access": "block"}}')
    return key, _object(described, where)


def _embargo(fields: dict[str, object], where: str) -> _Rule:
    if not fields.keys() & set(_WHEN):
        raise UsageError(f"{where}: an embargo has one of {', '.join(_WHEN)}")
    return _rule(fields, where, needs_access=False)


def _rule(fields: Mapping[str, object], where: str, *, needs_access: bool) -> _Rule:
    if strange := sorted(fields.keys() - _KNOWN):
        raise UsageError(f"{where}: {strange[0]!r} is nothing that a rule says; known are {', '.join(sorted(_KNOWN))}")
    word = fields.get("access", None if needs_access else "exclude")
    if not isinstance(word, str) or word not in _Word._value2member_map_:
        raise UsageError(f"{where}: access is {word!r}; it is one of {', '.join(_Word)}")
    return _Rule(
        word=_Word(word),
        before=_moment(fields.get("before"), where),
        after=_moment(fields.get("after"), where),
        newer=_ago(fields.get("newer"), where),
        older=_ago(fields.get("older"), where),
    )


def _moment(value: object, where: str) -> datetime | None:
    if value is None:
        return None
    digits = str(value)
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 14):
        raise UsageError(f"{where}: {value!r} is no timestamp; write 4 to 14 digits, like 20160203")
    return instant(digits)


def _ago(value: object, where: str) -> _Ago | None:
    if value is None:
        return None
    if (
        not isinstance(value, dict)
        or not value
        or value.keys() - set(_UNITS)
        or not all(map(_is_count, value.values()))
    ):
        raise UsageError(f'{where}: {value!r} is no span of time; write it like {{"years": 1, "days": 30}}')
    months = value.get("years", 0) * 12 + value.get("months", 0)
    days = value.get("weeks", 0) * 7 + value.get("days", 0)
    if months > _MOST_MONTHS or days > _MOST_MONTHS * 30:
        raise UsageError(f"{where}: {value!r} is longer than a thousand years")
    return _Ago(months=months, days=days)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _object(text: str, where: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: no JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{where}: no JSON object")
    return found


def _text(path: Path) -> str:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            raise UsageError(f"{path}: no file of rules; it must be a file, no link, of at most {_LARGEST >> 20} MiB")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
