"""Whole dialogues by RFC 1939; the bad arguments are in test_bad_commands."""

import re
from collections.abc import Iterator

import pytest

from pop3lab.core.actions import Close, Part, Pause, Reset, Send
from pop3lab.core.command import COMMANDS
from pop3lab.core.config import Limits
from pop3lab.core.errors import StoreFailed
from pop3lab.core.events import SessionEnded
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import ACCOUNTS, ONE, TWO, done, fed, logged_in, memory, play, sent, session
from tests.keeping import Keeps
from tests.wording import BYE, IN_USE, LOG_IN_FIRST, NOTHING_DONE, OPEN_ONE, as_sent


def test_p001_p004_greeting() -> None:
    play(session(), "S: +OK ...", greet=True)


def test_p035_user_and_pass() -> None:
    play(
        session(),
        """
        C: USER ann
        S: +OK ...
        C: PASS secret
        S: +OK ...
        C: STAT
        S: +OK 2 56
        """,
    )


def test_p064_apop_as_in_the_rfc() -> None:
    play(
        session(memory(ONE, user="mrose")),
        """
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
        S: +OK ...
        C: NOOP
        S: +OK ...
        """,
    )


def test_p065_p066_p067_apop_refused() -> None:
    play(
        session(),
        """
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fc
        S: -ERR [AUTH] ...
        C: APOP mrose C4C9334BAC560ECC979E58001B3E22FB
        S: -ERR [AUTH] ...
        C: APOP ann c4c9334bac560ecc979e58001b3e22fb
        S: -ERR [AUTH] ...
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb0
        S: -ERR [AUTH] ...
        C: APOP mrose
        S: -ERR ...
        C: STAT
        S: -ERR ...
        """,
    )


def test_p036_p037_p038_p039_p045_a_refused_login_tells_nothing_and_may_be_tried_again() -> None:
    play(
        session(),
        """
        C: USER ann
        S: +OK ...
        C: PASS Secret
        S: -ERR [AUTH] ...
        C: USER nobody
        S: +OK ...
        C: PASS secret
        S: -ERR [AUTH] ...
        C: USER ann
        S: +OK ...
        C: USER nobody
        S: +OK ...
        C: PASS secret
        S: -ERR [AUTH] ...
        C: USER nobody
        S: +OK ...
        C: USER ann
        S: +OK ...
        C: PASS secret
        S: +OK ...
        """,
    )


@pytest.mark.parametrize("between", ["NOOP", "XYZZ", "", "STAT 1", "PASS wrong", "APOP a b"])
def test_p042_p043_p044_pass_only_directly_after_user(between: str) -> None:
    play(
        session(),
        f"""
        C: PASS secret
        S: -ERR ...
        C: USER ann
        S: +OK ...
        C: {between}
        S: -ERR ...
        C: PASS secret
        S: -ERR ...
        C: STAT
        S: -ERR ...
        """,
    )


@pytest.mark.parametrize(
    "password", ["secret ", " secret", "secret x", "secre", "secrets", "SECRET"]
)
def test_p046_p047_the_password_is_all_of_the_rest(password: str) -> None:
    played = session()
    assert b"-ERR" in sent(done(fed(played, f"USER ann\r\nPASS {password}\r\n".encode())))


def test_the_maildrop_at_a_glance() -> None:
    play(
        logged_in(),
        """
        C: STAT
        S: +OK 2 56
        C: LIST
        S: +OK ...
        S: 1 23
        S: 2 33
        S: .
        C: LIST 2
        S: +OK 2 33
        C: UIDL
        S: +OK ...
        S: 1 1
        S: 2 2
        S: .
        C: UIDL 2
        S: +OK 2 2
        """,
    )


def test_p084_p086_p087_p090_retr_and_top() -> None:
    play(
        logged_in(),
        """
        C: RETR 1
        S: +OK 23 octets
        S: Subject: one
        S:
        S: hello
        S: .
        C: RETR 2
        S: +OK 33 octets
        S: ..Subject: two
        S:
        S: ..
        S: ...dots
        S: end
        S: .
        C: TOP 2 1
        S: +OK ...
        S: ..Subject: two
        S:
        S: ..
        S: .
        C: TOP 2 0
        S: +OK ...
        S: ..Subject: two
        S:
        S: .
        """,
    )


def test_p080_p083_list_is_what_retr_sends() -> None:
    texts = [ONE, TWO, b"", b".", b"a\nb", b"\n", b"a\r\nb\n.\nc", bytes(range(256))]
    played = logged_in(memory(*texts))
    for number, text in enumerate(texts, 1):
        told = sent(done(fed(played, f"LIST {number}\r\n".encode())))
        head, _, body = sent(done(fed(played, f"RETR {number}\r\n".encode()))).partition(b"\r\n")
        assert body.endswith(b"\r\n.\r\n") or body == b".\r\n"
        plain = body.removesuffix(b".\r\n").replace(b"\n..", b"\n.")
        plain = plain.removeprefix(b".") if text.startswith(b".") else plain
        assert told == b"+OK %d %d\r\n" % (number, len(plain))
        assert head == b"+OK %d octets" % len(plain)


def test_p092_an_empty_message() -> None:
    play(
        logged_in(memory(b"")),
        """
        C: LIST
        S: +OK ...
        S: 1 0
        S: .
        C: RETR 1
        S: +OK 0 octets
        S: .
        C: TOP 1 0
        S: +OK ...
        S: .
        """,
    )


def test_p103_to_p119_deletion_marks() -> None:
    play(
        logged_in(memory(ONE, TWO, ONE)),
        """
        C: DELE 2
        S: +OK ...
        C: DELE 2
        S: -ERR ...
        C: STAT
        S: +OK 2 46
        C: LIST
        S: +OK ...
        S: 1 23
        S: 3 23
        S: .
        C: UIDL
        S: +OK ...
        S: 1 1
        S: 3 3
        S: .
        C: LIST 2
        S: -ERR ...
        C: UIDL 2
        S: -ERR ...
        C: RETR 2
        S: -ERR ...
        C: TOP 2 0
        S: -ERR ...
        C: LIST 3
        S: +OK 3 23
        C: RSET
        S: +OK ...
        C: LIST 2
        S: +OK 2 33
        C: DELE 3
        S: +OK ...
        C: QUIT
        S: +OK ...
        (close)
        """,
    )


def test_p145_p146_update_removes_the_marked_and_no_others() -> None:
    store = memory(ONE, TWO, ONE)
    play(logged_in(store), "C: DELE 2\nS: +OK ...\nC: QUIT\nS: +OK ...\n(close)")
    play(
        logged_in(store),
        """
        C: UIDL
        S: +OK ...
        S: 1 1
        S: 2 3
        S: .
        """,
    )


@pytest.mark.parametrize("ending", ["", "RSET\r\nQUIT\r\n", "QUIT", "QUIT\r", "QUIT now\r\n"])
def test_p024_p142_p143_p144_nothing_is_removed_otherwise(ending: str) -> None:
    store = memory(ONE, TWO)
    leaving = logged_in(store)
    done(fed(leaving, b"DELE 1\r\n" + ending.encode()))
    leaving.session_ended("closed")
    play(logged_in(store), "C: STAT\nS: +OK 2 56")


def test_p148_an_empty_maildrop() -> None:
    play(
        logged_in(MemoryStore()),
        """
        C: STAT
        S: +OK 0 0
        C: LIST
        S: +OK ...
        S: .
        C: UIDL
        S: +OK ...
        S: .
        C: RETR 1
        S: -ERR ...
        """,
    )


def test_p051_p052_quit_before_login() -> None:
    play(session(), "C: QUIT\nS: +OK ...\n(close)")
    play(session(), "C: USER ann\nS: +OK ...\nC: QUIT\nS: +OK ...\n(close)")


def test_p141_nothing_is_read_after_quit() -> None:
    store = memory(ONE)
    leaving = logged_in(store)
    actions = done(fed(leaving, b"QUIT\r\nSTAT\r\nDELE 1\r\nQUIT\r\n"))
    assert actions == [Send(as_sent(BYE), Part.HEAD), Close()]
    assert leaving.over
    assert done(fed(leaving, b"NOOP\r\n")) == []


def test_p010_p174_p177_pipelining_and_verbs_in_any_case() -> None:
    play(
        session(),
        r"""
        C| uSeR ann\r\npass secret\r\nStAt\r\nX\r\nlist 2\r\nretr 0\r\nuidl 1\r\n\r\nquit\r\nX\r\n
        S: +OK ...
        S: +OK ...
        S: +OK 2 56
        S: -ERR ...
        S: +OK 2 33
        S: -ERR ...
        S: +OK 1 1
        S: -ERR ...
        S: +OK ...
        (close)
        """,
    )


def test_a_command_may_end_in_lf_alone() -> None:
    play(session(), "C| USER ann\\nPASS secret\\n\nS: +OK ...\nS: +OK ...")


def test_p011_a_session_does_not_depend_on_how_its_octets_are_cut() -> None:
    dialogue = (
        b"USER ann\r\nPASS secret\r\nNOOP\r\nRETR 2\r\nXX\r\nDELE 1\r\nNOOP\r\nLIST\r\nQUIT\r\n"
    )
    whole = sent(done(fed(session(), dialogue)))
    for at in range(len(dialogue)):
        cut = session()
        answers = [sent(done(fed(cut, part))) for part in (dialogue[:at], dialogue[at:])]
        assert b"".join(answers) == whole
    octets = session()
    assert b"".join(sent(done(fed(octets, b"%c" % octet))) for octet in dialogue) == whole


def test_answers_kept_ready_are_the_same_octets_and_counted_alike() -> None:
    dialogue = (
        b"USER ann\r\nNOOP\r\nUSER ann\r\nPASS secret\r\n" + 3 * b"NOOP\r\nnoop\r\nNOOP x\r\n"
    )
    quick, slow = session(), session(sink=(listening := Keeps()))
    assert sent(done(fed(quick, dialogue))) == sent(done(fed(slow, dialogue)))
    quick.session_ended("closed")
    slow.session_ended("closed")
    assert list(quick.state.verbs.items()) == list(slow.state.verbs.items())
    assert isinstance(listening.events[-1], SessionEnded)


def test_ready_answers_join_in_one_action() -> None:
    actions = done(fed(logged_in(), 100 * b"NOOP\r\n"))
    assert actions == [Send(100 * as_sent(NOTHING_DONE), Part.HEAD)]


class NeedsNoTime(MemoryStore):
    open_waits = True

    def open_at_once(self, user: str) -> Maildrop:
        return self.open(user)


@pytest.mark.parametrize("store", [NeedsNoTime, MemoryStore])
def test_a_session_that_waits_for_nothing_has_no_action_but_its_first_and_last(
    store: type[MemoryStore],
) -> None:
    one = session(store())
    assert [*map(type, one.greeting())] == [Send]
    for line in (b"CAPA", b"USER ann", b"PASS wrong", b"USER ann", b"PASS secret", b"RSET"):
        octets, actions = one.feed(line + b"\r\n")
        assert octets
        assert actions is None
    octets, actions = one.feed(b"QUIT\r\n")
    assert octets == as_sent(BYE)
    assert actions is not None
    assert [*actions] == [Close()]
    assert one.over


def test_who_quits_without_an_action_has_quit() -> None:
    sink = Keeps()
    sink.wants_lines = False
    for line, reason in ((b"QUIT", "quit"), (b"QUIT x", "dropped"), (b"QUIT\r\nQUIT", "quit")):
        one = session(sink=sink, limits=Limits(bad_after=1))
        done(fed(one, b"USER ann\r\nPASS secret\r\n" + line + b"\r\n"))
        one.session_ended("closed")
        end = sink.events[-1]
        assert isinstance(end, SessionEnded)
        assert end.end_reason == reason


def test_who_sends_very_many_commands_gives_way_to_others_meanwhile() -> None:
    watched = logged_in(sink=Keeps())
    for one in (logged_in(), watched):
        actions = done(fed(one, 600 * b"RSET\r\n"))
        assert sum(isinstance(action, Pause) for action in actions) == 2
        assert sent(actions).count(b"\r\n") == 600
    actions = done(fed(watched, 600 * b"NOOP\r\n"))  # from the table
    assert Pause(0.0, leave_unread=True) not in actions


def test_no_state_but_transaction_has_ready_answers() -> None:
    ended = logged_in()
    ended.session_ended("closed")
    assert done(fed(ended, b"NOOP\r\n")) == []
    assert sent(done(fed(session(), b"NOOP\r\n"))).startswith(b"-ERR")


class Breaking(MemoryStore):
    """A store whose reading fails after so many good chunks."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    def open(self, user: str):  # type: ignore[no-untyped-def]
        maildrop = super().open(user)
        maildrop.read = self.chunks  # type: ignore[method-assign]
        return maildrop

    def chunks(self, uid: str) -> Iterator[bytes]:
        for _ in range(self.good):
            yield b"Subject: long\r\n"
        raise StoreFailed("the disk is gone")


def test_a_body_that_fails_before_its_first_octet_is_refused() -> None:
    store = Breaking(good=0)
    store.add("ann", ONE)
    play(
        logged_in(store),
        """
        C: RETR 1
        S: -ERR [SYS/TEMP] the disk is gone
        C: TOP 1 0
        S: -ERR [SYS/TEMP] the disk is gone
        C: NOOP
        S: +OK ...
        """,
    )


def test_a_body_that_fails_later_ends_in_a_reset_and_never_in_its_terminator() -> None:
    store = Breaking(good=2)
    store.add("ann", ONE)
    failing = logged_in(store)
    actions = done(fed(failing, b"DELE 1\r\nRSET\r\nRETR 1\r\nNOOP\r\nQUIT\r\n"))
    assert actions[-1] == Reset()
    assert sent(actions).endswith(b"octets\r\n" + 2 * b"Subject: long\r\n")
    assert failing.over


def test_p149_a_failed_update_says_so_releases_the_lock_and_closes() -> None:
    class Stubborn(MemoryStore):
        def open(self, user: str):  # type: ignore[no-untyped-def]
            maildrop = super().open(user)
            maildrop.delete = self.refuse  # type: ignore[method-assign]
            return maildrop

        def refuse(self, uids: object) -> None:
            raise StoreFailed("some deleted messages not removed")

    store = Stubborn()
    store.add("ann", ONE)
    leaving = logged_in(store)
    play(
        leaving,
        """
        C: DELE 1
        S: +OK ...
        C: QUIT
        S: -ERR [SYS/TEMP] some deleted messages not removed
        (close)
        """,
    )
    play(logged_in(store), "C: STAT\nS: +OK 1 23")


def test_p150_p151_p153_p154_one_session_at_a_time() -> None:
    store = memory(ONE)
    first = logged_in(store)
    second = session(store)
    actions = done(fed(second, b"USER ann\r\nPASS secret\r\nSTAT\r\n"))
    assert as_sent(IN_USE, LOG_IN_FIRST) in sent(actions)
    pauses = [action.seconds for action in actions if isinstance(action, Pause)]
    assert sum(pauses) == pytest.approx(1.0)
    play(first, "C: NOOP\nS: +OK ...")
    first.session_ended("closed")
    assert b"+OK maildrop" in sent(done(fed(second, b"USER ann\r\nPASS secret\r\n")))


def test_a_second_session_that_waits_gets_its_turn() -> None:
    store = memory(ONE)
    first, second = logged_in(store), session(store)
    done(fed(second, b"USER ann\r\n"))
    actions = fed(second, b"PASS secret\r\n")
    next(actions)
    next(actions)
    first.session_ended("closed")
    assert sent(done(actions)) == as_sent(OPEN_ONE)


def test_p061_p155_a_wrong_password_neither_locks_nor_waits() -> None:
    store = memory(ONE)
    wrong = session(store)
    done(fed(wrong, b"USER ann\r\nPASS wrong\r\n"))
    logged_in(store)
    actions = done(fed(wrong, b"USER ann\r\nPASS wrong\r\n"))
    assert {type(action) for action in actions} == {Send}


def test_p156_the_session_shows_the_maildrop_as_it_was_at_login() -> None:
    store = memory(ONE)
    early = logged_in(store)
    store.add("ann", TWO)
    play(early, "C: STAT\nS: +OK 1 23\nC: QUIT\nS: +OK ...\n(close)")
    play(logged_in(store), "C: STAT\nS: +OK 2 56")


def test_what_ended_the_session_is_told_once() -> None:
    def ended(octets: bytes, how: str) -> list[SessionEnded]:
        told = session(sink=(listening := Keeps()))
        done(fed(told, octets))
        told.session_ended(how)
        told.session_ended("again")
        return [event for event in listening.events if isinstance(event, SessionEnded)]

    login = b"USER ann\r\nPASS secret\r\n"
    (end,) = ended(login + b"QUIT\r\n", "closed")
    assert (end.end_reason, end.user, dict(end.verbs.items())) == (
        "quit",
        "ann",
        {"USER": 1, "PASS": 1, "QUIT": 1},
    )
    (end,) = ended(b"USER ann\r\n", "reset")
    assert (end.end_reason, end.user) == ("reset", None)


def test_each_row_of_the_table_names_its_section() -> None:
    assert all(re.match(r"RFC \d+ section", row.section) for row in COMMANDS.values())
    assert {row.verb for row in COMMANDS.values()} == set(COMMANDS)


def test_who_is_turned_away_reads_why_instead_of_a_greeting() -> None:
    away = Session(1, ACCOUNTS, memory(ONE), peer="192.0.2.1:1100", refusal="too many of you")
    play(away, "S: -ERR [SYS/TEMP] too many of you\n(close)", greet=True)
    assert away.over
    assert done(away.wake_up()) == []
