"""The download handler that keeps the bytes: Scrapy's requests go out here, and each attempt becomes an `Exchange`.

Captures below HTTP parsing, in both directions; over TLS what is kept is the plain HTTP. For Scrapy it is a download
handler like its own (same settings, meta keys, signals, exceptions). What it adds:

- **Exchanges.** Every attempt, also one that fails, gives one `archive.model.Exchange`, handed over before the response
  is returned or the exception raised: to the callable in `request.meta["sourcekeep_exchange"]`, else to the sink named
  by SOURCEKEEP_EXCHANGE_SINK. Whoever takes it closes its `body`. If nobody does, it is dropped.
- **SOURCEKEEP_RECORD** (default False): a body over DOWNLOAD_MAXSIZE, past DOWNLOAD_TIMEOUT or cut off by the server is
  kept as far as it came; its exchange says so in `truncated`, its response carries the flag "truncated". Switches on
  the address guard and the judging of certificates.
- **SOURCEKEEP_ALLOW_NETWORKS** (a list of CIDRs): what the address guard lets pass; where it is set, be it to nothing,
  the guard is on.
- **SOURCEKEEP_RESPONSE_BODY_MAX** (bytes, 16 MiB): a longer body is on disk only; the response has none and the flag
  "body_spooled". SOURCEKEEP_SPOOL_DIR: the folder for bodies above 256 KiB. SOURCEKEEP_RESOLVE: {name: address}.

Values of Authorization, Cookie and Proxy-Authorization are sent and never recorded; the exchange names such headers.
Response bodies are still content-encoded and no longer chunked. Refusals of ours raise `Refused`, an IgnoreRequest.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from scrapy.responsetypes import responsetypes

from archive.errors import StorageError, UsageError
from archive.model import Reason
from crawler.connection import Bind, Connection, Pool, Proxy, Route, TransportFailure
from crawler.dialer import Dialer, log_tls
from crawler.exchanges import Begun, Sent, exchange_of, failed_exchange, hand_over, sink_of
from crawler.guard import AddressGuard, allowed_networks, url_refusal
from crawler.intake import Intake, Keeping
from crawler.limits import size_of
from crawler.resolver import Resolver
from crawler.tls import TlsPolicy, TlsSettings
from crawler.watch import Sizes, Watch
from crawler.wire import Ending, Target, WireError, build_request

if TYPE_CHECKING:
    from collections.abc import ItemsView

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_RESPONSE_BODY_MAX = 16 << 20
_TELLING = (b"Content-Type", b"Content-Encoding", b"Content-Disposition")  # what Scrapy goes by for a response's class
_SECRET = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
_REMOVED = b"[removed]"
_SAFE_TWICE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})  # idempotent, RFC 9110 section 9.2.2


class Refused(IgnoreRequest):
    """A request we do not make: `reason` says why."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A request made ready: where it goes, what is sent, what of that is recorded, and until when (loop time)."""

    route: Route
    wire: bytes
    recorded: Sent
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """A request that went out on a connection, and what came back."""

    connection: Connection
    intake: Intake
    watch: Watch


class RecordingDownloadHandler(BaseDownloadHandler):
    """HTTP/1.1 over asyncio protocols. Needs a running asyncio loop, with or without Twisted's reactor."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._record = settings.getbool("SOURCEKEEP_RECORD")
        self._sizes = Sizes(most=settings.getint("DOWNLOAD_MAXSIZE"), warn=settings.getint("DOWNLOAD_WARNSIZE"))
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._fail_on_dataloss = settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        self._dataloss_warned = False
        self._bind = _bind_of(settings.get("DOWNLOAD_BIND_ADDRESS"))
        self._verbose_tls = settings.getbool("DOWNLOADER_CLIENT_TLS_VERBOSE_LOGGING")
        self._keeping = _keeping_of(settings)
        self._sink = sink_of(crawler)
        self._pool = Pool()
        self._resolver = Resolver(settings.getdict("SOURCEKEEP_RESOLVE"))
        self._dialer = Dialer(self._resolver, TlsPolicy(_tls_of(settings, judge=self._record)), _guard_of(settings))

    async def close(self) -> None:
        """Close what rests. What is under way ends with the requests it belongs to."""
        self._pool.close()
        await self._resolver.close()
        for _ in range(4):  # asyncio (TLS: twice) takes leave of an aborted connection in the loop's next turn
            await asyncio.sleep(0)

    async def download_request(self, request: Request) -> Response:
        """The response, once it is whole or all there will be of it."""
        loop = asyncio.get_running_loop()
        begun = Begun(url=request.url, at=datetime.now(UTC), clock=loop.time())
        try:
            plan = self._plan(request, begun)
            talk, begun = await self._converse(request, plan, begun)
        except TransportFailure as failure:
            hand_over(failed_exchange(begun, failure, loop.time()), request, self._sink)
            raise self._exception(request, failure.reason, str(failure)) from failure
        try:
            response = self._response(request, talk)
            exchange = exchange_of(begun, plan.recorded, talk.connection, talk.intake, loop.time())
        finally:
            talk.intake.close()
        hand_over(exchange, request, self._sink)
        return self._judged(request, talk, response)

    # --- out ---

    def _plan(self, request: Request, begun: Begun) -> _Plan:
        """Raises TransportFailure for what must not or cannot be asked."""
        if reason := url_refusal(request.url):
            raise TransportFailure(reason, f"{request.url} cannot be fetched")
        try:
            target, proxy = Target.of(request.url), _proxy_of(request)
            recorded, wire = _requests(request, target, proxy)
            if proxy is not None:
                self._dialer.judge(target.host)
        except WireError as error:
            raise TransportFailure(Reason.MALFORMED_URL, str(error)) from error
        return _Plan(
            route=Route.to(target, proxy, _bind_of(request.meta.get("bindaddress")) or self._bind),
            wire=wire,
            recorded=recorded,
            deadline=begun.clock + self._seconds(request),
        )

    def _seconds(self, request: Request) -> float:
        return float(request.meta.get("download_timeout") or self._timeout)

    async def _converse(self, request: Request, plan: _Plan, begun: Begun) -> tuple[_Talk, Begun]:
        """One exchange; a second one if a connection at rest turns out to have been closed meanwhile.

        The first is handed over then: its request was sent (RFC 9112 section 9.3.1 allows to send it again).
        """
        connection = self._pool.take(plan.route)
        if connection is not None:
            talk = await self._exchange(request, plan, connection)
            if not talk.intake.unanswered or request.method not in _SAFE_TWICE:
                return talk, begun
            clock = asyncio.get_running_loop().time()
            try:
                unanswered = exchange_of(begun, plan.recorded, talk.connection, talk.intake, clock)
            finally:
                talk.intake.close()
            hand_over(unanswered, request, self._sink)
            begun = Begun(url=request.url, at=datetime.now(UTC), clock=clock)
        connection = await self._open(request, plan)
        return await self._exchange(request, plan, connection), begun

    async def _open(self, request: Request, plan: _Plan) -> Connection:
        try:
            async with asyncio.timeout_at(plan.deadline):
                connection = await self._dialer.open(plan.route)
        except TimeoutError as error:
            text = f"Getting {request.url} took longer than {self._seconds(request)} seconds."
            raise TransportFailure(Reason.TIMEOUT, text) from error
        if self._verbose_tls:
            log_tls(connection)
        return connection

    async def _exchange(self, request: Request, plan: _Plan, connection: Connection) -> _Talk:
        meta = request.meta
        most = int(meta.get("download_maxsize", self._sizes.most))
        warn = int(meta.get("download_warnsize", self._sizes.warn))
        watch = Watch(self.crawler, request, Sizes(most=0 if self._record else most, warn=warn))
        limit = most if self._record and most else None
        intake = Intake(request.method, self._keeping, watch, body_limit=limit, judge=self._record)
        timer = asyncio.get_running_loop().call_at(plan.deadline, intake.expire)
        connection.start(plan.wire, intake)
        try:
            await intake.done
        except BaseException:
            intake.close()
            raise
        finally:
            timer.cancel()
            self._release(connection, intake)
        if isinstance(intake.failure, StorageError):
            intake.close()
            raise intake.failure
        return _Talk(connection=connection, intake=intake, watch=watch)

    def _release(self, connection: Connection, intake: Intake) -> None:
        if intake.framer.reusable and intake.failure is None and connection.is_usable:
            self._pool.give(connection)
        else:
            connection.release()
            connection.abort()

    # --- in ---

    def _response(self, request: Request, talk: _Talk) -> Response | None:
        """Scrapy's view of the answer; None if there is too little of one."""
        head, intake = talk.intake.head, talk.intake
        if head is None or not talk.watch.answered:
            return None
        body = intake.payload()
        flags = ["body_spooled"] if intake.is_spooled else []
        telling = {name: value for name in _TELLING if (value := head.get(name.lower())) is not None}
        kind = responsetypes.from_args(headers=telling, url=request.url, body=body)
        return kind(
            url=request.url,
            status=head.status,
            headers=head.headers,
            body=body,
            flags=flags,
            certificate=talk.connection.certificate,
            ip_address=talk.connection.address,
            protocol=head.protocol.upper(),
        )

    def _judged(self, request: Request, talk: _Talk, response: Response | None) -> Response:
        """The response, flagged, or the exception that takes its place."""
        if (failure := talk.intake.failure) is not None:
            return _stopped(failure, response)
        trouble = talk.intake.trouble
        if response is None:
            reason, text = trouble or (Reason.PROTOCOL_ERROR, "no answer")
            raise self._exception(request, reason, text)
        if trouble is None:
            return response
        if self._record:
            response.flags.append("truncated")
            return response
        return self._lossy(request, talk, response, trouble)

    def _lossy(self, request: Request, talk: _Talk, response: Response, trouble: tuple[Reason, str]) -> Response:
        """What Scrapy's own handlers make of an answer that is not whole."""
        if talk.intake.timed_out or talk.intake.reset or talk.intake.framer.ending is Ending.LIMIT:
            raise self._exception(request, *trouble)
        if not request.meta.get("download_fail_on_dataloss", self._fail_on_dataloss):
            response.flags.append("dataloss")
            return response
        if not self._dataloss_warned:
            logger.warning(_DATALOSS, request.url)
            self._dataloss_warned = True
        raise ResponseDataLossError(trouble[1])

    def _exception(self, request: Request, reason: Reason, text: str) -> Exception:
        """The exception by which Scrapy knows this reason."""
        match reason:
            case Reason.UNSUPPORTED_SCHEME:
                return UnsupportedURLSchemeError(text)
            case Reason.MALFORMED_URL | Reason.REFUSED_ADDRESS:
                return Refused(reason, text)
            case Reason.DNS_GONE | Reason.DNS_TEMP:
                return CannotResolveHostError(text)
            case Reason.CONN_REFUSED:
                return DownloadConnectionRefusedError(text)
            case Reason.TIMEOUT:
                return DownloadTimeoutError(f"Getting {request.url} took longer than {self._seconds(request)} seconds.")
            case _:
                return DownloadFailedError(text)


_DATALOSS = (
    "Got data loss in %s. If you want to process broken responses set the setting DOWNLOAD_FAIL_ON_DATALOSS = False"
    " -- This message won't be shown in further requests"
)


def _stopped(failure: BaseException, response: Response | None) -> Response:
    """The end of a download that a signal's receiver stopped; anything else that went wrong on the way is raised."""
    if not isinstance(failure, StopDownload) or response is None:
        raise failure
    response.flags.append("download_stopped")
    if failure.fail:
        failure.response = response
        raise failure
    return response


def _requests(request: Request, target: Target, proxy: Proxy | None) -> tuple[Sent, bytes]:
    """The request to record and the request to send: they differ by the values of secret headers alone."""
    given: ItemsView[bytes, list[bytes]] = dict.items(request.headers)  # its own `items` looks each name up again
    headers = [(name, value) for name, values in given for value in values if name != b"Proxy-Authorization"]
    by_proxy = proxy is not None and target.scheme == "http"
    if proxy is not None and by_proxy:
        headers.extend(proxy.headers)
    wire = build_request(request.method, target, headers, request.body, absolute=by_proxy)
    removed = tuple(sorted({lowered for name, _ in headers if (lowered := name.lower()) in _SECRET}))
    if not removed:
        return Sent(block=wire), wire
    open_headers = [(name, _REMOVED if name.lower() in _SECRET else value) for name, value in headers]
    block = build_request(request.method, target, open_headers, request.body, absolute=by_proxy)
    return Sent(block=block, removed=tuple(name.decode("ascii") for name in removed)), wire


def _proxy_of(request: Request) -> Proxy | None:
    url = str(request.meta.get("proxy") or "")
    try:
        return Proxy.of(url, request.headers.get(b"Proxy-Authorization")) if url else None
    except WireError as error:  # whose fault it is: not the link's
        scheme = url.partition("://")[0]
        raise UsageError(f"{scheme[:20]!r} begins no proxy we speak to: only http://host:port and https://") from error


def _bind_of(value: str | tuple[str, int] | None) -> Bind | None:
    return (value, 0) if isinstance(value, str) and value else (value or None)


def _keeping_of(settings: BaseSettings) -> Keeping:
    folder = settings.get("SOURCEKEEP_SPOOL_DIR")
    most = settings.getint("SOURCEKEEP_RESPONSE_BODY_MAX", _RESPONSE_BODY_MAX)
    reserve = size_of(settings.get("SOURCEKEEP_DISK_RESERVE") or 0)
    return Keeping(folder=Path(folder) if folder else None, for_response=most, leave_free=reserve // 2)


def _guard_of(settings: BaseSettings) -> AddressGuard | None:
    """The guard, wherever somebody said what it lets pass, be it nothing; none in another project's settings."""
    if settings.get("SOURCEKEEP_ALLOW_NETWORKS") is None and not settings.getbool("SOURCEKEEP_RECORD"):
        return None
    return AddressGuard(allowed_networks(settings.getlist("SOURCEKEEP_ALLOW_NETWORKS")))


def _tls_of(settings: BaseSettings, *, judge: bool) -> TlsSettings:
    return TlsSettings(
        verify=settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"),
        judge=judge,
        minimum=settings.get("DOWNLOAD_TLS_MIN_VERSION"),
        maximum=settings.get("DOWNLOAD_TLS_MAX_VERSION"),
        ciphers=settings.get("DOWNLOADER_CLIENT_TLS_CIPHERS"),
        ca_file=settings.get("SOURCEKEEP_CA_FILE") or None,
    )
