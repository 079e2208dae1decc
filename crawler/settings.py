"""Scrapy's settings for sourcekeep: the only configuration there is.

What differs from Scrapy's defaults, and why, stands beside each line. sourcekeep's own knobs are settings too
(`SOURCEKEEP_*`); flags of the command line and `-s NAME=VALUE` override them. `crawler.options` is their typed view.
"""

from __future__ import annotations

BOT_NAME = "sourcekeep"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"

# --- sourcekeep's own ---

SOURCEKEEP_COLLECTION = "collection"  # folder of the collection
SOURCEKEEP_CONTACT = ""  # URL or mail address of the operator; goes into the User-Agent and each warcinfo
SOURCEKEEP_ALLOW_NETWORKS: list[str] = []  # CIDRs of loopback or private ranges that may be fetched from
SOURCEKEEP_RESOLVE: dict[str, str] = {}  # host name -> IP address, asked before DNS
SOURCEKEEP_CA_FILE = None  # PEM file of certificate authorities to trust besides those of the system
SOURCEKEEP_DELAY = 1.0  # seconds, floor of the pause between two requests to a host
SOURCEKEEP_MAX_DELAY = 30.0  # seconds, ceiling of the pause that a slow server earns
SOURCEKEEP_DELAY_FACTOR = 2.0  # pause = duration of the last request times this, within floor and ceiling
SOURCEKEEP_CRAWL_DELAY_MAX = 60.0  # seconds, a longer Crawl-delay of robots.txt counts as this
SOURCEKEEP_PER_HOST = 1  # requests in flight per host
SOURCEKEEP_HOSTS: dict[str, dict[str, float]] = {}  # host -> those of the four pauses above that are its own
SOURCEKEEP_TRIES = 3  # attempts per link and run
SOURCEKEEP_RETRY_WAIT = 5.0  # seconds before the second attempt; doubles with each further one
SOURCEKEEP_PATIENCE = 120.0  # seconds a run waits for links that are not due yet; later ones are left to the next run
SOURCEKEEP_REQUISITES = "page"  # what the sources need to be shown (images, styles ...): none, page, or all
SOURCEKEEP_REQUISITE_COUNT = 500  # requisites of one page, over all runs
SOURCEKEEP_REQUISITE_BYTES = 64 << 20  # payload kept of the requisites of one page, over all runs, and of each
SOURCEKEEP_REQUISITE_SECONDS = 600.0  # of fetching the requisites of one page, in one run
SOURCEKEEP_SLOW_AFTER = 5.0  # seconds; a longer transfer no longer holds one of the CONCURRENT_REQUESTS places
SOURCEKEEP_MOST_PAGES = 100_000  # pages of the site read in one run; the rest is left to the next
SOURCEKEEP_MOST_LINKS = 5_000  # links of one page of the site that are followed
SOURCEKEEP_MOST_CITATIONS = 2_000  # of one event that are fetched; the others are over_budget in the ledger
SOURCEKEEP_MOST_EMPTY_DAYS = 1_000  # day indexes in a row without an event; then such pages are followed no further
SOURCEKEEP_MOST_PER_HOST = 50_000  # requests to one host in one run, pages of the site apart; the rest is over_budget
SOURCEKEEP_MOST_PAGE_SECONDS = 10  # for the reading of one large event page, or of an answer that is checked
SOURCEKEEP_LIMIT_PAGES = 0  # answers kept in one run, after which it ends and leaves the rest to the next; 0: no limit
SOURCEKEEP_LIMIT_BYTES = 0  # of their payloads; a number, or a text like "10 GB"
SOURCEKEEP_LIMIT_TIME = 0  # seconds of fetching, or a text like "2h 30min"
SOURCEKEEP_DISK_RESERVE = 64 << 20  # bytes of the disk that stay free: a run ends before it takes them; 0: none do
SOURCEKEEP_KEEP_REPORTS = 0  # runs whose folders under runs/ are kept, the latest; 0: all
SOURCEKEEP_KEEP_REPORT_DAYS = 0  # days for which they are kept; 0: for ever
SOURCEKEEP_METRICS_FILE = ""  # where a run writes its metrics, for node_exporter's textfile collector (NAME.prom)
SOURCEKEEP_METRICS_PORT = 0  # where it serves /metrics and /healthz; 0: nowhere, and a run opens no listening socket
SOURCEKEEP_METRICS_HOST = "127.0.0.1"  # address of this machine for that port
SOURCEKEEP_STALL_AFTER = 600  # seconds without progress after which /healthz fails
SOURCEKEEP_JSON_LOG = ""  # file that takes the log as JSON lines, beside what is printed
SOURCEKEEP_JSON_LOG_SIZE = 10 << 20  # bytes after which the next one is begun
SOURCEKEEP_JSON_LOG_FILES = 5  # older ones that are kept
SOURCEKEEP_NOW = ""  # the time of checks, states and dues, if it is not the clock's: for replays of history
SOURCEKEEP_CONTROL_NAME = ""  # a host name that always resolves: whether it does tells dead names from a dead network
SOURCEKEEP_CHECK_BODY_MAX = 64 << 20  # bytes of body that a check takes; a longer one is no failure
SOURCEKEEP_JOB = "crawl"  # what a run is called in its record; spiders set it
# Asked by `recover` in this order; pause: seconds between requests.
SOURCEKEEP_ARCHIVES: dict[str, dict[str, object]] = {
    "Wayback Machine": {
        "kind": "wayback",
        "base": "https://web.archive.org",
        "availability": "https://archive.org",
        "pause": 3.0,  # its limit is 24 searches a minute
    },
    "Arquivo.pt": {"kind": "memento", "base": "https://arquivo.pt/wayback", "pause": 1.0},  # 250 requests a minute
    "Library of Congress": {"kind": "memento", "base": "https://webarchive.loc.gov/all", "pause": 4.0},
    "Archive-It": {"kind": "memento", "base": "https://wayback.archive-it.org/all", "pause": 4.0},
}
SOURCEKEEP_SAVE_BASE = "https://web.archive.org"  # of Save Page Now, for `recover --save`
SOURCEKEEP_SAVE_PAUSE = 6.0  # seconds between two requests to it
SOURCEKEEP_SLICE = 2000  # links leased from the frontier at once
SOURCEKEEP_WARC_SIZE = 1 << 30  # bytes after which a WARC is finished and the next one begun
SOURCEKEEP_WARC_PREFIX = "sourcekeep"
SOURCEKEEP_SPOOL_DIR = None  # where bodies above 256 KiB wait; the collection's own `spool` folder if None
SOURCEKEEP_RESPONSE_BODY_MAX = 2 << 20  # bytes of body a Scrapy callback sees; larger ones are on disk only
SOURCEKEEP_RECORD = True  # keep what came of a body that was cut off, marked truncated, instead of dropping it
SOURCEKEEP_EXCHANGE_SINK = "crawler.jobs:record_exchange"  # takes the exchanges nobody asked for (robots.txt)

# --- Scrapy's, changed ---

USER_AGENT = "sourcekeep/0.1 (news source archiving)"  # the job adds the operator's contact
DOWNLOAD_HANDLERS = {
    "http": "crawler.recorder.RecordingDownloadHandler",
    "https": "crawler.recorder.RecordingDownloadHandler",
    "file": None,  # links of hostile pages never read this machine's files
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER = "crawler.downloader.PoliteDownloader"
SCHEDULER = "crawler.scheduler.FrontierScheduler"
TWISTED_REACTOR_ENABLED = False  # plain asyncio: a third less CPU a request than through a reactor
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "en,zh;q=0.8,*;q=0.5",
    "Accept-Encoding": "gzip",  # replay tools cannot read zstd, and not all read br
}
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.FrontierMiddleware": 50,  # nearest the engine: sees what all the others made of a request
    "crawler.middlewares.RobotsMiddleware": 100,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}  # depth, referer, offsite and length are the frontier's business
ITEM_PIPELINES = {"crawler.pipelines.PagePipeline": 100}
EXTENSIONS_BASE: dict[str, int] = {}  # no telnet console, no remote control: a crawl opens no listening socket
EXTENSIONS = {"crawler.extensions.JobExtension": 0}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
COOKIES_ENABLED = False
ROBOTSTXT_OBEY = True  # by crawler.middlewares.RobotsMiddleware, after RFC 9309
CONCURRENT_REQUESTS = 64  # transfers at once, over all hosts
CONCURRENT_ITEMS = 1  # at 100 Scrapy starts a hundred tasks for each response
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 2 << 30
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = False  # an expired certificate must not cost us the article; the result is recorded
DOWNLOAD_FAIL_ON_DATALOSS = False  # what came is kept and marked truncated
DOWNLOAD_DELAY = 0  # pauses are ours: SOURCEKEEP_DELAY
LOG_LEVEL = "WARNING"
LOG_FORMATTER = "crawler.extensions.QuietLogFormatter"
STATS_DUMP = False
MEMUSAGE_ENABLED = False
