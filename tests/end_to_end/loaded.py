"""What a forked run finds loaded: all a crawl needs, and nothing begun."""
# ruff: noqa: F401

import alembic.command
import alembic.config
import scrapy.core.engine
import scrapy.crawler

import crawler.commands.crawl
import crawler.extensions
import crawler.jobs
import crawler.middlewares
import crawler.pipelines
import crawler.recorder
import crawler.scheduler
import spiders.events
