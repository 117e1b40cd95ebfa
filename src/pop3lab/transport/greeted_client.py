"""Clients that a server takes over."""

from socket import socket
from typing import NamedTuple

from pop3lab.core.maildrop import Store


class GreetedClient(NamedTuple):
    """A client that was accepted and greeted before there was a server.

    store: as this client saw it when it was greeted.
    """

    socket: socket
    peer: str
    timestamp: str
    store: Store
