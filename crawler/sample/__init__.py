"""A sample news archive and the little internet it cites, all invented: for `sourcekeep demo` and for tests.

`materialise` writes the archive's pages into a folder; `SampleWeb` serves them and every article and image they cite,
on loopback, with the faults the real web has; `crawler.sample.expected` says what a right crawl of it finds.
"""

from crawler.sample.server import SampleWeb
from crawler.sample.site import HOSTS, materialise
from crawler.sample.traffic import Served

__all__ = ["HOSTS", "SampleWeb", "Served", "materialise"]
