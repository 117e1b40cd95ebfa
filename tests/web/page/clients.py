"""Clients that the page watches."""

import poplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from pop3lab import Pop3Server


def logged_in(server: Pop3Server) -> poplib.POP3:
    client = poplib.POP3(server.host, server.port, timeout=10)
    client.user("user")
    client.pass_("password")
    return client


def fetched(server: Pop3Server, *numbers: int) -> None:
    """A whole session that retrieves these messages."""
    client = logged_in(server)
    for number in numbers:
        client.retr(number)
    client.quit()


@contextmanager
def spoken(server: Pop3Server, *lines: bytes) -> Iterator[socket.socket]:
    """A connection on which each of these lines has its reply."""
    with socket.create_connection((server.host, server.port), timeout=10) as client:
        replies = client.makefile("rb")
        replies.readline()
        for line in lines:
            client.sendall(line)
            replies.readline()
        yield client
