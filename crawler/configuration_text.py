"""The commented sourcekeep.toml that `init` writes, and what a later version would have in it besides (pure).

What an operator has written is never changed: a key counts as known to them once it stands in the file, set or in a
comment, so that a note they took away on purpose is told of again, but never put back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from crawler.configuration_keys import KEYS, Key

_HEAD = """\
# What sourcekeep goes by in this collection. Flags win over `-s NAME=VALUE`, that over this file, this over the
# defaults, which stand in the comments. `sourcekeep config show --origin` tells what holds, and why.
# No secrets here: keys and passwords come by the environment.
"""
_ABOUT = {
    "politeness": "How gently hosts are treated.",
    "limits": "When a run ends and leaves the rest to the next; how far a crawl follows what has no end.",
    "requisites": "Images, styles, scripts ... that the sources need to be shown.",
    "network": "",
    "recheck": "",
    "recover": "",
    "storage": "",
    "reports": "What runs leave under runs/: never the copies themselves.",
    "metrics": "For Prometheus: docs/operations.md has alert rules and a dashboard.",
    "log": "",
}
_ARCHIVES = """\
# The public archives that `recover` asks, in this order; once one is named here, no others are asked.
# kind: wayback, pywb or memento. pause: seconds between two requests.
"""
_HOSTS = """\
# A host, by its exact name, may have pauses of its own: delay, max_delay, delay_factor, crawl_delay_max.
# [hosts."slow.example"]
# delay = 10.0
"""
_JOBS = """\
# Jobs: `sourcekeep run nightly` runs the steps, in order; `sourcekeep schedule install` has them run by themselves.
# schedule: "daily", "Mon..Fri 03:15" (systemd's OnCalendar) or "15 3 * * *" (cron)
# overlap: while another run holds the collection, "skip" the job, or "wait"
# memory_max, random_delay: of the systemd units      writes: folders outside the collection that steps write
# room_wait: how long a job waits for room on a full disk      expect_every: told of where it is not done for longer
[jobs.nightly]
schedule = "*-*-* 03:15"
overlap = "skip"
steps = ["crawl", "recheck", "recover"]
# memory_max = "2G"
# random_delay = "10min"
# writes = []
# room_wait = "0s"
# expect_every = "26h"

[jobs.weekly]
schedule = "Sun *-*-* 12:00"
overlap = "wait"
steps = ["verify"]
"""
_NOTIFICATIONS = """\
# Who is told how a job ended. on: success, failure, disk, limit, stopped, left_out, never_run, newly_dead, revived.
# Secrets are named, never written here: env:NAME, file:PATH.
# [notifications.ops]
# on = ["failure", "never_run", "newly_dead"]
# webhook = "https://hooks.example/sourcekeep"
# sign_with = "env:HOOK_KEY"
# [notifications.mail]
# mail_to = ["ops@site.example"]
# mail_from = "sourcekeep@site.example"
# smtp = "mail.site.example:587"
# smtp_user = "sourcekeep"
# login_with = "file:/etc/sourcekeep/smtp"
# [notifications.program]
# command = ["/usr/local/bin/tell"]
"""
_TABLES = ("hosts", "archives")
_JOB_KEYS = {
    "memory_max": '"2G"',
    "random_delay": '"10min"',
    "writes": "[]",
    "room_wait": '"0s"',
    "expect_every": '"26h"',
}


def new_file(*, sites: Iterable[str], contact: str | None, languages: Iterable[str] = ()) -> str:
    """The text of a new file: what is given set, all else in comments, and two jobs to begin with."""
    given, spoken = list(sites), list(languages)
    site = _toml(given[0] if len(given) == 1 else given) if given else '"https://site.example/index.md"'
    lines = [_HEAD]
    lines.append(f"{'' if given else '# '}site = {site}  # an address or a folder of event pages, or a list of them\n")
    lines.append(
        f"{'' if spoken else '# '}languages = {_toml(spoken or ['en', 'zh'])}  # only pages in these; else all\n"
    )
    (about,) = (key for key in KEYS if key.setting == "SOURCEKEEP_CONTACT")
    lines.append(f"contact = {_toml(contact)}  # {about.about}\n" if contact else f"{_commented(about)}\n")
    for table, why in _ABOUT.items():
        lines.append(f"\n{f'# {why}' + chr(10) if why else ''}[{table}]\n")
        lines.extend(f"{_commented(key)}\n" for key in KEYS if key.table == table)
    return "".join([*lines, "\n", _HOSTS, "\n", *_archives(), "\n", _JOBS, "\n", _NOTIFICATIONS])


def news(text: str) -> tuple[str, ...]:
    """Lines to add for what this version knows and `text` mentions nowhere, each a comment with the key's default."""
    lines: list[str] = []
    for table in dict.fromkeys(key.table for key in KEYS):
        new = [key for key in KEYS if key.table == table and key.name not in _TABLES and not _mentions(text, key.name)]
        if new and table:
            lines.append(f"# [{table}]")
        lines.extend(map(_commented, new))
    for name, shown in (("hosts", _HOSTS), ("archives", "".join(_archives())), ("notifications", _NOTIFICATIONS)):
        if not re.search(rf"\[{name}\b", text) and not _mentions(text, name):
            lines.extend(shown.splitlines())
    new_of_jobs = [f"# {name} = {default}" for name, default in _JOB_KEYS.items() if not _mentions(text, name)]
    return (*lines, *(["# [jobs.NAME]"] if new_of_jobs else []), *new_of_jobs)


def with_news(text: str, lines: Iterable[str], version: str) -> str:
    """`text` as it is, with `lines` at its end."""
    end = "" if text.endswith("\n") or not text else "\n"
    return f"{text}{end}\n# New in sourcekeep {version}:\n" + "".join(f"{line}\n" for line in lines)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?m)^[ \t#]*(?:[\w-]+[ \t]*\.[ \t]*)*[\"']?{name}[\"']?[ \t]*=", text) is not None


def _commented(key: Key) -> str:
    default = key.default
    shown = default if default is not None else "/etc/ssl/ours.pem"
    return f"# {key.name} = {_toml(shown)}  # {key.about}"


def _archives() -> Iterator[str]:
    yield _ARCHIVES
    (key,) = (key for key in KEYS if key.name == "archives")
    table = key.default
    assert isinstance(table, Mapping)
    for name, row in table.items():
        yield f"# [archives.{_toml(name)}]\n"
        yield from (f"# {each} = {_toml(value)}\n" for each, value in row.items())


def _toml(value: object) -> str:
    """A value as TOML spells it; its strings are JSON's."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            inner = ", ".join(f"{_toml(name)} = {_toml(each)}" for name, each in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case int():
            return f"{value:_}"
        case float():
            return repr(value)
        case _:
            return json.dumps(str(value), ensure_ascii=False)
