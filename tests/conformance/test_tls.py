"""What goes by STLS, and what was known before it."""

import socket
from contextlib import suppress
from pathlib import Path

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.actions import Close, Part, Send
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionOpened,
    LineReceived,
    SessionEnded,
    UnexpectedTls,
)
from pop3lab.core.session import Session
from tests.cuts import every_cut
from tests.dialogue import fed

from .served import judged
from .watched import SECURE, Watched

OFFER = ServerCapabilities(tls=True, utf8=True)


def begun(watched: Watched, *lines: bytes) -> Session:
    """A session that has asked these in clear, and then begun TLS."""
    session = watched.session()
    list(session.greeting())
    for line in (*lines, b"STLS"):
        list(fed(session, line + b"\r\n"))
    session.tls_established(SECURE)
    return session


def ask(session: Session, *lines: bytes) -> None:
    for line in lines:
        list(fed(session, line + b"\r\n"))


def test_octets_behind_stls() -> None:
    watched = Watched(capabilities=OFFER)
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"STLS\r\nUSER ann\r\n"))
    assert watched.found == [("behind-stls", "C: STLS")]


@pytest.mark.parametrize("waits", [False, True])
def test_a_command_in_clear_where_tls_should_begin(waits: bool, tmp_path: Path) -> None:
    with judged(tmp_path, tls=True) as server, connected(server.ports.port) as client:
        for piece in (b"STLS\r\n", b"NOOP\r\n"):
            if waits or piece.startswith(b"STLS"):
                assert client.recv(1000).startswith(b"+OK")
            client.sendall(piece)
        read_all(client)
    assert server.found() == [("behind-stls", "C: STLS")]


HELLO = b"\x16\x03\x01\x02\x00\x01\x00\n\xff\r\nRETR 1\r\n\x16\0 \n"


def test_a_hello_on_the_plain_port_is_one_note_however_it_comes() -> None:
    for pieces in every_cut(HELLO):
        watched = Watched(capabilities=OFFER)
        session = watched.session()
        told = list(session.greeting())
        for piece in pieces:
            told += fed(session, piece)
        session.session_ended("closed")
        assert [
            type(event) for event in watched.keeper.events if not isinstance(event, ActionPerformed)
        ] == [
            ConnectionOpened,
            UnexpectedTls,
            SessionEnded,
        ]
        assert told[1:] == [Send(b"-ERR TLS begins with STLS here\r\n", Part.HEAD), Close()]
        assert watched.found == []


@pytest.mark.parametrize("begun", [b"CAPA\r\n", b"USER ann\r\n", b"CAPA x\r\n"])
def test_a_hello_behind_commands(begun: bytes) -> None:
    """As from a client that took a refusal of STLS for a success, or a proxy's word for ours."""
    for pieces in every_cut(begun + HELLO[:12]):
        watched = Watched()
        session = watched.session()
        list(session.greeting())
        for piece in pieces:
            list(fed(session, piece))
        session.session_ended("closed")
        kinds = [type(event) for event in watched.keeper.events]
        assert (kinds.count(LineReceived), kinds.count(UnexpectedTls)) == (1, 1)
        assert {name for name, _ in watched.found} <= {"wrong-arguments"}


def test_a_hello_with_stls_is_behind_it() -> None:
    watched = Watched(capabilities=OFFER)
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"STLS\r\n" + HELLO))
    assert watched.found == [("behind-stls", "C: STLS")]
    assert session.over


def test_what_begins_like_a_hello_under_tls_is_a_line() -> None:
    watched = Watched()
    session = watched.secure()
    list(fed(session, b"\x16\x03\r\n"))
    assert [name for name, _ in watched.found] == ["control-character"]


def test_octets_in_clear_where_tls_comes_first_are_not_behind_stls(tmp_path: Path) -> None:
    with judged(tmp_path, tls=True) as server, connected(server.ports.tls_port) as client:
        client.sendall(b"NOOP\r\n")
        read_all(client)
    assert not server.findings.found


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def read_all(client: socket.socket) -> None:
    """Until the server is gone, in whichever way."""
    with suppress(ConnectionResetError):
        while client.recv(1000):
            pass


def test_stls_was_refused_and_the_client_goes_on() -> None:
    watched = Watched(capabilities=OFFER)
    session = watched.session()
    list(session.greeting())
    watched.emit(LineReceived(1, b"STLS\r"))
    watched.emit(ActionPerformed(1, Send(b"-ERR no\r\n", Part.HEAD)))
    session.plaintext_after_stls()
    assert watched.found == []


def test_a_command_behind_stls_that_is_refused() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"STLS\r\nUSER ann\r\n"))
    assert watched.found == [("behind-stls", "C: USER ann")]


def test_capa_again_after_stls() -> None:
    watched = Watched(capabilities=OFFER)
    ask(begun(watched, b"CAPA"), b"CAPA", b"UTF8", b"AUTH PLAIN AAAA", b"USER ann", b"PASS secret")
    assert watched.found == []


def test_no_capa_again_after_stls() -> None:
    watched = Watched(capabilities=OFFER)
    ask(begun(watched, b"CAPA"), b"USER ann", b"PASS wrong", b"USER ann", b"PASS secret")
    assert watched.found == [("no-capa-after-stls", "C: USER ann")]


def test_capa_asked_neither_before_nor_after() -> None:
    watched = Watched(capabilities=OFFER)
    ask(begun(watched), b"USER ann", b"PASS secret")
    assert watched.found == []


def test_a_mechanism_of_the_old_list() -> None:
    watched = Watched(capabilities=OFFER)
    ask(begun(watched, b"CAPA"), b"AUTH PLAIN AAAA")
    assert watched.found == [
        ("no-capa-after-stls", "C: AUTH PLAIN ****"),
        ("facts-from-before-tls", "C: AUTH PLAIN ****"),
    ]


def test_a_capability_of_the_old_list() -> None:
    watched = Watched(capabilities=OFFER)
    ask(begun(watched, b"CAPA"), b"UTF8")
    assert watched.found == [("facts-from-before-tls", "C: UTF8")]


def test_pipelining_by_the_old_list() -> None:
    watched = Watched(capabilities=OFFER)
    session = begun(watched, b"CAPA")
    list(fed(session, b"LANG en\r\nLANG en\r\n"))
    assert ("facts-from-before-tls", "C: LANG en") in watched.found
    assert "pipelining" not in [name for name, _ in watched.found]


def test_octets_that_nobody_asked_for_under_tls() -> None:
    watched = Watched(capabilities=OFFER)
    session = begun(watched)
    watched.emit(ActionPerformed(1, Send(b"+OK and a second greeting\r\n", Part.HEAD)))
    ask(session, b"STAT")
    assert watched.found == []


def test_user_from_before_tls_does_not_count() -> None:
    watched = Watched(capabilities=OFFER)
    ask(begun(watched, b"USER ann"), b"PASS secret")
    assert watched.found == [("pass-not-after-user", "C: PASS ****")]


def test_implicit_tls_has_no_before() -> None:
    watched = Watched(users=Authenticator({"ann": "secret"}))
    ask(watched.secure(), b"CAPA", b"USER ann", b"PASS secret", b"STAT")
    assert watched.found == []
