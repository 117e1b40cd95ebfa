"""Clients of a test: whoever connects is served as the test says."""

import _socket
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pop3lab.transport.listener import Acceptor, ListeningSocket
from pop3lab.transport.reactor import Reactor, reactor_here

Serve = Callable[[_socket.socket, Reactor], object]


@contextmanager
def serving(serve: Serve, kernel: int = 0) -> Iterator[int]:
    """The port where clients are served, in the loop that runs.

    kernel: octets that it may hold for sending.
    """
    listener, reactor = socket.create_server(("127.0.0.1", 0)), reactor_here()
    if kernel:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, kernel)

    def take(client: _socket.socket, peer: str, secure: bool) -> None:
        serve(client, reactor)

    acceptor = Acceptor(ListeningSocket(listener), take, reactor)
    try:
        yield listener.getsockname()[1]
    finally:
        acceptor.end()
