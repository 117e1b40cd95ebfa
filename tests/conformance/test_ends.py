"""How sessions are left, by hand and on real sockets."""

import asyncio
import math
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.conformance.checker import check_clients
from pop3lab.core.actions import Action, Pause
from pop3lab.core.events import ConnectionClosed, Event, SessionEnded
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.observe.event_queue import Listener
from pop3lab.rules.engine import Rules
from pop3lab.server import Server
from pop3lab.transport.listener import ListeningSocket
from tests.behaviours.faults.raw import certificate
from tests.dialogue import fed, memory
from tests.immediate import immediate_queue

from .finding import Findings
from .watched import Watched

LOGIN = """
    S: +OK...
    C: USER ann
    S: +OK...
    C: PASS secret
    S: +OK...
"""
QUIT = "C: QUIT\nS: +OK...\n(close)\n"


@pytest.mark.parametrize(
    ("how", "ids"),
    [
        ("closed", ["no-quit"]),
        ("reset", ["connection-reset", "no-quit"]),
        ("dropped", []),
        ("stopped", []),
        ("failed", []),
        ("stalled", []),
    ],
)
def test_a_session_without_quit(how: str, ids: list[str]) -> None:
    watched = Watched()
    watched.play(f"{LOGIN}C: STAT\nS: +OK...", how)
    assert watched.found == [(name, "C: STAT") for name in ids]


@pytest.mark.parametrize(("seconds", "ids"), [(599, []), (600, ["no-quit"])])
def test_silence_is_no_quit_after_ten_minutes(seconds: int, ids: list[str]) -> None:
    watched = Watched()
    session = watched.play(LOGIN)
    watched.now += seconds
    session.session_ended("timeout")
    assert [name for name, _ in watched.found] == ids


def test_a_session_with_quit() -> None:
    watched = Watched()
    watched.play(f"{LOGIN}{QUIT}", "closed").connection_closed("closed")
    assert watched.found == []


def test_a_connection_without_a_login() -> None:
    watched = Watched()
    watched.play("S: +OK...", "closed")
    watched.play("S: +OK...", "reset")
    watched.play("S: +OK...\nC: CAPA x\nS: -ERR...\nC: USER ann\nS: +OK...", "closed")
    assert watched.found == [("wrong-arguments", "C: CAPA x")]


def test_the_answer_to_quit_was_not_read() -> None:
    watched = Watched()
    session = watched.play(f"{LOGIN}{QUIT}", "closed")
    session.connection_closed("reset")
    assert watched.found == [("quit-not-awaited", "C: QUIT")]


def test_under_tls_nobody_knows() -> None:
    watched = Watched()
    session = watched.secure()
    list(fed(session, b"QUIT\r\n"))
    session.session_ended("closed")
    session.connection_closed("reset")
    assert watched.found == []


class Bends(Hooks):
    """Sends what it is told as the answer to STAT and QUIT."""

    replies = ("STAT", "QUIT")

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._reply._replace(then=reply.then)


@pytest.mark.parametrize("told", [Reply(None), Reply(True, "1\r\n+OK 2"), Reply(True, "1\r\n")])
def test_a_client_may_leave_a_server_that_makes_no_sense(told: Reply) -> None:
    watched = Watched(hooks=Bends(told))
    session = watched.play(LOGIN)
    list(fed(session, b"STAT\r\n"))
    session.session_ended("closed")
    assert watched.found == []


def test_a_quit_that_was_not_answered_can_not_be_awaited() -> None:
    watched = Watched(hooks=Bends(Reply(None)))
    session = watched.play(LOGIN)
    list(fed(session, b"QUIT\r\n"))
    session.session_ended("closed")
    session.connection_closed("reset")
    assert watched.found == []


def test_a_quit_that_was_refused_is_a_quit() -> None:
    watched = Watched()
    watched.play(f"{LOGIN}C: QUIT now\nS: -ERR...", "closed")
    assert watched.found == [("wrong-arguments", "C: QUIT now")]


class Stalls(Hooks):
    sends = ("LIST",)

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield next(actions)
        yield Pause(math.inf)


def test_a_client_may_leave_a_server_that_has_stalled() -> None:
    watched = Watched(hooks=Stalls())
    session = watched.play(LOGIN)
    list(fed(session, b"LIST\r\n"))
    session.session_ended("closed")
    assert watched.found == []


def test_a_client_may_leave_when_a_rule_took_part() -> None:
    watched = Watched()
    session = watched.play(LOGIN)
    list(fed(session, b"STAT\r\n"))
    watched.fire()
    session.session_ended("reset")
    assert watched.found == []
    session = watched.play(LOGIN)
    watched.fire()
    list(fed(session, b"STAT\r\n"))  # that was answered by the book again
    session.session_ended("closed")
    assert [name for name, _ in watched.found] == ["no-quit"]


def test_a_client_that_leaves_in_the_middle_of_a_message() -> None:
    watched = Watched(memory(b"x" * 100_000))
    session = watched.play(LOGIN)
    answer = fed(session, b"RETR 1\r\n")
    next(answer)
    next(answer)
    session.session_ended("reset")
    assert [name for name, _ in watched.found] == ["connection-reset", "no-quit"]
    list(fed(watched.play(LOGIN), b"DELE 1\r\n"))
    assert [name for name, _ in watched.found][2:] == ["dele-of-incomplete"]


# On real sockets


LONG = 8_000_000  # octets, more than the kernel takes between two sockets


class Ends:
    """A server in this loop, and what it has found when a client is gone."""

    wants_lines = True

    def __init__(self, rules: Rules | None = None, *, tls: bool = False) -> None:
        self.gone = asyncio.Event()
        self.how: list[str] = []
        self.findings = Findings()
        listeners: list[Listener] = [self.findings]
        self.record = immediate_queue(listeners)
        check_clients(self.record)
        listeners.append(self)
        accounts = Authenticator({"ann": "secret"})
        self.server = Server(
            accounts,
            memory(b"x" * LONG),
            tls=certificate() if tls else None,
            sink=self.record,
            rules=rules,
        )
        self.listening = ListeningSocket(socket.create_server(("127.0.0.1", 0)), tls)

    def on_event(self, seconds: float, event: Event) -> None:
        if isinstance(event, ConnectionClosed):
            self.gone.set()
        elif isinstance(event, SessionEnded):
            self.how.append(event.end_reason)

    async def found(self, leave: Callable[[socket.socket], None]) -> list[str]:
        """What a client breaks that leaves so after its login."""
        with self._client() as client:
            serving = asyncio.create_task(self.server.serve(self.listening))
            await asyncio.to_thread(_play, client, leave, self.listening.tls)
        return await self._ended(serving)

    async def found_of_early(self) -> list[str]:
        """What a client breaks whose first line has come before it is accepted."""
        with self._client() as client:
            client.sendall(b"NOOP\r\n")
            serving = asyncio.create_task(self.server.serve(self.listening))
            assert await asyncio.to_thread(_greeted_and_refused, client)
            await asyncio.to_thread(quits, client)
        return await self._ended(serving)

    def _client(self) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        client.settimeout(10)
        client.connect(self.listening.socket.getsockname())
        return client

    async def _ended(self, serving: "asyncio.Task[None]") -> list[str]:
        await asyncio.wait_for(self.gone.wait(), 10)
        self.server.stop()
        await serving
        return [found.id for found in self.findings.found]


def _greeted_and_refused(client: socket.socket) -> bool:
    with client.makefile("rb") as lines:
        return lines.readline().startswith(b"+OK") and lines.readline().startswith(b"-ERR")


def _play(client: socket.socket, leave: Callable[[socket.socket], None], tls: bool) -> None:
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = context.wrap_socket(client)
    with client:
        for line in (b"", b"USER ann\r\n", b"PASS secret\r\n"):
            client.sendall(line)
            assert client.recv(1000).startswith(b"+OK")
        leave(client)


def quits(client: socket.socket) -> None:
    client.sendall(b"QUIT\r\n")
    assert client.recv(1000).startswith(b"+OK")


def quits_and_closes(client: socket.socket) -> None:
    client.sendall(b"QUIT\r\n")
    client.close()


def quits_reads_all_and_resets(client: socket.socket) -> None:
    quits(client)
    assert client.recv(1000) == b""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def quits_and_goes(client: socket.socket) -> None:
    client.sendall(b"QUIT\r\n")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def quits_and_notifies(client: socket.socket) -> None:
    client.sendall(b"QUIT\r\n")
    assert isinstance(client, ssl.SSLSocket)
    client.setblocking(False)  # the answer to it is not waited for
    with suppress(ssl.SSLWantReadError):
        client.unwrap()
    client.close()


def quits_and_half_closes(client: socket.socket) -> None:
    client.sendall(b"QUIT\r\n")
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1000).startswith(b"+OK")


def goes(client: socket.socket) -> None:
    client.sendall(b"NOOP\r\n")
    assert client.recv(1000).startswith(b"+OK")


def resets(client: socket.socket) -> None:
    client.sendall(b"RETR 1\r\n")
    assert client.recv(1000).startswith(b"+OK")


def goes_on_in_the_middle(client: socket.socket) -> None:
    client.sendall(b"RETR 1\r\n")
    assert client.recv(1) == b"+"
    client.sendall(b"NOOP\r\n")
    with client.makefile("rb") as lines:
        read_message(lines)
        assert lines.readline().startswith(b"+OK")
    quits(client)


def reads_to_the_end(client: socket.socket) -> None:
    with client.makefile("rb") as lines:
        for _ in range(3):
            client.sendall(b"RETR 1\r\n")
            read_message(lines)
            client.sendall(b"NOOP\r\n")
            assert lines.readline().startswith(b"+OK")
    quits(client)


def read_message(lines: BinaryIO) -> None:
    while lines.readline() != b".\r\n":
        pass


@pytest.mark.parametrize(
    ("leave", "ids"),
    [
        (quits, []),
        (quits_and_closes, ["quit-not-awaited"]),
        (quits_reads_all_and_resets, ["quit-not-awaited"]),
        (goes_on_in_the_middle, ["pipelining"]),
        (reads_to_the_end, []),
        (quits_and_half_closes, []),
        (quits_and_goes, ["quit-not-awaited"]),
        (goes, ["no-quit"]),
        (resets, ["connection-reset", "no-quit"]),
    ],
)
def test_how_real_connections_end(leave: Callable[[socket.socket], None], ids: list[str]) -> None:
    assert asyncio.run(_found(leave)) == ids


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["QUIT -> delay 0", "quit-slow 0.5", "QUIT -> delay 0.5"])
@pytest.mark.parametrize(
    ("leave", "how", "ids"),
    [
        (quits, "quit", []),
        (quits_and_half_closes, "quit", []),
        (quits_and_closes, "reset", ["quit-not-awaited"]),
        (quits_and_goes, "reset", ["quit-not-awaited"]),
        (quits_reads_all_and_resets, "quit", ["quit-not-awaited"]),
    ],
)
def test_how_connections_end_when_quit_is_late(
    rule: str, leave: Callable[[socket.socket], None], how: str, ids: list[str]
) -> None:
    async def found() -> tuple[list[str], list[str]]:
        ends = Ends(Rules([parse_rule(rule)]))
        return await ends.found(leave), ends.how

    broken, ended = asyncio.run(found())
    assert broken == ids
    assert ended == [how] or rule.endswith(" 0")  # which may be answered before the client is gone


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leave", "how", "ids"),
    [
        (quits, "quit", []),
        (quits_and_closes, "reset", ["quit-not-awaited"]),
        (quits_and_notifies, "reset", ["quit-not-awaited"]),
        (quits_and_goes, "reset", ["quit-not-awaited"]),
    ],
)
def test_how_connections_end_under_tls_when_quit_is_late(
    leave: Callable[[socket.socket], None], how: str, ids: list[str]
) -> None:
    async def found() -> tuple[list[str], list[str]]:
        ends = Ends(Rules([parse_rule("quit-slow 0.5")]), tls=True)
        return await ends.found(leave), ends.how

    assert asyncio.run(found()) == (ids, [how])


class Late(Hooks):
    """Answers QUIT late, or never."""

    sends = ("QUIT",)

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Pause(self._seconds)
        yield from actions


@pytest.mark.parametrize("how", ["closed", "reset"])
@pytest.mark.parametrize(("waited", "ids"), [(9.0, ["quit-not-awaited"]), (10.0, [])])
def test_a_client_that_has_waited_long_for_the_answer_to_quit(
    how: str, waited: float, ids: list[str]
) -> None:
    watched = Watched(hooks=Late(math.inf))
    session = watched.play(LOGIN)
    answer = fed(session, b"QUIT\r\n")
    assert isinstance(next(answer), Pause)
    watched.fire()
    watched.now += waited
    session.session_ended(how)
    session.connection_closed(how)
    assert [name for name, _ in watched.found] == ids
    assert [
        event.end_reason for event in watched.keeper.events if isinstance(event, SessionEnded)
    ] == [how]


def test_a_late_answer_to_quit_may_have_come_too_late() -> None:
    watched = Watched(hooks=Late(10.0))
    session = watched.play(LOGIN)
    answer = fed(session, b"QUIT\r\n")
    next(answer)
    watched.now += 10.0
    list(answer)
    session.session_ended("dropped")
    session.connection_closed("reset")
    assert watched.found == []


def test_a_client_that_speaks_before_it_is_accepted() -> None:
    assert asyncio.run(_found_of_early()) == ["before-greeting"]


async def _found_of_early() -> list[str]:
    return await Ends().found_of_early()


async def _found(leave: Callable[[socket.socket], None]) -> list[str]:
    return await Ends().found(leave)
