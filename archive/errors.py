"""The exceptions of sourcekeep, typed by whose fault it was (pure).

    SourcekeepError
    ├── UsageError              what was asked cannot be done: bad argument, bad configuration      exit 4
    │   └── NotACollection      the folder is no collection, or of a newer version
    ├── CollectionBusy          another run holds the collection                                    exit 5
    ├── CatalogueUnavailable    the database is out of reach                                        exit 8
    │   └── DamagedCatalogue    its file is damaged; it can be made again from the WARCs            exit 8
    ├── StorageError            the disk refused a read or a write: EIO, no right                   exit 3
    │   └── DiskFull            no room left                                                        exit 3
    └── DamagedRecord           a WARC record cannot be read; says file and offset                  exit 1

Expected bad news (a 404, a cut-off body) is a value, never an exception. Messages say what, where, and what to do.
"""

from __future__ import annotations


class SourcekeepError(Exception):
    """The root. `exit_code` is the process's, after design section 4.12."""

    exit_code = 1


class UsageError(SourcekeepError):
    """A bad argument or configuration."""

    exit_code = 4


class NotACollection(UsageError):
    """The folder is no collection of ours, or one of a newer version."""


class CollectionBusy(SourcekeepError):
    """Another run holds the collection."""

    exit_code = 5


class CatalogueUnavailable(SourcekeepError):
    """The catalogue's database is out of reach or damaged."""

    exit_code = 8


class DamagedCatalogue(CatalogueUnavailable):
    """The catalogue's file holds what no catalogue of ours does: `verify --repair` makes it again from the WARCs."""


class StorageError(SourcekeepError):
    """The disk refused; what is on it is whole, and the same command goes on once it is mended."""

    exit_code = 3


class DiskFull(StorageError):
    """No room left on the disk, or in a quota."""


class DamagedRecord(SourcekeepError):
    """A WARC record that cannot be read, with its file and offset."""


def is_of_the_disk(error: Exception) -> bool:
    """Whether reading a record failed because disk or system did not give it, which may pass; else it is damaged."""
    return isinstance(error, OSError) or isinstance(error.__cause__, OSError)
