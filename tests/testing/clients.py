"""Clients as a test has them."""

import poplib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pop3lab import Pop3Server

SECONDS = 10  # that a client waits for an answer


@contextmanager
def logged_in(server: "Pop3Server", user: str = "") -> Iterator[poplib.POP3]:
    """A session in TRANSACTION that ends with QUIT."""
    client = connected(server)
    client.user(user or server.user)
    client.pass_(server.password)
    try:
        yield client
    finally:
        client.quit()


def connected(server: "Pop3Server") -> poplib.POP3:
    """A client that has been greeted, under TLS if the server has it."""
    host, port = server.address
    if server.url.startswith("pop3s:"):
        return poplib.POP3_SSL(host, port, timeout=SECONDS, context=server.client_context())
    return poplib.POP3(host, port, timeout=SECONDS)


def fetch(server: "Pop3Server", *, delete: bool = False) -> list[bytes]:
    """All messages, by the book."""
    texts = []
    with logged_in(server) as client:
        for number in range(1, client.stat()[0] + 1):
            texts.append(b"".join(line + b"\r\n" for line in client.retr(number)[1]))
            if delete:
                client.dele(number)
    return texts
