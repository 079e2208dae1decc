"""sourcekeep.toml: what it may say, and what is told of every mistake in it."""

from __future__ import annotations

import pytest

from crawler import settings as defaults
from crawler.configuration import ConfigurationMistaken, Overlap, read_configuration
from crawler.configuration_keys import KEYS

WHOLE = """\
site = ["https://a.test/index.md", "news"]
languages = ["en", "zh"]
contact = "ops@a.test"

[politeness]
delay = 2.5
download_timeout = 30

[network]
resolve = { "a.test" = "127.0.0.1" }
allow_networks = ["127.0.0.0/8"]

[archives."Ours, old"]
kind = "pywb"
base = "https://archive.test/coll"

[jobs.nightly]
schedule = "15 3 * * *"
overlap = "wait"
steps = ["crawl --since 2016-01-01", "sourcekeep recheck", "links --host 'a b'"]
"""


def lines_of(content: str) -> tuple[str, ...]:
    """What is said of the mistakes of a file."""
    with pytest.raises(ConfigurationMistaken) as caught:
        read_configuration(content, "s.toml")
    return caught.value.lines


def test_every_key_is_read_with_its_place() -> None:
    """Settings by the names they have everywhere, each with the line and column of its key; jobs with their steps."""
    read = read_configuration(WHOLE)
    assert (read.sites, read.languages) == (("https://a.test/index.md", "news"), ("en", "zh"))
    assert [(each.setting, each.value, each.place.line, each.place.column) for each in read.settings] == [
        ("SOURCEKEEP_CONTACT", "ops@a.test", 3, 1),
        ("SOURCEKEEP_DELAY", 2.5, 6, 1),
        ("DOWNLOAD_TIMEOUT", 30, 7, 1),
        ("SOURCEKEEP_RESOLVE", {"a.test": "127.0.0.1"}, 10, 1),
        ("SOURCEKEEP_ALLOW_NETWORKS", ["127.0.0.0/8"], 11, 1),
        ("SOURCEKEEP_ARCHIVES", {"Ours, old": {"kind": "pywb", "base": "https://archive.test/coll"}}, 13, 2),
    ]
    nightly = read.jobs["nightly"]
    assert nightly.schedule is not None
    assert (nightly.schedule.cron, nightly.overlap) == ("15 3 * * *", Overlap.WAIT)
    assert [each.command for each in nightly.steps] == ["crawl --since 2016-01-01", "recheck", "links --host 'a b'"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("delai = 1\n", "s.toml:1:1: there is no key 'delai'"),
        ("\n[politeness]\n delai = 1\n", "s.toml:3:2: there is no key 'delai' in [politeness]; did you mean delay?"),
        ("[politness]\n", "s.toml:1:2: there is no key 'politness'; did you mean politeness?"),
        ("delay = 1\n", "s.toml:1:1: there is no key 'delay'; delay goes below [politeness]"),
        ("[limits]\nSOURCEKEEP_DELAY = 1\n", "s.toml:2:1: there is no key 'SOURCEKEEP_DELAY' in [limits]; delay goes"),
        ("[politeness]\ndelay = 'fast'\n", "s.toml:2:9: delay takes a number of at least 0"),
        ("[politeness]\ndelay = nan\n", "s.toml:2:9: delay takes a number"),
        ("[politeness]\nper_host = true\n", "s.toml:2:12: per_host takes a whole number of at least 1"),
        ("[storage]\nwarc_size = 10\n", "s.toml:2:13: warc_size takes a whole number of at least 1_048_576"),
        ("requisites = 1\n", "s.toml:1:14: [requisites] is a table"),
        ("[requisites]\nrequisites = 'some'\n", 's.toml:2:14: requisites takes "none" or "page" or "all"'),
        ("[network]\nallow_networks = ['127.0.0.1/8']\n", "s.toml:2:18: allow_networks takes a list of networks"),
        ("[network]\nresolve = {'a.test' = 'here'}\n", "s.toml:2:11: resolve takes a table"),
        ("[archives.x]\nkind = 'attic'\nbase = 'https://a.test'\n", "s.toml:1:2: archives takes tables with kind"),
        ("[hosts.a]\npause = 1\n", "s.toml:1:2: hosts takes delay, max_delay, delay_factor, crawl_delay_max for 'a'"),
        ("[hosts.a]\ndelay = -1\n", "s.toml:1:2: hosts takes a number of at least 0 for delay of 'a'"),
        ("hosts = {'a/b' = {}}\n", "s.toml:1:9: hosts takes names of hosts"),
        ("contact = 'a\\u001bb'\ncontact = 1", "this is no TOML: Cannot overwrite a value"),
        ('contact = "a\\u001bb"\n', "s.toml:1:11: contact takes text in quotes"),
        ("site = [1]\n", "s.toml:1:8: site takes an address or folder"),
        ("[jobs.nightly]\n", "s.toml:1:7: [jobs.nightly] has no steps"),
        ("[jobs.n]\nsteps=['crawl']\nschedul='daily'\n", "s.toml:3:1: there is no key 'schedul' in [jobs.n]; did you"),
        (
            "[jobs.n]\nsteps=['crawl']\nschedule='dayly'\n",
            "s.toml:3:10: 'dayly' is no schedule ('dayly' is no weekday)",
        ),
        ("[jobs.n]\nsteps=[\n 'crawl',\n 'rechek']\n", 's.toml:4:2: a step is a command, like "recheck --failed": '),
        ("[jobs.n]\nsteps=['rechek']\n", "'rechek' is no verb that a job can take; did you mean recheck?"),
        ("[jobs.n]\nsteps=['crawl -c there']\n", "'-c' is not needed"),
        ("[jobs.n]\nsteps=['demo']\n", "'demo' is no verb that a job can take"),
        ('[jobs.n]\nsteps=["crawl \'a"]\n', "No closing quotation"),
        ("[jobs.n]\nsteps=['crawl']\nmemory_max='lots'\n", "s.toml:3:12: memory_max takes an amount of memory"),
        ("[jobs.n]\nsteps=['crawl']\nrandom_delay='1\\nx'\n", "s.toml:3:14: random_delay takes a time span"),
        ("[jobs.'a b']\nsteps=['crawl']\n", "s.toml:1:7: 'a b' is no name of a job"),
        ("jobs = 3\n", "s.toml:1:8: jobs are tables"),
        ("a = \n", "s.toml:1:5: this is no TOML"),
        ("a = [\n", "this is no TOML"),
        ("a = " + "[" * 3000 + "\n", "s.toml:1:1: its values are nested too deeply"),
        ("a = " + "9" * 5000 + "\n", "this is no TOML"),
        ("[recover]\nspn_secret = 'x'\n", "s.toml:2:1: 'spn_secret' looks like a secret, and no secret belongs into"),
        ("site = 'https://me:pw@a.test/'\n", "s.toml:1:8: an address with a user name or password"),
        ("[jobs.n]\nsteps=['crawl -s AWS_SECRET_ACCESS_KEY=x']\n", "AWS_SECRET_ACCESS_KEY looks like a secret"),
        ("[limits]\nlimit_bytes = 'lots'\n", "s.toml:2:15: limit_bytes takes a size"),
        ("[limits]\nlimit_time = '1 week'\n", "s.toml:2:14: limit_time takes a time span"),
        ("[metrics]\nmetrics_port = 70000\n", "s.toml:2:16: metrics_port takes a port"),
        ("[jobs.n]\nsteps=['crawl']\nexpect_every='x'\n", "s.toml:3:14: expect_every takes a time span"),
        ("notifications = 1\n", "s.toml:1:17: notifications are tables"),
        ("[notifications.ops]\non = 'failure'\n", "s.toml:1:16: [notifications.ops] needs one of webhook, mail_to"),
        ("[notifications.o]\nwebhook = 'ftp://a.test'\n", "s.toml:2:11: webhook takes an http or https address"),
        ("[notifications.o]\nwebhook = 'https://me:pw@a.test/'\n", "s.toml:2:11: an address with a user name"),
        ("[notifications.o]\nwebhook='http://a.test'\nsign_with='pw@'\n", "s.toml:3:11: sign_with takes where the"),
        ("[notifications.o]\nwebhook='http://a.test'\nsecret='x'\n", "s.toml:3:1: 'secret' looks like a secret"),
        ("[notifications.o]\nwebhook='http://a.test'\nsmtp='a:1'\n", "s.toml:3:1: 'smtp' does not go with 'webhook'"),
        ("[notifications.o]\nwebhook='http://a.test'\nsing_with='env:A'\n", "did you mean sign_with?"),
        ("[notifications.o]\ncommand=['x']\non=['disaster']\n", "s.toml:3:4: on takes a list of success, failure"),
        ("[notifications.o]\nmail_to='a@b.test'\nsmtp='m:25'\n", "s.toml:1:16: mail_from is missing"),
        (
            "[notifications.o]\nmail_to='a@b.test'\nmail_from='c@d.test'\nsmtp='m:25'\nsmtp_user='u'\n",
            "s.toml:1:16: smtp_user and login_with go together",
        ),
        (
            "[notifications.o]\nmail_to='a@b'\nmail_from='c@d'\nsmtp='m:25'\nsmtp_user='u'\nlogin_with='env:A'\nsmtp_tls='none'\n",
            "s.toml:7:10: a password is not sent without TLS",
        ),
    ],
)
def test_a_mistake_is_told_with_line_and_column(content: str, told: str) -> None:
    """And with what is taken there, or the name that was meant. No secret is said again."""
    (line,) = lines_of(content)
    assert told in line
    assert "pw@" not in line


def test_names_of_hosts_and_jobs_are_no_secrets() -> None:
    """Whatever they are called."""
    content = "[hosts.'secret.test']\ndelay = 1\n[network]\nresolve = {'token.test' = '127.0.0.1'}\n"
    read = read_configuration(content + "[jobs.tokens]\nsteps = ['verify']\n")
    assert (len(read.settings), list(read.jobs)) == (2, ["tokens"])


def test_all_mistakes_are_told_at_once() -> None:
    """In the order of the file."""
    found = lines_of("nonsense = 1\r\n[politeness]\r\ndelay = -1\r\ntries = 0\r\n[jobs.n]\r\nsteps = ['x']\r\n")
    assert [line.split(": ")[0] for line in found] == ["s.toml:1:1", "s.toml:3:9", "s.toml:4:9", "s.toml:6:10"]


def test_every_key_is_a_setting_that_takes_its_own_default() -> None:
    """The table of keys names settings there are, once each, and no key refuses what holds without it."""
    assert len({key.setting for key in KEYS}) == len(KEYS)
    for key in KEYS:
        assert hasattr(defaults, key.setting), key
        if key.default is not None:
            assert key.read(key.default) == key.default
