"""Outages of a server, made on purpose: it refuses clients, or is silent, until it resumes."""

import os
from collections.abc import Callable, Sequence
from socket import SHUT_RDWR, socket

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
        for one in self._listening:
            one.socket.shutdown(SHUT_RDWR)
        self.state = REFUSING

    def resume(self) -> None:
        """Answer clients again, including those that wait."""
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
