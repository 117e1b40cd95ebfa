"""Live events as Server-Sent Events."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pop3lab.web.context import context_of
from pop3lab.web.live_events import LiveEvent, LiveReader
from pop3lab.web.problems import RequestProblem
from pop3lab.web.queries import number_in

MOST_STREAMS = 64
_ALIVE = 15.0  # seconds of silence after which a comment tells that the stream is alive
_REST = 0.05  # seconds in which events gather, so that many are sent at once
_RETRY = b"retry: 1000\n\n"


async def stream_events(request: Request) -> Response:
    """Answer with a stream of events until the client leaves or the server stops."""
    live = context_of(request).live
    if live.readers >= MOST_STREAMS:
        told = f"{MOST_STREAMS} streams of events are open: close one of them"
        raise RequestProblem(HTTPStatus.SERVICE_UNAVAILABLE, told)
    session = number_in(request, "session")
    kinds = {kind for kind in request.query_params.get("kinds", "").split(",") if kind}
    reader = LiveReader(live, _last_id(request))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _octets(reader, session, kinds)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


def _last_id(request: Request) -> int | None:
    told = request.headers.get("last-event-id", "")
    return int(told) if told.isdecimal() else number_in(request, "after")


async def _octets(
    reader: LiveReader, session: int | None, kinds: Collection[str]
) -> AsyncIterator[bytes]:
    yield _RETRY
    async with aclosing(reader.batches(_ALIVE)) as batches:
        async for batch in batches:
            wanted = [event for event in batch if _is_wanted(event, session, kinds)]
            if wanted:
                yield b"".join(map(_shown, wanted))
                await asyncio.sleep(_REST)
            elif not batch:
                yield b": alive\n\n"


def _is_wanted(event: LiveEvent, session: int | None, kinds: Collection[str]) -> bool:
    if not event.number:
        return True
    return (not kinds or event.kind in kinds) and session in (None, event.session)


def _shown(event: LiveEvent) -> bytes:
    number = f"id: {event.number}\n" if event.number else ""
    return f"{number}event: {event.kind}\ndata: {json.dumps(event.data)}\n\n".encode("ascii")
