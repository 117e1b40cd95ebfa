"""What clients may not do, and that others do not suffer from it."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from pop3lab.auth.users_file import make_entry
from pop3lab.core.config import BOUNDS

from .clients import proxy_header, start_tls
from .process import USER, Serving, eventually, folder, serving

FEW = 40  # descriptors
BIG = b"x" * 1022 + b"\r\n"


def test_other_protocols_are_closed_at_once(tmp_path: Path) -> None:
    lines = ["GET / HTTP/1.1", "POST /x HTTP/1.1", "CONNECT a:1 HTTP/1.0", "EHLO me", "Host: a"]
    with serving(folder(tmp_path / "drop"), *USER) as server:
        for line in lines:
            client = server.client()
            client.send(f"{line}\r\n".encode() + b"USER ann\r\n")
            assert client.closed(), line
            server.logged_in().ask("QUIT")


@pytest.mark.parametrize("end", ["least", "most"])
def test_with_all_limits_at_one_end_a_client_logs_in(end: str, tmp_path: Path) -> None:
    """Beside the logins that are waited for, of which there is one at least."""
    words = [
        word
        for name, bound in BOUNDS.items()
        for word in (f"--limit-{name.replace('_', '-')}", f"{getattr(bound, end):.10g}")
    ]
    with serving(folder(tmp_path / "drop"), *USER, *words) as server:
        client = server.client()
        client.send(b"USER ann\r\nPASS secret\r\n")
        assert client.line().startswith("+OK")
        assert client.line().startswith("+OK")


SHARED = ("delay-addresses", "hash-threads", "hashes-waiting", "connections", "connections-address")


def test_with_the_least_of_what_all_sessions_share_a_client_logs_in(tmp_path: Path) -> None:
    least = [word for name in (*SHARED, "tls-buffer") for word in (f"--limit-{name}", "1")]
    users, ca = tmp_path / "users", tmp_path / "ca.pem"
    users.write_text(make_entry("ann", "secret", scheme="SHA512-CRYPT") + "\n")
    tls = ("--users-file", users, "--tls-self-signed", "--ca-out", ca)
    with serving(folder(tmp_path / "drop"), *tls, *least) as server:
        client = server.client()
        start_tls(client, ca)
        assert client.ask("USER ann").startswith("+OK")
        assert client.ask("PASS secret").startswith("+OK")


def test_handshakes_logins_and_idle_sessions_end_when_their_times_are_over(tmp_path: Path) -> None:
    """The longer the time, the later: what has more is still answered when what has less ends."""
    times = ("--limit-handshake", "0.3", "--limit-login", "1.2", "--limit-idle", "2.4")
    tls = ("--tls-port", "0", "--tls-self-signed")
    with serving(folder(tmp_path / "drop"), *USER, *tls, *times) as server:
        session, stranger = server.logged_in(), server.client()
        assert session.ask("DELE 1").startswith("+OK")
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=9) as silent:
            assert silent.recv(99) == b""
        assert stranger.ask("USER ann").startswith("+OK")
        assert stranger.closed()
        assert session.ask("NOOP").startswith("+OK")
        assert session.closed()
        assert server.logged_in().ask("STAT") == "+OK 1 16"


@pytest.mark.parametrize(
    ("limit", "refused"),
    [("--limit-bad-logins", "PASS wrong"), ("--limit-bad-before", "NONSENSE")],
)
def test_too_many_refusals_before_login(limit: str, refused: str, tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, limit, "2") as server:
        client = server.client()
        for _ in range(2):
            if refused.startswith("PASS"):
                client.ask("USER ann")
            assert client.ask(refused).startswith("-ERR")
        assert client.closed()


def test_too_many_refusals_in_a_row_after_login(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--limit-bad-after", "3") as server:
        client = server.logged_in()
        for command in ("LIST 9", "LIST 9", "NOOP", "LIST 9", "LIST 9", "RETR 9"):
            client.ask(command)
        assert client.closed()


def test_long_lines_are_refused_and_endless_ones_closed(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--limit-drain", "20000") as server:
        client = server.client()
        assert client.ask("USER " + "x" * 600).startswith("-ERR")
        assert client.ask("USER ann").startswith("+OK")
        client.send(b"x" * 50_000)
        assert client.line().startswith("-ERR")
        assert client.closed()


@pytest.mark.parametrize("limits", [("--limit-rate", "0"), ("--limit-rate", "100000000")])
def test_who_does_not_read_is_reset(limits: tuple[str, str], tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop", BIG * 30_000)
    with serving(drop, *USER, "--limit-stall", "0.5", *limits) as server:
        client = server.logged_in()
        client.send(b"RETR 1\r\n")
        if limits[1] == "0":
            eventually(lambda: " session_ended " in server.log)
        else:  # it reads, but too slowly
            eventually(lambda: client.socket.recv(4096) != b"" and " session_ended " in server.log)
        assert "end_reason=stalled" in server.log
        assert server.logged_in().ask("STAT").startswith("+OK 1 ")


def test_a_tls_handshake_takes_no_longer_than_the_limit(tmp_path: Path) -> None:
    words = ("--tls-port", "0", "--tls-self-signed", "--limit-handshake", "0.5")
    with serving(folder(tmp_path / "drop"), *USER, *words) as server:
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=9) as silent:
            assert silent.recv(99) == b""
        client = server.client()
        assert client.ask("STLS").startswith("+OK")
        assert client.closed()


def few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, FEW))


@dataclass(frozen=True)
class Cramped:
    """A server with few descriptors, and what its clients begin with."""

    server: Serving
    hello: bytes

    def greets(self) -> bool:
        with self.connected() as client:
            try:
                return client.recv(999).startswith(b"+OK")
            except OSError:
                return False

    def connected(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.server.port), timeout=2)
        client.sendall(self.hello)
        return client


@pytest.fixture(params=["plain", "proxied"])
def cramped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cramped]:
    proxied = request.param == "proxied"
    words = ("--proxy-from", "127.0.0.0/8") if proxied else ()
    drop = folder(tmp_path / "drop")
    with serving(drop, *USER, *words, preexec_fn=few_descriptors) as server:
        yield Cramped(server, proxy_header("127.0.0.1") if proxied else b"")


def test_it_survives_having_no_descriptor_left(cramped: Cramped) -> None:
    descriptors = Path(f"/proc/{cramped.server.process.pid}/fd")
    with ExitStack() as crowd:
        for _ in range(2 * FEW):
            crowd.enter_context(cramped.connected())
        eventually(lambda: len(list(descriptors.iterdir())) >= FEW - 10, 5)
        eventually(cramped.greets, 5)  # those before it are gone
    eventually(cramped.greets, 5)
    assert len(cramped.server.log.splitlines()) < 4 * FEW  # nor does it fill the log
