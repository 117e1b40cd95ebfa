"""The HTTP server, in a thread and an event loop of its own: sessions never wait for it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from pop3lab.web.app import application
from pop3lab.web.context import WebContext
from pop3lab.web.live_events import LiveEvents

_KEEP_ALIVE = 5  # seconds that an idle connection is kept
_GRACE = 1  # seconds that requests get at the end
_MOST_CONNECTIONS = 512


class WebServer:
    """Serves an application until it is stopped."""

    def __init__(self, listener: socket.socket, app: ASGIApp, live: LiveEvents) -> None:
        """live: its streams end first, or the server would wait for them."""
        self._listener = listener
        self._live = live
        config = uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # not for each client that offers HTTP/2
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_GRACE,
            limit_concurrency=_MOST_CONNECTIONS,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._run, name="pop3lab-web", daemon=True)

    def start(self, beside: Callable[[], Awaitable[None]] | None = None) -> None:
        """Start the thread. beside: runs in its loop meanwhile."""
        self._beside = beside
        self._thread.start()

    def stop(self, *, wait: bool = True) -> None:
        """End all streams, then the server. wait: return when it has ended."""
        self._live.close()
        self._server.should_exit = True
        serving = self._thread.ident is not None
        if serving and not wait:
            return  # the thread closes its socket itself
        if serving:
            self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        beside = asyncio.ensure_future(self._beside()) if self._beside else None
        await self._server.serve([self._listener])
        if beside:
            beside.cancel()


def web_server(context: WebContext, listener: socket.socket) -> WebServer:
    """Return the HTTP server."""
    return WebServer(listener, application(context), context.live)
