"""The application: which routers there are, and what holds for every answer.

A router is made by a function `router(served: Served) -> APIRouter`, listed in `_ROUTERS`. Routes that read the
catalogue are plain functions: FastAPI runs them in threads.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from archive.collection import Collection
from crawler import __version__
from crawler.web import cdx_server, json_api, pages, replay_frame, timegate, timemap, wasapi
from crawler.web.options import Options
from crawler.web.problems import add_handlers
from crawler.web.replay import ReplaySite
from crawler.web.safety import Safety
from crawler.web.served import Served

_ROUTERS: tuple[Callable[[Served], APIRouter], ...] = (
    pages.router,
    json_api.router,
    cdx_server.router,
    replay_frame.router,
    timegate.router,
    timemap.router,
    wasapi.router,
)


def create_app(collection: Collection, options: Options) -> FastAPI:
    """The application that serves `collection`. It reads only; `app.state.served` is closed when it shuts down.

    Raises NotACollection, CatalogueUnavailable.
    """
    served = Served(collection, options)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        served.refresher.start()
        served.supply.workers.submit(len, "")  # the first one takes a second to come up
        yield
        served.close()

    app = FastAPI(
        title="sourcekeep",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.served = served
    add_handlers(app)
    for router in _ROUTERS:
        app.include_router(router(served))
    app.add_middleware(Safety, options=options)
    app.add_middleware(ReplaySite, served=served)  # first of all: what is for the other name is not for us
    return app
