"""Connections to a server to which a reply refers."""

import socket
from urllib.parse import urlsplit

from pop3lab.checking.elsewhere import Elsewhere


def test_connections_are_counted() -> None:
    with Elsewhere() as elsewhere:
        assert elsewhere.connections == 0  # it does not listen yet
        port = urlsplit(elsewhere.url).port
        assert elsewhere.connections == 0
        for _ in range(2):
            socket.create_connection(("127.0.0.1", port)).close()
        assert elsewhere.connections == 2
