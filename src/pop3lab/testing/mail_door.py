"""How mail gets into a server under test: a listener in the loop that serves."""

import asyncio
from contextlib import suppress
from socket import socket

from pop3lab.smtp.mail_server import MailServer
from pop3lab.smtp.post_office import MailParts
from pop3lab.smtp.recipients import Recipients
from pop3lab.testing.accounts import CurrentOptions
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.transport.listen import listen
from pop3lab.transport.tls import Tls

_NAMES = {"localhost": "127.0.0.1"}
_SECONDS = 5.0


class MailDoor:
    """The door: open from start to stop, each time at a free port unless one is given."""

    def __init__(
        self,
        service: ServerLifecycle,
        options: CurrentOptions,
        host: str,
        port: int,
        catch_all: str | None,
    ) -> None:
        """port: 0 for a free one. Raises ConfigError if a library is missing."""
        self._service = service
        self._options = options
        self._host = _NAMES.get(host, host)
        self._wanted = port
        self._port = 0
        self._open = False
        recipients = Recipients(
            lambda name: name in options.now.users,
            lambda: list(options.now.users),
            any_user=options.now.any_user,
            catch_all=catch_all,
        )
        self._parts = MailParts(
            options.store,
            recipients,
            lambda: options.now.accounts,
            lambda: service.instance.rules,
            self._tls,
            lambda: service.instance.events,
            options.now.bounds,
        )
        self._server = MailServer(self._parts)

    def _tls(self) -> Tls | None:
        certificates = self._options.now.certificates(self._host)
        return certificates("") if certificates else None

    @property
    def port(self) -> int:
        """The port. Raises RuntimeError before the start."""
        if not self._port:
            raise RuntimeError("the server takes no mail yet: use `with`, or start()")
        return self._port

    @property
    def url(self) -> str:
        """The URL. Raises RuntimeError before the start."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'smtps' if self._secure else 'smtp'}://{host}:{self.port}"

    @property
    def _secure(self) -> bool:
        return self._options.now.tls == "implicit"

    def open(self) -> None:
        """Take mail until close(). Clients that connect at once wait for the loop.

        Raises OSError.
        """
        if self._open:
            return
        loop = self._service.loop
        assert loop
        listener = socket(fileno=listen(self._host, self._wanted).detach())
        self._port = listener.getsockname()[1]
        self._server = MailServer(self._parts)
        asyncio.run_coroutine_threadsafe(self._server.listen(listener, secure=self._secure), loop)
        self._open = True

    def close(self) -> None:
        """Reset all connections; return when they are closed, but in the loop itself earlier."""
        loop, was_open, self._open = self._service.loop, self._open, False
        if not (was_open and loop and loop.is_running()):
            return
        stopping = asyncio.run_coroutine_threadsafe(self._server.stop(), loop)
        if not self._service.is_within:
            with suppress(TimeoutError):
                stopping.result(_SECONDS)
