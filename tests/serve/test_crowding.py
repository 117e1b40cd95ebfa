"""Where connections run out, those longest without login go first."""

import resource
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from pop3lab.observe.transcript import parse

from .clients import Proxied, proxy_header, start_tls
from .process import Serving, eventually, serving

USERS = [word for name in "abcdefgh" for word in ("--user", f"{name}:secret")]
GENERATED = "gen:1?messages=2"
FEW = 48  # descriptors


def few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, FEW))


def test_the_one_longest_without_login_is_closed_without_a_word(tmp_path: Path) -> None:
    transcript = tmp_path / "transcript"
    words = ("--limit-connections", "3", "--transcript", transcript)
    with serving(GENERATED, *USERS, *words) as server:
        session, first, second = server.logged_in("a"), server.client(), server.client()
        first.ask("USER b")
        late = server.client()
        assert late.greeting.startswith("+OK")
        assert first.closed()
        assert second.ask("NOOP").startswith("-ERR")
        assert session.ask("STAT").startswith("+OK 2 ")
        assert "session=2" in server.log
        assert "end_reason=evicted" in server.log
        server.stop()
    told = [line.octets for line in parse(transcript.read_text()) if line.session == 2]
    assert b"session ended: evicted" in told


def test_where_all_are_logged_in_the_new_one_is_turned_away() -> None:
    with serving(GENERATED, *USERS, "--limit-connections", "3") as server:
        sessions = [server.logged_in(name) for name in "abc"]
        late = server.client()
        assert late.greeting.startswith("-ERR [SYS/TEMP] ")
        assert late.closed()
        assert all(one.ask("NOOP").startswith("+OK") for one in sessions)
        assert sessions[0].ask("QUIT").startswith("+OK")
        assert sessions[0].closed()
        assert server.client().greeting.startswith("+OK")


def test_one_whose_handshake_is_waited_for_goes_too(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    tls = ("--tls-port", "0", "--tls-self-signed", "--ca-out", ca)
    with serving(GENERATED, *USERS, *tls, "--limit-connections", "2") as server:
        address = ("127.0.0.1", server.tls_port)
        begun = server.client()
        assert begun.ask("STLS").startswith("+OK")
        with socket.create_connection(address, timeout=9) as silent:
            eventually(lambda: server.client().greeting.startswith("+OK"))
            assert begun.closed()
            late = server.client()
            assert silent.recv(99) == b""
        start_tls(late, ca)
        assert late.ask("NOOP").startswith("-ERR")
        eventually(lambda: server.log.count("end_reason=evicted") >= 2)
        assert "Traceback" not in server.log
        assert "not retrieved" not in server.log


def test_a_connection_whose_proxy_header_is_waited_for_is_one_of_them() -> None:
    words = ("--proxy-from", "127.0.0.0/8", "--limit-connections", "2")
    with serving(GENERATED, *USERS, *words) as server, ExitStack() as clients:
        silent = [clients.enter_context(connected(server)) for _ in range(4)]
        for one in silent[:2]:
            assert one.recv(99) == b""  # long before its 5 seconds are over
        session = clients.enter_context(Proxied(server.port, "127.0.0.1"))
        assert silent[2].recv(99) == b""
        session.ask("USER a")
        assert session.ask("PASS secret").startswith("+OK")
        silent[3].sendall(proxy_header("127.0.0.1"))
        assert silent[3].recv(99).startswith(b"+OK")


def test_all_logged_in_a_connection_that_is_announced_is_turned_away() -> None:
    words = ("--proxy-from", "127.0.0.0/8", "--limit-connections", "1")
    with (
        serving(GENERATED, *USERS, *words) as server,
        Proxied(server.port, "127.0.0.1") as session,
    ):
        session.ask("USER a")
        session.ask("PASS secret")
        with Proxied(server.port, "127.0.0.1") as late:
            assert late.greeting.startswith("-ERR [SYS/TEMP] ")
        assert session.ask("NOOP").startswith("+OK")


def connected(server: Serving) -> socket.socket:
    """Somebody who says nothing."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=4)


@pytest.mark.parametrize("proxied", [False, True])
def test_where_descriptors_run_out_somebody_who_logs_in_gets_in(proxied: bool) -> None:
    words = ("--proxy-from", "127.0.0.0/8") if proxied else ()
    header = proxy_header("127.0.0.1") if proxied else b""
    with (
        serving(GENERATED, *USERS, *words, preexec_fn=few_descriptors) as server,
        ExitStack() as clients,
    ):
        before = Proxied(server.port, "127.0.0.1") if proxied else server.client()
        before.ask("USER a")
        assert before.ask("PASS secret").startswith("+OK")
        for _ in range(3 * FEW):
            clients.enter_context(connected(server)).sendall(header)
        late = Proxied(server.port, "127.0.0.1") if proxied else server.client()
        late.ask("USER b")
        assert late.ask("PASS secret").startswith("+OK")
        assert late.body("RETR 1")
        assert before.ask("STAT").startswith("+OK 2 ")
        before.close()
        late.close()
        assert "end_reason=evicted" in server.log
