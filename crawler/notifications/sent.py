"""Why a message could not be delivered."""

from __future__ import annotations


class Undelivered(Exception):
    """The message says why, for people, and holds no secret."""


class Passing(Undelivered):
    """May pass: worth another try."""


class Refused(Undelivered):
    """Would fail again."""
