"""A server that was stopped, as by SIGSTOP, first obeys what came meanwhile."""

import signal
import socket
import ssl
import time
from contextlib import suppress
from pathlib import Path

import pytest

from .process import USER, Serving, eventually, folder, serving

LIMIT = "1.5"  # seconds
LONGER = 2.0


def stand_still(server: Serving) -> None:
    """The server is stopped, for longer than the limit, from here on until goes_on."""
    server.process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{server.process.pid}/stat")
    eventually(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")


def go_on(server: Serving) -> None:
    time.sleep(LONGER)  # the time itself is what the limit is about
    server.process.send_signal(signal.SIGCONT)


def test_a_session_is_not_idle_that_has_said_something(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--limit-idle", LIMIT) as server:
        client = server.logged_in()
        stand_still(server)
        client.send(b"DELE 1\r\n")
        go_on(server)
        assert client.line().startswith("+OK")
        assert client.ask("QUIT").startswith("+OK")
        assert client.closed()
    assert list((tmp_path / "drop").iterdir()) == []


def test_one_that_has_said_nothing_is(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--limit-idle", LIMIT) as server:
        client = server.logged_in()
        stand_still(server)
        go_on(server)
        assert client.closed()
        assert "end_reason=timeout" in server.log


def test_nor_is_a_login_late_that_has_begun(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--limit-login", LIMIT) as server:
        client = server.client()
        stand_still(server)
        client.send(b"USER ann\r\nPASS secret\r\nSTAT\r\n")
        go_on(server)
        assert [client.line()[:3] for _ in range(3)] == ["+OK"] * 3


def test_a_client_that_has_read_has_not_stalled(tmp_path: Path) -> None:
    big = b"x" * 1022 + b"\r\n"
    drop = folder(tmp_path / "drop", big * 20_000)
    with serving(drop, *USER, "--limit-stall", LIMIT) as server:
        client = server.logged_in()
        client.send(b"RETR 1\r\n")
        stand_still(server)
        client.socket.settimeout(0.2)
        octets = len(taken(client.socket))
        assert octets < len(big) * 20_000
        client.socket.settimeout(9)
        go_on(server)
        while octets < len(big) * 20_000:
            octets += len(client.socket.recv(1 << 20))


def taken(client: socket.socket) -> bytes:
    """All that there is now."""
    octets = b""
    with suppress(TimeoutError):
        while some := client.recv(1 << 20):
            octets += some
    return octets


def test_a_handshake_that_has_begun_is_not_late(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    words = ("--tls-self-signed", "--ca-out", ca, "--limit-handshake", LIMIT)
    with serving(folder(tmp_path / "drop"), *USER, *words) as server:
        client = server.client()
        assert client.ask("STLS").startswith("+OK")
        hello, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        trust = ssl.create_default_context(cafile=str(ca))
        ours = trust.wrap_bio(hello, said, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            ours.do_handshake()
        stand_still(server)
        client.send(said.read())
        go_on(server)
        while True:
            hello.write(client.socket.recv(65_536))
            shaken = is_shaken(ours)
            client.send(said.read())
            if shaken:
                break
        ours.write(b"NOOP\r\n")
        client.send(said.read())
        hello.write(client.socket.recv(65_536))
        assert ours.read(999).startswith(b"-ERR")


def is_shaken(ours: ssl.SSLObject) -> bool:
    try:
        ours.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def test_quit_within_the_grace_is_obeyed(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--grace", LIMIT) as server:
        client = server.logged_in()
        client.ask("DELE 1")
        server.signal(signal.SIGTERM)
        eventually(lambda: refuses(server))
        stand_still(server)
        client.send(b"QUIT\r\n")
        go_on(server)
        assert client.line().startswith("+OK")
        assert server.ended() == 0
    assert list((tmp_path / "drop").iterdir()) == []


def refuses(server: Serving) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), 1).close()
    except OSError:
        return True
    return False
