"""The log as a file of JSON lines, for machines: one object a line, with rotation.

Keys: timestamp (ISO 8601, UTC), logLevel, context (who says it), message, details (what else there is, an object). The
progress lines of a run on standard error have the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from structlog.processors import JSONRenderer
from structlog.stdlib import ProcessorFormatter

from archive.errors import UsageError
from crawler.terminal import json_line, printable

_LEVELS = {"WARNING": "warn", "CRITICAL": "error"}
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "details", "taskName", "spider"}


class LogFile(RotatingFileHandler):
    """Takes every record from `info` on, from whoever logs. What cannot be written is dropped: a run goes on."""

    def __init__(self, path: Path, *, size: int, files: int, about: Mapping[str, object]) -> None:
        if path.is_symlink():
            raise UsageError(f"the log {path} is a symbolic link; name the file it leads to")
        try:
            super().__init__(path, maxBytes=size, backupCount=files, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise UsageError(f"the log {path} cannot be written: {error.strerror}") from error
        self._about = dict(about)
        self.setLevel(logging.INFO)
        self.setFormatter(
            ProcessorFormatter(processors=[self._shaped, JSONRenderer(serializer=lambda line, **_: json_line(line))])
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: standard error has the record as well."""

    def _shaped(self, _logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
        record = event["_record"]
        assert isinstance(record, logging.LogRecord)
        error = event.get("exc_info")
        about = {"exception": logging.Formatter().formatException(error)} if isinstance(error, tuple) else {}
        return log_line(record, str(event["event"]), {**self._about, **about})


def log_line(record: logging.LogRecord, message: str, about: Mapping[str, object]) -> dict[str, object]:
    """A record with its message as the object of its line (pure). `about` goes into the details of each."""
    details: dict[str, object] = dict(about)
    given = getattr(record, "details", None)
    details |= given if isinstance(given, dict) else {}
    details |= {name: printable(str(value)) for name, value in vars(record).items() if name not in _PLAIN}
    return {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "logLevel": _LEVELS.get(record.levelname, record.levelname.lower()),
        "context": record.name,
        "message": printable(message),
        "details": details,
    }
