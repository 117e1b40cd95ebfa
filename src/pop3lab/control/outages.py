"""Outages of a server, made on purpose: it refuses clients, or is silent, until it resumes."""

import os
from collections.abc import Callable, Sequence
from socket import (
    AF_INET6,
    IPPROTO_IPV6,
    IPV6_V6ONLY,
    SHUT_RDWR,
    SO_REUSEADDR,
    SOL_SOCKET,
    socket,
)

from pop3lab.server import Server
from pop3lab.transport.listen import BACKLOG
from pop3lab.transport.listener import ListeningSocket

SERVING, PAUSED, REFUSING = "serving", "paused", "refusing"


class Outages:
    """Accepts the clients of a server, or not. For the loop that serves only.

    state: what it does now.
    """

    def __init__(self, server: Server, listening: Sequence[ListeningSocket]) -> None:
        self.server = server
        self._listening = listening
        self._accepting: list[Callable[[], None]] = []
        self.state = SERVING

    def begin(self) -> None:
        """Accept clients, including those that wait."""
        for one in self._listening:
            copy = socket(fileno=os.dup(one.socket.fileno()))
            self._accepting.append(self.server.accept(one._replace(socket=copy)))

    def pause(self) -> None:
        """Let the kernel accept clients, and do not answer them. Open sessions go on."""
        self.resume()
        self._end()
        self.state = PAUSED

    def refuse(self) -> None:
        """Refuse clients; the ports stay bound. Open sessions go on."""
        self.resume()
        self._end()
        self._listening = [one._replace(socket=_bound_alike(one)) for one in self._listening]
        self.state = REFUSING

    def resume(self) -> None:
        """Answer clients again, including those that wait. Raises OSError."""
        if self.state == REFUSING:
            for one in self._listening:
                one.socket.listen(BACKLOG)
        if self.state != SERVING:
            self.state = SERVING
            self.begin()

    def _end(self) -> None:
        accepting, self._accepting = self._accepting, []
        for end in accepting:
            end()


def _bound_alike(listening: ListeningSocket) -> socket:
    """Close a listening socket; return one that is bound to the same port, and does not listen."""
    closing = listening.socket
    bound = socket(closing.family, closing.type)
    bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    if closing.family == AF_INET6:
        bound.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    address = closing.getsockname()
    closing.shutdown(SHUT_RDWR)  # a copy of it may stay
    closing.close()
    bound.bind(address)
    return bound
