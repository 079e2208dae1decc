"""How a command was called, fit to be noted down: without what may be secret (pure)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from archive.urls import without_userinfo

_SET = ("-s", "--set")
_OURS = "SOURCEKEEP_"


def command_line(arguments: Iterable[str]) -> str:
    """`sys.argv` as one line to type, without the folder of the program.

    Values of settings that are not ours (headers, proxies, keys) are left out, user names and passwords of URLs too.
    """
    program, *rest = arguments
    return without_userinfo(shlex.join([PurePath(program).name, *_shown(rest)]))


def _shown(arguments: Iterable[str]) -> Iterator[str]:
    is_setting = False
    for argument in arguments:
        if is_setting:
            yield _setting(argument)
        elif argument.startswith("--set="):
            yield "--set=" + _setting(argument[6:])
        elif argument.startswith("-s") and len(argument) > 2:
            yield "-s" + _setting(argument[2:])
        else:
            yield argument
        is_setting = argument in _SET and not is_setting


def _setting(text: str) -> str:
    name, equals, _ = text.partition("=")
    return text if name.startswith(_OURS) else f"{name}{equals}..." if equals else text
