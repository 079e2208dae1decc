"""How we fetch: Scrapy machinery, rules of behaviour, the command line. Imports the archive, never a spider."""

__version__ = "0.1.0"
