"""What is to be judged at the end of a test is kept until then, and charged to its server."""

import poplib
import socket
from contextlib import closing, suppress

import pytest

from pop3lab import Pop3Server
from pop3lab.core.errors import ConfigError
from pop3lab.transport.connection import Connection
from tests.testing.clients import SECONDS, connected, fetch


def misbehave(server: Pop3Server) -> None:
    """Several violations in one session."""
    client = socket.create_connection(server.address, timeout=SECONDS)
    with client, client.makefile("rwb") as file:
        for line in (b"", b"USER user\n", b"NOOP 1\r\n", b"QUIT\r\n"):
            file.write(line)
            file.flush()
            file.readline()
    server.wait(sessions=1)


def raised(server: Pop3Server, **options: bool) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        server.verify(**options)
    return str(caught.value).splitlines()


def violated(server: Pop3Server) -> list[str]:
    """The violations in the last session, in the words that they are told in."""
    return [f"session 1: {violated.id}" for violated in server.sessions[0].violations]


def test_all_violations_of_a_session_are_told() -> None:
    with Pop3Server() as server:
        misbehave(server)
        told = [line.split(" (")[0] for line in raised(server)]
        assert told == violated(server)
        assert len(told) > 1
        server.verify(violations=False)


def test_sessions_without_a_record_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pop3lab.observe.session_recorder.KEPT_SESSIONS", 1)
    with Pop3Server(rules=["RSET -> close", "USER session=1 -> delay 0.01"]) as server:
        misbehave(server)
        many = len(violated(server))
        for number in range(2, 4):
            connected(server).quit()
            server.wait(sessions=number)
        told = raised(server)
        assert len([line for line in told if line.startswith("session 1: ")]) == many
        assert [line for line in told if "RSET" in line]
        assert not [line for line in told if "delay" in line]


def test_violations_outlast_a_reset() -> None:
    with Pop3Server() as server:
        misbehave(server)
        many = len(violated(server))
        server.reset()
        assert len(raised(server)) == many
        server.verify()  # told, and gone with its run


def test_and_a_stop_and_start() -> None:
    server = Pop3Server()
    for _ in range(2):
        server.start()
        misbehave(server)
        server.stop()
    assert len(raised(server)) == 2 * len(violated(server))


def test_what_verify_has_told_of_a_run_is_not_told_again_after_it() -> None:
    with Pop3Server() as server:
        misbehave(server)
        assert raised(server) == raised(server)
        server.reset()
        server.verify()
        misbehave(server)
        assert len(raised(server)) == len(violated(server))


def test_a_fault_that_never_happened_outlasts_a_reset() -> None:
    with Pop3Server(["one"]) as server:
        server.when("RETR", 2).do("reset")
        server.reset()
        assert raised(server) == ["this fault never happened: RETR 2 -> reset"]


@pytest.mark.parametrize("first", [True, False])
def test_a_fault_need_happen_in_one_run_only(first: bool) -> None:
    with Pop3Server(["one"], quirks=["NOOP -> close"]) as server:
        for happens in (first, not first):
            if happens:
                client = connected(server)
                client._putcmd("NOOP")  # type: ignore[attr-defined]
                assert client.sock.recv(1) == b""
                client.close()
                server.wait_session()
            server.reset()
        server.verify(violations=False)


def test_transcripts_outlast_a_reset_until_verify() -> None:
    with Pop3Server(["one"]) as server:
        fetch(server)
        server.wait_session()
        server.reset()
        server.reset()
        assert [str(text).count("C: RETR 1") for text in server.transcripts] == [1, 0]
        assert str(server.transcript) == ""
        server.verify()
        assert [str(text) for text in server.transcripts] == [""]


def fail_at_login(server: Pop3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(server._store, "open", lambda user: 1 / 0)
        client = connected(server)
        client.user("user")
        with pytest.raises(ConnectionResetError):
            client.pass_("password")
        client.close()
        assert server.wait_session().end_reason == "failed"


def test_errors_outlast_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Pop3Server()

    def lose_it() -> None:
        with server:
            fail_at_login(server, monkeypatch)
            server.reset()
            assert server.errors == []

    with pytest.raises(BaseExceptionGroup) as caught:
        lose_it()
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
    assert raised(server) == ["the server failed: ZeroDivisionError: division by zero"]
    with server:  # what was raised is not raised once more
        pass


# Whose error it is


def fail_behind(server: Pop3Server) -> None:
    """Whenever a connection of this server's is gone, that is an error in a callback."""
    running = server._service.instance._server
    gone = running._closed

    def fail(connection: Connection) -> None:
        gone(connection)
        raise ValueError(server.url)

    running._closed = fail  # type: ignore[method-assign]


def test_an_error_in_the_loop_is_charged_to_the_server_it_belongs_to() -> None:
    with Pop3Server() as one, Pop3Server() as two, Pop3Server() as three:
        two.reset()
        for server in (one, two):
            fail_behind(server)
            connected(server).quit()
            server.wait_session()
        three.refuse()  # in the same loop, and so after that
        assert [str(error) for error in one.errors] == [one.url]
        assert [str(error) for error in two.errors] == [two.url]
        assert three.errors == []
        assert one.verdict.failures == [f"the server failed: ValueError: {one.url}"]
        for server in (one, two):
            server.errors.clear()


def test_an_error_of_nobody_is_told_by_all_who_say_so() -> None:
    with Pop3Server() as one, Pop3Server() as two:
        loop = one._service.loop
        assert loop
        loop.call_soon_threadsafe(lambda: 1 / 0)
        for server in (one, two):
            server.refuse()  # in the same loop, and so after that
            (told,) = raised(server)
            assert told.startswith(
                "the server failed: ZeroDivisionError: division by zero (in the "
            )
            server.errors.clear()
    with Pop3Server() as three:
        assert three.errors == []


# Over sessions


def keep(server: Pop3Server) -> None:
    """Fetch the first message by its unique-id, and leave it there."""
    with closing(connected(server)) as client, suppress(OSError, poplib.error_proto):
        client.user("user")
        client.pass_("password")
        client.uidl()
        client.retr(1)
        client.quit()
    server.wait_session()


AGAIN = "fetched-again ({}, RFC 1939 section 7, UIDL): the client fetched a message in full again"


@pytest.mark.parametrize(("claims", "level"), [((), "advice"), (("remembers",), "SHOULD")])
def test_what_is_wrong_over_sessions_is_told(claims: tuple[str, ...], level: str) -> None:
    with Pop3Server(["one"], claims=claims) as server:
        keep(server)
        server.verify()
        keep(server)
        (told,) = raised(server)
        assert told.startswith(f"session 2: {AGAIN.format(level)}")
        assert [violated.id for violated in server.sessions[1].violations] == ["fetched-again"]
        assert "(violation fetched-again: " in server.transcript
        server.verify(violations=False)


def test_a_level_that_is_not_about_sessions_is_the_same_for_all() -> None:
    with Pop3Server(claims=["remembers"]) as server:
        misbehave(server)
        assert {line.split("(")[1].split(",")[0] for line in raised(server)} == {"MUST"}


def test_messages_are_remembered_over_a_stop_and_forgotten_at_a_reset() -> None:
    server = Pop3Server(["one"])
    with server:
        keep(server)
    with server:
        keep(server)
        assert len(raised(server)) == 1
        server.reset()
        keep(server)
        server.verify()


@pytest.mark.parametrize("claims", [(), ("remembers",)])
def test_who_claims_to_remember_is_held_to_what_came_before_a_break(
    claims: tuple[str, ...],
) -> None:
    with Pop3Server(["one"], claims=claims, quirks=["QUIT session=1 -> reset"]) as server:
        keep(server)
        keep(server)
        found = [violated.id for violated in server.sessions[1].violations]
        assert found == ["fetched-again"] * len(claims)


def test_claims_are_known_words() -> None:
    with pytest.raises(ConfigError, match=r"no 'remember', only remembers, did you mean"):
        Pop3Server(claims=["remember"])
    with pytest.raises(ConfigError, match="write a list"):
        Pop3Server(claims="remembers")
