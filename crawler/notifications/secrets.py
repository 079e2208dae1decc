"""Secrets by name: `env:NAME` is a variable of the environment, `file:PATH` the first line of a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

MOST_BYTES = 64 << 10
KINDS = ("env:", "file:")


class NoSecret(Exception):
    """There is none by this name. The message has the name, never a value."""


def secret(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The secret that `name` stands for. Raises NoSecret."""
    kind, _, which = name.partition(":")
    if kind == "env":
        value = (os.environ if environment is None else environment).get(which, "")
        if not value:
            raise NoSecret(f"{which} is not set in the environment")
        return value
    try:
        with Path(which).expanduser().open(encoding="utf-8") as file:
            value = file.readline(MOST_BYTES).strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise NoSecret(f"{which} cannot be read: {why}") from None
    if not value:
        raise NoSecret(f"{which} is empty")
    return value


def resolved(text: str, environment: Mapping[str, str] | None = None) -> str:
    """The secret that `text` names, or `text` itself if it names none. Raises NoSecret."""
    return secret(text, environment) if text.startswith(KINDS) else text
