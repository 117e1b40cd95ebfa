"""A client certificate logs in, by EXTERNAL, and only where one can."""

import socket
import ssl
from pathlib import Path

import pytest
import trustme

from tests.serve.tls_server import tls_server

CAPA_END = b".\r\n"


def dialogue(port: int, context: ssl.SSLContext, *lines: bytes) -> list[bytes]:
    """The greeting, what CAPA says of SASL, and one answer for each line."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=15) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as wrapped,
        wrapped.makefile("rb") as file,
    ):
        file.readline()
        wrapped.sendall(b"CAPA\r\n")
        told = []
        while (line := file.readline()) != CAPA_END:
            told.append(line)
        answers = [line for line in told if line.startswith(b"SASL ")]
        for line in lines:
            wrapped.sendall(line + b"\r\n")
            answers.append(file.readline())
        return answers


@pytest.mark.parametrize("name", ["ann@example.org", "bob@example.org", None])
def test_p196_p243_external(tmp_path: Path, name: str | None) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "clients.pem")
    options = ("--user", "ann@example.org:secret", "--client-ca", str(tmp_path / "clients.pem"))
    with tls_server(tmp_path, *options) as (port, context):
        if name:
            leaf = authority.issue_cert(name)
            leaf.private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
            context.load_cert_chain(tmp_path / "client.pem")
        sasl, answer, state = dialogue(port, context, b"AUTH EXTERNAL =", b"STAT")
    known = name == "ann@example.org"
    assert (b" EXTERNAL" in sasl) == known
    assert answer.startswith(b"+OK" if known else b"-ERR")
    assert state.startswith(b"+OK" if known else b"-ERR")
