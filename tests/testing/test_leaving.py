"""Clients that stay, or go, when nobody would expect it."""

import poplib
import socket

import pytest

from pop3lab import Pop3Server

SECONDS = 10


def logged_in(server: Pop3Server) -> socket.socket:
    client = socket.create_connection(server.address, SECONDS)
    client.recv(1000)
    for line in (b"USER user\r\n", b"PASS password\r\n"):
        client.sendall(line)
        client.recv(1000)
    return client


@pytest.mark.parametrize("rule", [[], ["RETR -> close at=end"]])
def test_a_client_that_keeps_its_socket_after_the_end_of_tls(rule: list[str]) -> None:
    with Pop3Server(["Subject: x"], tls="implicit", quirks=rule) as server:
        box = poplib.POP3_SSL(*server.address, context=server.client_context(), timeout=SECONDS)
        box.user("user")
        box.pass_("password")
        kept = box.sock
        if rule:
            box.retr(1)
        else:
            box._shortcmd("QUIT")  # type: ignore[attr-defined]
        server.wait(commands={"RETR" if rule else "QUIT": 1})
    assert not server.errors
    kept.close()
    box.file.close()


@pytest.mark.parametrize("rule", ["RETR -> stall", "RETR -> half-close"])
def test_a_client_that_goes_in_a_stall_frees_the_maildrop(rule: str) -> None:
    with Pop3Server(["Subject: x"], quirks=[f"session=1 {rule}"]) as server:
        client = logged_in(server)
        client.sendall(b"RETR 1\r\n")
        client.sendall(b"NOOP\r\n" * 20_000)  # more than is kept
        client.close()
        server.wait_session(timeout=SECONDS)
        with logged_in(server) as second:
            second.sendall(b"STAT\r\n")
            assert second.recv(1000).startswith(b"+OK 1 ")
