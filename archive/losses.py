"""What a collection has lost for good: noted once, in losses.json, by whom, when and why.

What is gone from the disk cannot be made whole; what can be had is that nobody is told of it as of news for ever. A
loss that somebody accepted stays on record here, whatever becomes of the catalogue, and is shown as what it is. The
file is small: a line or two for each fault of a disk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from archive.atomic_file import write_atomically
from archive.errors import UsageError

_NAME = "losses.json"
_LARGEST = 64 << 20  # bytes


class LossKind(StrEnum):
    """What was lost."""

    WARC = "warc"  # a whole file
    BYTES = "bytes"  # a part of a file; with its end, what lay behind it
    ORIGINALS = "originals"  # records that revisits stand for


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something lost. `start` and `end` are bytes of the compressed file `warc`."""

    kind: LossKind
    at: datetime
    who: str
    why: str
    warc: str = ""
    start: int = 0
    end: int = 0
    captures: int = 0  # that lay in it, as far as the catalogue knew
    record_ids: tuple[str, ...] = ()  # of ORIGINALS
    returned_at: datetime | None = None  # it came back

    @property
    def is_open(self) -> bool:
        """Whether it is lost still."""
        return self.returned_at is None

    def covers(self, start: int, end: int) -> bool:
        """Whether these bytes are among what was lost."""
        return self.is_open and self.start <= start and end <= self.end


class Losses:
    """The losses on record, in the order they were noted."""

    def __init__(self, noted: Iterable[Loss] = ()) -> None:
        self.noted = tuple(noted)
        self._warcs = {loss.warc: loss for loss in self.noted if loss.kind is LossKind.WARC and loss.is_open}
        self._originals = {
            record_id: loss
            for loss in self.noted
            if loss.kind is LossKind.ORIGINALS and loss.is_open
            for record_id in loss.record_ids
        }

    @property
    def warcs(self) -> Mapping[str, Loss]:
        """Whole files that are lost, by name."""
        return self._warcs

    @property
    def originals(self) -> Mapping[str, Loss]:
        """Records that revisits stand for and that are lost, by record id."""
        return self._originals

    def of_bytes(self, warc: str) -> tuple[Loss, ...]:
        """What is lost of a file that is there."""
        return tuple(loss for loss in self.noted if loss.kind is LossKind.BYTES and loss.warc == warc and loss.is_open)

    def plus(self, more: Iterable[Loss]) -> Losses:
        """These and more; what is noted already is not noted again."""
        known = {_key(loss) for loss in self.noted if loss.is_open}
        new = {_key(loss): loss for loss in more}
        return Losses((*self.noted, *(loss for key, loss in new.items() if key not in known)))

    def told_anew(self, told: Loss) -> Losses:
        """These, one of them with another reason."""
        key = _key(told)
        return Losses(told if each.is_open and _key(each) == key else each for each in self.noted)

    def returned(self, back: Iterable[Loss], at: datetime) -> Losses:
        """These, some of them no longer lost."""
        gone = set(map(_key, back))
        return Losses(replace(loss, returned_at=at) if loss.is_open and _key(loss) in gone else loss
                      for loss in self.noted)  # fmt: skip


def _key(loss: Loss) -> tuple[object, ...]:
    return loss.kind, loss.warc, loss.start, loss.end, loss.record_ids


# --- the file ---


def read_losses(root: Path) -> Losses:
    """What is on record for the collection in `root`. Raises UsageError where its file is none of ours."""
    path = root / _NAME
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            raw = json.loads(file.read(_LARGEST))
        return Losses(map(_loss, raw["losses"]))
    except FileNotFoundError:
        return Losses()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} cannot be read ({type(error).__name__}: {error}): restore it from a backup, or move it away and "
            "accept the losses again"
        ) from error


def write_losses(root: Path, losses: Losses) -> None:
    """Put them on record, durably. Raises StorageError, DiskFull."""
    raw = {"losses": [_raw(loss) for loss in losses.noted]}
    write_atomically(root / _NAME, (json.dumps(raw, indent=1) + "\n").encode())


def _raw(loss: Loss) -> dict[str, object]:
    about: dict[str, object] = {"kind": loss.kind.value, "at": _instant(loss.at), "who": loss.who, "why": loss.why}
    match loss.kind:
        case LossKind.WARC:
            about |= {"warc": loss.warc, "captures": loss.captures}
        case LossKind.BYTES:
            about |= {"warc": loss.warc, "start": loss.start, "end": loss.end}
        case LossKind.ORIGINALS:
            about |= {"record_ids": list(loss.record_ids)}
    return about | ({"returned_at": _instant(loss.returned_at)} if loss.returned_at is not None else {})


def _loss(raw: Mapping[str, object]) -> Loss:
    record_ids, back = raw.get("record_ids", []), raw.get("returned_at")
    if not isinstance(record_ids, list):
        raise TypeError("record_ids is no list")
    return Loss(
        kind=LossKind(str(raw["kind"])),
        at=_read_instant(raw["at"]),
        who=str(raw["who"]),
        why=str(raw["why"]),
        warc=str(raw.get("warc", "")),
        start=int(str(raw.get("start", 0))),
        end=int(str(raw.get("end", 0))),
        captures=int(str(raw.get("captures", 0))),
        record_ids=tuple(map(str, record_ids)),
        returned_at=_read_instant(back) if back is not None else None,
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _read_instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)
