"""A collection's sourcekeep.toml: read from its folder, and laid under the flags and over the defaults."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import UsageError
from crawler.configuration import FILE_NAME, Configuration, ConfigurationMistaken, Mistake, read_configuration
from crawler.configuration_keys import PATHS
from crawler.source import is_address
from crawler.toml_places import Place

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

MOST_BYTES = 1 << 20
PRIORITY = 25  # over Scrapy's "project" (our defaults), under "spider" and "cmdline"


def text_of(collection: Path) -> str | None:
    """The text of the collection's file; None if it has none. Raises UsageError for what cannot be read."""
    path = collection.expanduser().absolute() / FILE_NAME
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = "it is a symbolic link; put the file itself there" if error.errno == errno.ELOOP else error.strerror
        raise UsageError(f"{path} cannot be read: {why}") from error
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path} is longer than {MOST_BYTES:,} bytes, which is no configuration of ours")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise ConfigurationMistaken(str(path), [Mistake(Place(line, column), "this is no UTF-8 text")]) from error


def configured(collection: Path) -> Configuration:
    """What the collection's file says; nothing, if it has none. Raises UsageError with every mistake in it."""
    content = text_of(collection)
    if content is None:
        return Configuration()
    return read_configuration(content, str(collection / FILE_NAME))


def lay_under(settings: BaseSettings) -> None:
    """Give `settings` what the file of their collection says, below the flags. Raises UsageError."""
    collection = Path(str(settings["SOURCEKEEP_COLLECTION"]))
    root = collection.expanduser().absolute()
    for given in configured(collection).settings:
        value = (
            str(root / Path(str(given.value)).expanduser()) if given.setting in PATHS and given.value else given.value
        )
        settings.set(given.setting, value, priority=PRIORITY)


def sites_of(configuration: Configuration, collection: Path) -> tuple[str, ...]:
    """The sites of the file: addresses, and absolute paths of folders, which are meant from the file's folder."""
    root = collection.expanduser().absolute()
    return tuple(
        site if is_address(site) or "://" in site else str(root / Path(site).expanduser())
        for site in configuration.sites
    )
