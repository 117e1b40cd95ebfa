"""Waits of requests, which end with the request and with the server."""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.requests import Request

from pop3lab.web.context import context_of
from pop3lab.web.live_events import LiveReader
from pop3lab.web.problems import RequestProblem

_T = TypeVar("_T")


async def while_connected(request: Request, wait: Coroutine[Any, Any, _T]) -> _T:
    """Return the result; give up when the client has left or the server stops.

    Raises RequestProblem if it has given up.
    """
    live = context_of(request).live
    waiting = asyncio.ensure_future(wait)
    others = [asyncio.ensure_future(each) for each in (_left(request), LiveReader(live).closed())]
    done, rest = await asyncio.wait([waiting, *others], return_when=asyncio.FIRST_COMPLETED)
    for each in rest:
        each.cancel()
    if waiting not in done:
        raise RequestProblem(HTTPStatus.SERVICE_UNAVAILABLE, "the server stops")
    return waiting.result()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
