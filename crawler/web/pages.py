"""The pages that people look at."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from crawler.web.served import Served


def router(served: Served) -> APIRouter:
    """The overview."""
    made = APIRouter(include_in_schema=False)

    @made.get("/", response_class=HTMLResponse)
    def overview() -> str:
        with served.reading() as connection:
            (number,) = connection.exec_driver_sql("SELECT count(*) FROM events").one()
        return f"<!DOCTYPE html><html lang=en><title>sourcekeep</title><main><h1>{number} events</h1></main>"

    return made
