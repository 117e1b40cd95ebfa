"""A session that is over needs no garbage collector: thousands would wait for it."""

import gc
import poplib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pop3lab import Pop3Server
from pop3lab.core.session import Session
from pop3lab.core.state import SessionState
from pop3lab.testing.options import TlsMode
from pop3lab.transport.action_runner import ActionRunner
from pop3lab.transport.connection import Connection
from tests.soak.running import wait_until
from tests.transport.test_connection import Slow, asks, in_loop, running, until

KINDS = (Connection, ActionRunner, Session, SessionState)


def alive() -> list[object]:
    return [each for each in gc.get_objects() if isinstance(each, KINDS)]


@pytest.fixture(name="left")
def without_collector() -> Iterator[Callable[[], list[object]]]:
    """Return what is alive and was not before; the collector does not run meanwhile."""
    gc.collect()
    gc.disable()
    before = alive()
    yield lambda: [each for each in alive() if not any(each is other for other in before)]
    gc.enable()


def fetch(client: poplib.POP3, server: Pop3Server) -> None:
    client.user(server.user)
    client.pass_(server.password)
    client.retr(1)
    client.quit()


def plain(server: Pop3Server) -> None:
    fetch(poplib.POP3(server.host, server.port), server)


def wrong_password(server: Pop3Server) -> None:
    client = poplib.POP3(server.host, server.port)
    client.user(server.user)
    with suppress(poplib.error_proto):
        client.pass_("wrong")
    client.quit()


def under_tls(server: Pop3Server) -> None:
    context = server.client_context()
    fetch(poplib.POP3_SSL(server.host, server.port, context=context), server)


def after_stls(server: Pop3Server) -> None:
    client = poplib.POP3(server.host, server.port)
    client.stls(server.client_context())
    fetch(client, server)


def connected(server: Pop3Server) -> socket.socket:
    client = socket.create_connection((server.host, server.port))
    client.settimeout(5)
    return client


def handshake_given_up(server: Pop3Server) -> None:
    with connected(server) as client:
        client.sendall(b"\x16\x03\x01")


def says_nothing(server: Pop3Server) -> None:
    with connected(server) as client:
        client.recv(100)


@contextmanager
def login_and(command: str, server: Pop3Server) -> Iterator[socket.socket]:
    with connected(server) as client:
        client.recv(100)
        login = f"USER {server.user}\r\nPASS {server.password}\r\n"
        client.sendall(f"{login}{command}\r\n".encode())
        yield client


def gone_in_a_pause(server: Pop3Server) -> None:
    with login_and("NOOP", server) as client:
        client.recv(100)


def reset_by_a_fault(server: Pop3Server) -> None:
    with login_and("RETR 1", server) as client, suppress(ConnectionResetError):
        while client.recv(100):
            pass


ONE_MESSAGE = ["Subject: one\n\nbody\n"]


@pytest.fixture(params=["in memory", "a folder"])
def messages(request: pytest.FixtureRequest, tmp_path: Path) -> Path | list[str]:
    if request.param == "in memory":
        return ONE_MESSAGE
    (tmp_path / "1").write_text(ONE_MESSAGE[0])
    return tmp_path


@pytest.mark.parametrize(
    ("client", "tls", "rules"),
    [
        (plain, None, []),
        (wrong_password, None, []),
        (under_tls, "implicit", []),
        (handshake_given_up, "implicit", []),
        (after_stls, "starttls", []),
        (says_nothing, None, []),
        (gone_in_a_pause, None, ["NOOP -> delay 0.3"]),
        (reset_by_a_fault, None, ["RETR 1 -> cut-after 5 then reset"]),
    ],
)
def test_nothing_of_a_session_is_left(
    client: Callable[[Pop3Server], None],
    tls: TlsMode | None,
    rules: list[str],
    messages: Path | list[str],
    left: Callable[[], list[object]],
) -> None:
    with Pop3Server(messages, tls=tls, quirks=rules) as server:
        for _ in range(3):
            client(server)
        assert wait_until(lambda: not left(), 5), left()


def test_nothing_is_left_of_a_session_that_a_thread_worked_for(
    left: Callable[[], list[object]],
) -> None:
    in_loop(after_a_slow_hash)(left)


async def after_a_slow_hash(left: Callable[[], list[object]]) -> None:
    slow = Slow()
    slow.go.set()
    async with running(users=slow.accounts) as ran:
        client = await asks(ran, b"secret", b"QUIT\r\n")
        await client.all()
        client.close()
        await until(lambda: ran.closed == 1)
        ran.connections.clear()
        ran.closed = 0
        assert not left()
