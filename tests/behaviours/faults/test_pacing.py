import pytest

from pop3lab.core.actions import Pause, Send
from tests.behaviours.faults.faulty import actions, check
from tests.behaviours.ruled import rules
from tests.dialogue import done, fed, logged_in, sent, session
from tests.wording import NOTHING_DONE, as_sent


def pieces(rule: str, line: bytes = b"RETR 2") -> list[bytes]:
    """What is sent between two pauses, each of which must have octets on both sides."""
    said: list[bytes] = [b""]
    for action in actions(rule, line):
        if isinstance(action, Send):
            said[-1] += action.data
        else:
            assert isinstance(action, Pause)
            said.append(b"")
    assert all(said), said
    return said


WHOLE = sent(actions("RETR 9 -> delay"))


@pytest.mark.parametrize("octets", range(1, len(WHOLE) + 1))
def test_dribble_at_every_size(octets: int) -> None:
    wanted = [WHOLE[at : at + octets] for at in range(0, len(WHOLE), octets)]
    assert pieces(f"RETR 2 -> dribble {octets}") == wanted


def test_dribble_within_a_place() -> None:
    check(
        "LIST line=2 -> dribble 3 gap=0.5",
        "C: LIST\nS: +OK ...\nS: 1 23\nS| 2 3\n(pause 0.5)\nS: 3\nS: .",
    )
    assert actions("NOOP -> dribble 17 gap=0.5", b"NOOP")[1] == Pause(0.5)


def test_a_reply_of_one_piece_is_not_dribbled() -> None:
    check("NOOP -> dribble 18", "C: NOOP\nS: +OK ...", hits=0)


def test_throttle() -> None:
    throttled = actions("RETR 2 -> throttle 400")
    assert pieces("RETR 2 -> throttle 400") == [WHOLE[:20], WHOLE[20:40], WHOLE[40:]]
    assert {action for action in throttled if isinstance(action, Pause)} == {Pause(0.05)}
    assert pieces("RETR 2 -> throttle 3", b"NOOP") == [as_sent(NOTHING_DONE)]
    assert actions("NOOP -> throttle 4", b"NOOP")[1] == Pause(0.25)


def test_delay() -> None:
    check("NOOP -> delay 2", "C: NOOP\n(pause 2)\nS: +OK ...")
    check("NOOP -> delay at=end", "C: NOOP\nS: +OK ...\n(pause 1)")
    assert actions("NOOP -> delay 250ms", b"NOOP")[0] == Pause(0.25)


def test_delay_with_jitter_is_repeated_by_the_seed() -> None:
    def delays() -> list[float]:
        delayed = logged_in(hooks=rules("NOOP -> delay 1 jitter=0.5"))
        return [
            action.seconds
            for action in done(fed(delayed, b"NOOP\r\n" * 20))
            if isinstance(action, Pause)
        ]

    assert delays() == delays()
    assert len(set(delays())) == 20
    assert all(0.5 <= seconds <= 1.5 for seconds in delays())


def test_a_delay_at_the_accept_leaves_the_handshake_to_tls() -> None:
    first, *_ = session(hooks=rules("CONNECT -> delay 1")).greeting(tls=True)
    assert first == Pause(1.0, leave_unread=True)
