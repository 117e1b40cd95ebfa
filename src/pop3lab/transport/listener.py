"""Accepting clients: as they come, under TLS, or announced by a proxy."""

import errno
import sys
from _socket import socket
from asyncio import TimerHandle
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pop3lab.core.errors import Refused
from pop3lab.core.maildrop import Store
from pop3lab.transport.connection_limits import ConnectionLimits
from pop3lab.transport.listen import BACKLOG
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.sockets import octets_have_come, send_at_once
from pop3lab.transport.timeouts import Deadline

if TYPE_CHECKING:
    from pop3lab.transport.proxy_protocol import Network

_HEADER = 5.0  # seconds that a proxy may take to say whom it speaks for
_AGAIN = 0.1  # seconds until the next try where accepting failed
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_SPARE = 32  # descriptors that are kept, if possible, for what clients who log in need


class ListeningSocket(NamedTuple):
    """A listening socket. tls: from the first octet. proxies: who begins with a PROXY header."""

    socket: socket
    tls: bool = False
    proxies: "Sequence[Network]" = ()


class GreetedClient(NamedTuple):
    """A client that was accepted and greeted before there was a server.

    store: as this client saw it when it was greeted.
    """

    socket: socket
    peer: str
    timestamp: str
    store: Store


# Serves a client, given its address and whether TLS comes first.
ServeClient = Callable[[socket, str, bool], object]


class Acceptor:
    """Takes what the kernel has accepted on one socket, until it is ended.

    limits: all who are connected, of whom some may have to go for new ones; those who are served
    enter it themselves.
    """

    def __init__(
        self,
        listening: ListeningSocket,
        serve: ServeClient,
        reactor: Reactor,
        limits: ConnectionLimits | None = None,
    ) -> None:
        if listening.proxies:
            import pop3lab.transport.proxy_protocol  # noqa: F401 - now, as descriptors may be exhausted later
        self._listener = listener = listening.socket
        self._kind = int(listener.family), int(listener.type), listener.proto
        self._descriptor = listener.fileno()
        self._listening = listening
        self._serve = serve
        self._reactor = reactor
        self._limits = limits or ConnectionLimits()
        self._announcing: set[_ProxiedConnection] = set()
        self._again: TimerHandle | None = None
        self._first_spared = 0  # descriptor, when it was last asked
        self._inherits = False  # a client what is set here: those do not who have come before
        send_at_once(listener)
        listener.setblocking(False)
        listener.listen(BACKLOG)
        self._begin()

    def _begin(self) -> None:
        self._again = None
        self._reactor.set_reader(self._descriptor, self._readable)

    def _readable(self) -> None:
        """Accept one client: whoever else is ready has a turn in between. At first accept all."""
        while self.accept() and not self._inherits:
            pass

    def end(self) -> None:
        """No more clients; those who were accepted are served, if it is known who they are."""
        if self._again:
            self._again.cancel()
        for announcing in tuple(self._announcing):
            announcing.evict()
        self._reactor.set_reader(self._descriptor, None)  # a copy of it may stay
        self._listener.close()

    def accept(self) -> bool:
        """Accept one client, if there is one."""
        try:
            connection, address = self._accept()
        except BlockingIOError:
            self._inherits = True
            return False
        except (InterruptedError, ConnectionError):  # it is gone again
            return False
        except OSError as error:
            self._failed(error)
            return False
        connection.setblocking(False)
        if not self._inherits:
            send_at_once(connection)
        if connection.fileno() >= self._first_spared:
            self._spare(connection.fileno())
        self._take(connection, *address)
        return True

    def _accept(self) -> tuple[socket, tuple[str, int]]:
        """As socket.accept does, which would find out anew for each of what kind it is."""
        descriptor, address = self._listener._accept()  # type: ignore[attr-defined]
        return socket(*self._kind, descriptor), address[:2]

    def _spare(self, descriptor: int) -> None:
        """Ask anew, as the limit may have been raised; at each client would be a system call."""
        self._first_spared = _descriptors()
        if descriptor >= self._first_spared:
            self._limits.make_room()

    def _failed(self, error: OSError) -> None:
        """The client waits in the backlog. One that is evicted has closed before the next try."""
        if error.errno == errno.EINVAL:  # whoever owns the socket has shut it
            self._reactor.set_reader(self._descriptor, None)
            return
        if error.errno in _EXHAUSTED and self._limits.make_room():
            return
        loop = self._reactor.loop
        loop.call_exception_handler(
            {"message": "socket.accept() out of system resource", "exception": error}
        )
        self._reactor.set_reader(self._descriptor, None)
        if self._again:
            self._again.cancel()
        self._again = loop.call_later(_AGAIN, self._begin)

    def _take(self, connection: socket, host: str, port: int) -> None:
        if self._listening.proxies:
            from pop3lab.transport.proxy_protocol import is_listed

            if is_listed(host, self._listening.proxies):
                self._hear(connection)
                return
        self._serve(connection, f"{host}:{port}", self._listening.tls)

    def _hear(self, connection: socket) -> None:
        """Read the header, no octet more, then go on as with any other client."""

        def heard(peer: str | None) -> None:
            self._limits.leave(announcing)
            self._announcing.discard(announcing)
            if peer is None:
                connection.close()
            else:
                self._serve(connection, peer, self._listening.tls)

        announcing = _ProxiedConnection(connection, self._reactor, heard)
        self._limits.enter(announcing)
        self._announcing.add(announcing)
        announcing.begin()


class _ProxiedConnection:
    """A connection whose proxy has yet to say whom it speaks for.

    heard: told the client's address and port, nothing if the connection is the proxy's own, None if
    it is to be closed.
    """

    is_protected = False

    def __init__(
        self, connection: socket, reactor: Reactor, heard: Callable[[str | None], None]
    ) -> None:
        from pop3lab.transport.proxy_protocol import HeaderReader

        self._connection = connection
        self._reactor = reactor
        self._heard: Callable[[str | None], None] | None = heard
        self._reader = HeaderReader()

    def begin(self) -> None:
        self._limit = Deadline(
            self._reactor.deadlines,
            _HEADER,
            self.evict,
            lambda: octets_have_come(self._connection),
        )
        self._reactor.set_reader(self._connection.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            data = self._connection.recv(self._reader.missing)
            found = self._reader.feed(data)
        except (BlockingIOError, InterruptedError):
            return
        except (Refused, OSError):
            self._end(None)
            return
        if not data:
            self._end(None)
        elif found:
            source = found[0].source
            self._end(f"{source.host}:{source.port}" if source else "")

    def evict(self) -> None:
        """Wait no longer."""
        self._end(None)

    def _end(self, peer: str | None) -> None:
        heard, self._heard = self._heard, None
        if heard:
            self._limit.cancel()
            self._reactor.set_reader(self._connection.fileno(), None)
            heard(peer)


if sys.platform == "win32":

    def _descriptors() -> int:
        """The first one that is spared: none, as descriptors are no numbers of open files there."""
        return sys.maxsize

else:
    import resource

    def _descriptors() -> int:
        """The first one that is spared."""
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return most - min(_SPARE, most // 8)
