"""Clients by hand that come through a proxy, or go under TLS."""

import socket
import ssl
import struct
from ipaddress import ip_address
from pathlib import Path

from tests.served import SECONDS, Client

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def proxy_header(source: str, port: int = 4711) -> bytes:
    """PROXY v2 for a client at this address."""
    address = ip_address(source)
    there = ip_address("::1" if address.version == 6 else "127.0.0.1")
    block = address.packed + there.packed + struct.pack("!HH", port, 110)
    return (
        SIGNATURE
        + struct.pack("!BBH", 0x21, 0x21 if address.version == 6 else 0x11, len(block))
        + block
    )


class Proxied(Client):
    """A client at any address: the tests are the proxy."""

    def __init__(self, port: int, source: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._file = self.socket.makefile("rb")
        self.log: list[str] = []
        self.send(proxy_header(source))
        self.greeting = self.line()


def start_tls(client: Client, ca: str | Path, most: str = "") -> ssl.SSLSocket:
    """STLS; the client goes on under TLS. most: "1.2" for that version."""
    assert client.ask("STLS").startswith("+OK"), client.log
    return under_tls(client, ca, most)


def under_tls(client: Client, ca: str | Path, most: str = "") -> ssl.SSLSocket:
    """The handshake."""
    trust = ssl.create_default_context(cafile=str(ca))
    if most == "1.2":
        trust.maximum_version = ssl.TLSVersion.TLSv1_2
    client._file.close()
    secured = trust.wrap_socket(client.socket, server_hostname="localhost")
    client.socket = secured
    client._file = secured.makefile("rb")
    return secured
