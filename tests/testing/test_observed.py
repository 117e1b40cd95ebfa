"""What a server has seen, and waiting for it."""

import json
import poplib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pop3lab import Pop3Server, WaitTimeout, generate
from pop3lab.core.errors import ConfigError
from pop3lab.observe.transcript import parse
from tests.testing.clients import connected, fetch, logged_in


def test_what_a_session_did() -> None:
    with Pop3Server(["one", "two"]) as server:
        fetch(server, delete=True)
        session = server.wait_session()
        assert session.commands == ["USER", "PASS", "STAT", "RETR", "DELE", "RETR", "DELE", "QUIT"]
        assert (session.user, session.mechanism, session.end_reason) == ("user", "PASS", "quit")
        assert session.retrieved == session.deleted == ["1", "2"]
        assert server.sessions == [session]
        assert server.stats["RETR"] == 2
        assert server.stats["UIDL"] == 0
        assert "C: PASS ****" in server.transcript
        assert "C: PASS ****" in session.transcript
        server.verify()


def test_sessions_are_live() -> None:
    with Pop3Server(["one"]) as server:
        client = connected(server)
        (session,) = server.sessions
        assert (session.commands, session.closed) == ([], False)
        client.quit()
        assert server.wait_session() is session
        assert session.closed


def test_each_session_is_waited_for_once_and_by_number_again() -> None:
    with Pop3Server() as server:
        open_all_the_time = connected(server)
        for _ in range(2):
            connected(server).quit()
        assert [server.wait_session().number for _ in range(2)] == [2, 3]
        with pytest.raises(WaitTimeout) as caught:
            server.wait_session(timeout=0.01)
        assert str(caught.value) == (
            "after 0.01 s, no further session is closed; session 1 still open, no command yet;"
            " session 2 closed (quit); session 3 closed (quit)"
        )
        assert server.wait_session(nth=3).number == 3
        with pytest.raises(WaitTimeout, match=r"after 0.01 s, session 4 is not closed"):
            server.wait_session(timeout=0.01, nth=4)
        open_all_the_time.quit()
        assert server.wait_session().number == 1


@pytest.fixture
def three_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three sessions have a record, instead of 1,000."""
    monkeypatch.setattr("pop3lab.observe.session_recorder.KEPT_SESSIONS", 3)


@pytest.mark.usefixtures("three_kept")
def test_sessions_long_past_are_counted_and_can_be_waited_for() -> None:
    with Pop3Server(["one"]) as server:
        for _ in range(5):
            fetch(server)
        server.wait(sessions=5, logins=5, retrieved=5, commands={"QUIT": 5})
        assert (len(server.sessions), server.stats["RETR"]) == (5, 5)
        assert [session.number for session in server.sessions[-3:]] == [3, 4, 5]
        server.expect(["USER", "...", "QUIT"])
        server.expect(["USER", "...", "QUIT"], session=3)
        for ask in (
            lambda: server.sessions[1],
            lambda: server.expect(["QUIT"], session=2),
            lambda: server.wait_session(nth=2),
        ):
            with pytest.raises(LookupError, match="session 2 is only counted"):
                ask()
        with pytest.raises(LookupError, match="session 1 is only counted"):
            server.wait_session()
        with pytest.raises(AssertionError, match=r"5 of 6 .*: 2 others, session 3, .*DELE"):
            server.wait(sessions=6, commands={"DELE": 1}, timeout=0)
        with pytest.raises(AssertionError, match=r"returned; session 1 is only .*; session 5 cl"):
            server.assert_no_connections(for_=0)
        server.reset()
        assert server.sessions == []


@pytest.mark.usefixtures("three_kept")
def test_a_session_is_waited_for_once_however_many_there_were() -> None:
    with Pop3Server() as server:
        open_all_the_time = connected(server)
        for number in range(2, 8):
            connected(server).quit()
            assert server.wait_session().number == number
        assert server.sessions[0].status == "still open, no command yet"
        open_all_the_time.quit()
        server.wait(sessions=7)
        with pytest.raises(LookupError, match="session 1 is only counted"):
            server.wait_session()


def test_a_wait_ends_with_the_event_for_it() -> None:
    with Pop3Server(["one", "two", "three"]) as server:
        thread = threading.Thread(target=fetch, args=(server,), kwargs={"delete": True})
        thread.start()
        server.wait(logins="user", retrieved=["3", "1"], deleted=3, commands={"QUIT": 1})
        server.wait(sessions=1)
        thread.join()
        server.wait(retrieved=3, timeout=0)


def test_a_wait_in_vain_says_what_did_happen() -> None:
    with Pop3Server(["one", "two", "three"], timeout=0.02) as server, logged_in(server) as client:
        client.retr(1)
        client.retr(3)
        with pytest.raises(WaitTimeout) as caught:
            server.wait(retrieved=3)
    assert str(caught.value) == (
        "after 0.02 s, 2 of 3 retrieved: 1, 3; session 1 still open, last command RETR 3"
    )


def test_nobody_has_connected() -> None:
    with Pop3Server() as server:
        server.assert_no_connections(for_=0.01)
        connected(server).quit()
        with pytest.raises(AssertionError, match=r"no wait_session.* has returned; session 1"):
            server.assert_no_connections(for_=10)
        server.wait_session()
        server.assert_no_connections(for_=0.01)
        timer = threading.Timer(0.05, lambda: socket.create_connection(server.address).close())
        timer.start()
        with pytest.raises(AssertionError, match="session 2"):
            server.assert_no_connections(for_=10)
        timer.join()


def test_expecting_commands_or_a_dialogue() -> None:
    with Pop3Server(["one"], timeout=0.2) as server:
        fetch(server)
        server.expect(["USER", "PASS", "STAT|LIST", "RETR+", "...", "QUIT"])
        server.expect("C: USER user\nC: PASS password\nC: STAT\nC: RETR 1\nC: QUIT")
        server.expect("S: +OK...\n" * 5 + "S: one\nS: .\nS: +OK...", session=1)
        with pytest.raises(AssertionError, match="session 1: expected UIDL, got STAT"):
            server.expect(["USER", "PASS", "UIDL", "QUIT"])
        with pytest.raises(AssertionError, match="there is no such session; session 1 closed"):
            server.expect(["USER"], session=2)


def test_what_is_expected_of_an_open_session_may_be_yet_to_come() -> None:
    with Pop3Server(timeout=0.02) as server:
        client = connected(server)
        with pytest.raises(AssertionError, match="expected NOOP, got nothing more"):
            server.expect(["NOOP"])
        client.close()
    with Pop3Server() as server:
        client = connected(server)
        timer = threading.Timer(0.05, client.quit)
        timer.start()
        server.expect(["QUIT"])
        timer.join()


class Fetching(list[str]):
    """Commands; whenever they are looked at, a client fetches all there is."""

    server: Pop3Server

    def __iter__(self) -> Iterator[str]:
        fetch(self.server)
        return super().__iter__()


def test_the_server_goes_on_while_what_came_is_held_against_what_was_expected() -> None:
    with Pop3Server(["one"]) as server:
        client = connected(server)
        expected = Fetching(["QUIT"])
        expected.server = server
        threading.Timer(0.05, client.quit).start()
        server.expect(expected, session=1)


def test_a_long_dialogue_as_expected() -> None:
    with Pop3Server(generate(20, size="20KiB")) as server:
        thread = threading.Thread(target=fetch, args=(server,))
        thread.start()
        lines = ["S: ...", "C: USER user", "S: ...", "C: PASS password", "S: ...", "C: STAT"]
        for number in range(1, 21):
            lines += ["S: ...", f"C: RETR {number}"]
        server.expect("\n".join([*lines, "S: ...", "C: QUIT", "S: +OK ..."]), session=1)
        with pytest.raises(AssertionError, match="expected C: TOP 1 0, got C: RETR 1"):
            server.expect("\n".join([*lines[:7], "C: TOP 1 0", *lines[8:], "S: ..."]), session=1)
        thread.join()


def test_a_single_word_is_no_dialogue() -> None:
    with Pop3Server(timeout=0) as server:
        connected(server).quit()
        with pytest.raises(ConfigError, match=r"for commands, write a list, \['QUIT'\]"):
            server.expect("QUIT")


@pytest.mark.parametrize("nth", [0, -1])
def test_sessions_are_numbered_from_1(nth: int) -> None:
    with Pop3Server() as server, pytest.raises(ConfigError, match="the first session is 1"):
        server.wait_session(nth=nth)


def test_the_transcript_in_all_its_forms(tmp_path: Path) -> None:
    with Pop3Server(["one"]) as server:
        fetch(server)
        server.wait_session()
        lines = parse(str(server.transcript))
        objects = [json.loads(line) for line in server.transcript.json_lines().splitlines()]
        assert [object_["session"] for object_ in objects] == [line.session for line in lines]
        assert server.transcript.html().startswith("<!DOCTYPE html>")
        forms = {"a.txt": str(server.transcript), "a.html": server.transcript.html()}
        for name, text in {**forms, "a.jsonl": server.transcript.json_lines()}.items():
            server.transcript.save(tmp_path / name)
            assert (tmp_path / name).read_text() == text
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        (tmp_path / "planted").symlink_to(tmp_path / "a.txt")
        with pytest.raises(OSError, match="it is a link"):
            server.transcript.save(tmp_path / "planted")
        assert str(server.transcript) in repr(server.transcript)


def test_how_clients_leave() -> None:
    def close(client: poplib.POP3) -> None:
        client.close()

    def reset(client: poplib.POP3) -> None:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.file.close()
        client.sock.close()

    ends: list[tuple[str, Callable[[poplib.POP3], object]]] = [
        ("closed", close),
        ("reset", reset),
        ("quit", poplib.POP3.quit),
    ]
    with Pop3Server() as server:
        for how, leave in ends:
            leave(connected(server))
            assert server.wait_session().end_reason == how


def test_after_the_end_all_is_still_known() -> None:
    with Pop3Server(["one"]) as server:
        fetch(server)
        client = connected(server)
    assert [session.end_reason for session in server.sessions] == ["quit", "stopped"]
    server.wait(retrieved=1)
    assert server.wait_session(timeout=0).number == 1
    client.close()
