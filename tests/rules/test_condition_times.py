"""Conditions of time: what happens between two commands, by a clock that the test moves."""

import socket
from math import inf
from pathlib import Path

import pytest

from pop3lab import Pop3Server
from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.actions import Close, Send
from pop3lab.core.errors import ConfigError
from pop3lab.core.session import Session
from pop3lab.testing.options import TlsMode
from tests.behaviours.quirks.several import Several
from tests.behaviours.ruled import LOGIN, line, rules, serving
from tests.dialogue import done, play, sent
from tests.wording import LOG_IN_FIRST

NOOP = "C: NOOP\nS: +OK ...\n"


def wake_up(played: Session) -> bytes:
    return sent(done(played.wake_up()))


def test_a_line_that_nobody_asked_for_comes_between_two_commands() -> None:
    several = Several('idle=2s -> unasked-line "-ERR bye"')
    played = several.play(LOGIN)
    assert played.wakeup_delay == 2.0
    several.now = 1.5
    assert played.wakeup_delay == 0.5
    play(played, NOOP)
    assert played.wakeup_delay == 2.0
    several.now = 3.5
    assert played.wakeup_delay == 0.0
    assert wake_up(played) == b"-ERR bye\r\n"
    assert played.wakeup_delay == inf
    play(played, NOOP)
    assert played.wakeup_delay == 2.0
    assert several.rules.active[0].hits == 1


def test_a_connection_that_is_closed_where_nothing_came() -> None:
    several = Several("state=TRANSACTION idle=5 nth=2 -> close")
    played = several.session()
    several.now = 5.0
    assert (wake_up(played), played.over) == (b"", False)
    play(played, LOGIN)
    several.now = 10.0
    assert not done(played.wake_up())
    play(played, NOOP)
    several.now = 15.0
    assert done(played.wake_up()) == [Close()]
    assert played.over
    assert played.wakeup_delay == inf
    played.session_ended("closed")
    assert several.uids == ["1", "2"]


def test_so_long_after_a_state_began() -> None:
    several = Several("state=TRANSACTION after=5s -> unasked-line x")
    several.now = 100.0
    played = several.session()
    several.now = 103.0
    play(played, LOGIN)
    several.now = 107.0
    play(played, NOOP)
    assert played.wakeup_delay == 1.0
    several.now = 108.0
    assert wake_up(played) == b"x\r\n"
    play(played, NOOP)
    assert played.wakeup_delay == inf


def test_a_time_that_passed_while_a_command_was_obeyed() -> None:
    several = Several("after=5s -> unasked-line x")
    played = several.session()
    several.now = 9.0
    assert played.wakeup_delay == 0.0
    assert wake_up(played) == b"x\r\n"


def test_a_command_that_comes_late() -> None:
    several = Several("NOOP idle=2s -> reply", "STAT after=9s -> reply")
    played = several.play(LOGIN + NOOP)
    assert played.wakeup_delay == inf
    several.now = 2.0
    play(played, "C: NOOP\nS: -ERR no\n" + NOOP + "C: STAT\nS: +OK 2 56\n")
    several.now = 9.0
    play(played, "C: STAT\nS: -ERR no\n")


def test_any_command_that_comes_late() -> None:
    several = Several("state=TRANSACTION any idle=2s -> reply", "QUIT not idle=2s -> close")
    played = several.play(LOGIN)
    assert played.wakeup_delay == inf
    several.now = 2.0
    play(played, "C: XYZZY\nS: -ERR no\n" + "C: LIST 1\nS: +OK 1 23\n")
    several.now = 5.0
    play(played, "C: QUIT\nS: -ERR no\n(close)\n")
    assert [active.hits for active in several.rules.active] == [2, 0]


def test_once_in_each_silence_whatever_other_rules_wait_for() -> None:
    several = Several(
        "idle=2s -> unasked-line a",
        "idle=4s nth=1 -> unasked-line b",
        "state=TRANSACTION after=5s -> unasked-line c",
        "idle-short 9",
    )
    played = several.play(LOGIN)
    said = []
    for now in (2.0, 4.0, 5.0):
        assert several.now + played.wakeup_delay == now
        several.now = now
        said.append(wake_up(played))
    assert said == [b"a\r\n", b"b\r\n", b"c\r\n"]
    play(played, NOOP)
    several.now = 7.0
    assert wake_up(played) == b"a\r\n"
    assert [active.hits for active in several.rules.active] == [2, 1, 1, 0]


def test_other_rules_know_nothing_of_silence() -> None:
    several = Several("idle=2s -> unasked-line x", "any -> reply-twice", "nth=4 -> unasked-line y")
    played = several.play("C: NOOP\n" + f"S: {LOG_IN_FIRST}\n" * 2)
    several.now = 2.0
    assert wake_up(played) == b"x\r\n"
    assert [active.hits for active in several.rules.active] == [1, 2, 0]


def test_each_session_by_its_own_times_and_a_rule_so_often() -> None:
    several = Several("idle=2s times=1 -> unasked-line x")
    first, second = several.session(), several.session()
    several.now = 2.0
    assert [wake_up(first), wake_up(second)] == [b"x\r\n", b""]
    assert second.wakeup_delay == inf


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("idle=0 -> close", "a number of seconds such as 2s or 200ms is wanted"),
        ("idle=inf -> close", "a number of seconds"),
        ("after=soon -> close", "a number of seconds"),
        ("idle=2s part=head -> corrupt", "in silence nothing is answered"),
        ("idle=2s -> extra-crlf", "extra-crlf is about RETR, TOP"),
        ("idle=2s -> list-window 1", "never holds"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules(text)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("IDLE=2 -> close", ""),
        ("idle=2 -> close", "idle=2s -> close"),
        ("idle=200ms after=1.5s -> close", "idle=0.2s after=1.5s -> close"),
    ],
)
def test_as_it_is_written(text: str, written: str) -> None:
    if not written:
        with pytest.raises(ConfigError, match="did you mean 'idle='"):
            parse_rule(text)
        return
    assert str(parse_rule(text)) == written
    assert parse_rule(written) == parse_rule(text)


# The behaviours that wait


def test_idle_short_speaks_on_time() -> None:
    several = Several("idle-short 60")
    played = several.session()
    several.now = 30.0
    play(played, LOGIN)
    assert played.wakeup_delay == 60.0
    several.now = 90.0
    assert done(played.wake_up())[-1] == Close()


def test_session_stolen_speaks_at_once() -> None:
    several = Several("session-stolen")
    first = several.play(LOGIN)
    nudged: list[float] = []
    first.on_wakeup_reset(lambda: nudged.append(first.wakeup_delay))
    assert first.wakeup_delay == inf
    several.play(LOGIN)
    assert nudged == [0.0]
    assert [type(action) for action in done(first.wake_up())] == [Send, Close]


@pytest.mark.parametrize("rule", ["not user=ann -> idle-short 1", "RETR -> idle-short 1"])
def test_what_does_not_hold_is_not_asked_for_ever(rule: str) -> None:
    several = Several(rule)
    played = several.play(LOGIN)
    several.now = 9.0
    assert wake_up(played) == b""
    assert played.wakeup_delay == inf


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('idle=50ms times=1 -> unasked-line "-ERR bye"', b"-ERR bye\r\n"),
        ("idle-short 0.05", b"-ERR Autologout; idle for too long\r\n"),
    ],
)
def test_a_client_that_waits_is_told(tmp_path: Path, rule: str, said: bytes) -> None:
    with serving(tmp_path, rule) as served, served.connect() as client:
        assert line(client).startswith(b"+OK")
        assert line(client) == said
        if "idle-short" in rule:
            assert client.recv(1) == b""


@pytest.mark.parametrize("tls", ["implicit", "starttls", None])
@pytest.mark.parametrize("rule", ["idle-short 0.2", "state=TRANSACTION {tls} idle=0.2s -> close"])
def test_the_end_comes_by_itself_under_tls_too(tls: TlsMode | None, rule: str) -> None:
    rule = rule.format(tls="tls" if tls else "plain")
    with Pop3Server(["one"], tls=tls, quirks=[rule], profile="dovecot") as server:
        client = secured(server, tls)
        said = client.makefile("rb")
        client.sendall(b"USER user\r\nPASS password\r\n")
        rest = said.read()  # up to the FIN
        client.close()
        said.close()
        record = server.wait_session()
    told = b"-ERR Autologout; idle for too long\r\n" if "idle-short" in rule else b""
    assert rest.partition(b"+OK Logged in.\r\n")[2] == told
    assert record.user == "user"


def secured(server: Pop3Server, tls: TlsMode | None) -> socket.socket:
    """A connection, in TLS as the server has it, its greeting read only for STLS."""
    client = socket.create_connection(server.address, timeout=20)
    if tls == "starttls":
        assert line(client).startswith(b"+OK")
        client.sendall(b"STLS\r\n")
        assert line(client).startswith(b"+OK")
    if tls is None:
        return client
    return server.client_context().wrap_socket(client, server_hostname=server.host)


def test_a_client_that_is_robbed_is_told(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "session-stolen") as served,
        served.connect() as first,
        served.connect() as second,
    ):
        for client in (first, second):
            client.sendall(b"USER ann\r\nPASS secret\r\n")
            assert [line(client)[:3] for _ in range(3)] == [b"+OK"] * 3
        assert line(first) == b"-ERR Received Kiss of Death\r\n"
        assert first.recv(1) == b""
