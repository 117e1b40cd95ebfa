"""Replies that come late or slowly."""

import math

import pytest

from pop3lab.core.actions import Action, Part, Pause, Reset, Send
from pop3lab.core.session import Session
from tests.behaviours.quirks.several import Several, quirky
from tests.behaviours.ruled import LOGIN, rules
from tests.dialogue import ACCOUNTS, ONE, done, fed, memory, session
from tests.wording import UIDS_FOLLOW, UNKNOWN, as_sent

HEAD = Send(b"+OK 23 octets\r\n", Part.HEAD)
BODY = Send(b"Subject: one\r\n\r\nhello\r\n", Part.BODY)
END = Send(b".\r\n", Part.END)


def ruled_session(several: Several) -> Session:
    """A new one, not greeted."""
    return session(several.store, hooks=several.rules)


def answered(rule: str, line: bytes) -> list[Action]:
    return done(fed(Several(rule).play(LOGIN), line + b"\r\n"))


def test_slow_first_byte() -> None:
    assert answered("slow-first-byte", b"RETR 1") == [Pause(45.0), HEAD, BODY, END]
    assert answered("slow-first-byte 90", b"TOP 1 0")[0] == Pause(90.0)
    assert Pause(45.0) not in answered("slow-first-byte", b"LIST")


def test_slow_dribble_octet_by_octet() -> None:
    actions = answered("slow-dribble", b"RETR 1")
    octets = [action.data for action in actions if isinstance(action, Send)]
    assert b"".join(octets) == HEAD.data + BODY.data + END.data
    assert {len(piece) for piece in octets} == {1}
    assert actions[1::2] == [Pause(1.0)] * len(octets)


def test_slow_dribble_by_lines_and_by_count() -> None:
    actions = answered("slow-dribble 10 unit=lines", b"RETR 1")
    lines = [b"Subject: one\r\n", b"\r\n", b"hello\r\n"]
    sent = [HEAD, *(Send(line, Part.BODY) for line in lines), END]
    assert actions == [action for one in sent for action in (one, Pause(10.0))]
    cut = [action.data for action in answered("slow-dribble count=10", b"LIST")[::2]]  # type: ignore[union-attr]
    assert cut[0] == b"+OK 2 mess"
    assert answered("slow-dribble", b"STAT") == [Send(b"+OK 2 56\r\n", Part.HEAD)]


def test_stall_after_status() -> None:
    assert answered("stall-after-status", b"RETR 1") == [HEAD, Pause(math.inf)]
    head = Send(as_sent(UIDS_FOLLOW), Part.HEAD)
    assert answered("stall-after-status", b"UIDL") == [head, Pause(math.inf)]
    single = [Send(b"+OK 1 1\r\n", Part.HEAD)]
    assert answered("stall-after-status", b"UIDL 1") == single


def test_tarpit_every_command() -> None:
    several = Several("tarpit-every-command 10")
    played = several.session()
    for line in (b"USER ann", b"PASS secret", b"NOOP", b"QUIT"):
        assert done(fed(played, line + b"\r\n"))[0] == Pause(10.0)


def test_tarpit_every_command_but_not_the_greeting() -> None:
    quirky("tarpit-every-command", transcript="S: +OK ...", greet=True)


@pytest.mark.parametrize("line", [b"RETR 1", b"RETR 99"])
def test_rst_at_command(line: bytes) -> None:
    assert answered("rst-at-command", line) == [Reset()]


def test_rst_at_command_is_not_obeyed() -> None:
    several = Several("rst-at-command QUIT,PASS")
    several.play("C: USER ann\nS: +OK ...\nC: PASS secret\n(reset)")
    quirky("rst-at-command uidl", transcript=LOGIN + "C: LIST 1\nS: +OK 1 23\nC: UIDL\n(reset)")


def test_connect_refused() -> None:
    quirky("connect-refused", transcript="(reset)", greet=True)
    again = Several("session=2 -> connect-refused")
    assert done(fed(again.session(), b"QUIT\r\n"))
    assert done(ruled_session(again).greeting()) == [Reset()]


def test_connect_blackhole() -> None:
    assert next(ruled_session(Several("connect-blackhole")).greeting()) == Pause(math.inf)


@pytest.mark.parametrize(
    ("family", "dead"),
    [
        ("any", ["192.0.2.1", "::1", "::ffff:192.0.2.1", "2001:db8::1"]),
        ("ipv6", ["::1", "2001:db8::1"]),
        ("ipv4", ["192.0.2.1", "::ffff:192.0.2.1"]),
    ],
)
def test_connections_of_one_family(family: str, dead: list[str]) -> None:
    for address in ("192.0.2.1", "::1", "::ffff:192.0.2.1", "2001:db8::1"):
        for rule, end in (("connect-refused", Reset()), ("connect-blackhole", Pause(math.inf))):
            in_force = rules(f"CONNECT -> {rule} {family}")
            connected = Session(
                1, ACCOUNTS, memory(ONE), timestamp="<1@lab>", peer=f"{address}:1", hooks=in_force
            )
            actions = done(connected.greeting())
            assert (actions[0] == end) is (address in dead), (rule, address)
            assert in_force.active[0].hits == (address in dead)


def test_noop_unsupported() -> None:
    quirky("noop-unsupported", transcript=LOGIN + f"C: NOOP\nS: {UNKNOWN}\n")
    quirky("noop-unsupported close", transcript=LOGIN + "C: NOOP\n(close)\n")
